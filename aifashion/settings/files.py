"""S3_BUCKET chooses the object storage; files under var/media are the default. Static files come from WhiteNoise."""

from __future__ import annotations

from aifashion import env
from aifashion.settings.base import BASE_DIR, DEBUG, VAR_DIR

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing folder
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Uploads are never served from a public address: pages use signed links that expire (webapp.files).
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = ""
FILE_LINK_SECONDS = env.integer("AIFASHION_FILE_LINK_S", 3600, minimum=1)
FILE_UPLOAD_TEMP_DIR = None

S3_BUCKET = env.text("S3_BUCKET")
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL")
# 0 is for an S3 that only the servers reach: the site then passes its files on, under its own signed links.
S3_SIGNED_LINKS = env.boolean("S3_SIGNED_LINKS", default=True)

if S3_BUCKET:
    _media: dict[str, object] = {
        "BACKEND": "aifashion.storage.PrivateS3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT_URL or None,
            "access_key": env.text("AWS_ACCESS_KEY_ID") or None,
            "secret_key": env.text("AWS_SECRET_ACCESS_KEY") or None,
            "region_name": env.text("AWS_REGION") or env.text("AWS_DEFAULT_REGION") or None,
            # "path" suits most servers that are not Amazon's, which lack a host name per bucket.
            "addressing_style": env.text("S3_ADDRESSING_STYLE", "path" if S3_ENDPOINT_URL else "auto"),
            "querystring_expire": FILE_LINK_SECONDS,
        },
    }
else:
    _media = {"BACKEND": "aifashion.storage.LocalStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}}

STORAGES = {
    "default": _media,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
