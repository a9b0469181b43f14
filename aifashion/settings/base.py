"""What the site is made of: apps, middleware, templates, language, logging."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from aifashion import env

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env.text("AIFASHION_VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

ENVIRONMENT = env.text("AIFASHION_ENV", "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.boolean("AIFASHION_DEBUG", default=False) and not PRODUCTION

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "webapp",
    "workers",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
_CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
# The pages' own middleware and context processors are optional pieces of webapp: found by name, never imported here.
if find_spec("webapp.middleware") is not None:
    MIDDLEWARE[:0] = ["webapp.middleware.ProbeMiddleware", "webapp.api.errors.ApiErrorsMiddleware"]
    MIDDLEWARE += [
        "webapp.middleware.ContentSecurityPolicyMiddleware",
        "webapp.middleware.HeadMiddleware",
        "webapp.middleware.UnavailableMiddleware",
    ]
if find_spec("webapp.context_processors") is not None:
    _CONTEXT_PROCESSORS.append("webapp.context_processors.site")

ROOT_URLCONF = "aifashion.urls"
WSGI_APPLICATION = "aifashion.wsgi.application"
ASGI_APPLICATION = "aifashion.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _CONTEXT_PROCESSORS},
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("AIFASHION_LOG_LEVEL", "INFO")},
    # It tells of every pool of threads that it closes: hundreds of lines for one print laid over cloth.
    "loggers": {"pyvips": {"level": "WARNING"}},
}
