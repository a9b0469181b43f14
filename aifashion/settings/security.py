"""Secrets and cookies. In production nothing starts without its secret, its hosts and its database."""

from __future__ import annotations

from aifashion import env
from aifashion.settings.base import DEBUG, PRODUCTION, VAR_DIR

if PRODUCTION:
    SECRET_KEY = env.required("AIFASHION_SECRET_KEY", "a long random text that signs sessions and file links")
    env.required("ALLOWED_HOSTS", "the host names of the site, comma-separated")
    env.required("DATABASE_URL", "the address of the PostgreSQL database")
    env.required("REDIS_URL", "the address of the Redis or Valkey broker")
else:
    SECRET_KEY = env.text("AIFASHION_SECRET_KEY") or env.kept_secret(VAR_DIR / "secret-key")

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=("localhost", "127.0.0.1", "[::1]", "testserver"))
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# AIFASHION_HTTPS=0 is for a trial of the production image on a machine without a certificate.
_HTTPS = env.boolean("AIFASHION_HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SECURE_SSL_REDIRECT = _HTTPS
if _HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.integer("AIFASHION_HSTS_S", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

INTERNAL_IPS = ["127.0.0.1"] if DEBUG else []
