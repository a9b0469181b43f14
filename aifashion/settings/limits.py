"""What a visitor may ask of the machines, and how long things are kept."""

from __future__ import annotations

from aifashion import env
from aifashion.settings.base import BASE_DIR

AIFASHION_DEVICE = env.text("AIFASHION_DEVICE", "auto")
AIFASHION_MAX_UPLOAD_BYTES = env.integer("AIFASHION_MAX_UPLOAD_MB", 25, minimum=1) * 1024 * 1024
AIFASHION_MAX_UPLOAD_PIXELS = env.integer("AIFASHION_MAX_UPLOAD_PIXELS", 64_000_000, minimum=1024)
AIFASHION_MAX_PRINT_PIXELS = env.integer("AIFASHION_MAX_PRINT_PIXELS", 150_000_000, minimum=1024)
# Of one visitor or account, everything that waits or runs: two and a half walls of prints.
AIFASHION_MAX_ACTIVE_JOBS = env.integer("AIFASHION_MAX_ACTIVE_JOBS", 60, minimum=1)
AIFASHION_ANONYMOUS_DAYS = env.integer("AIFASHION_ANONYMOUS_DAYS", 7, minimum=1)
AIFASHION_JOB_LEASE_S = env.integer("AIFASHION_JOB_LEASE_S", 30, minimum=1)
AIFASHION_JOB_MAX_ATTEMPTS = env.integer("AIFASHION_JOB_MAX_ATTEMPTS", 3, minimum=1)
AIFASHION_GENERATOR_WEIGHTS_DIR = env.text("AIFASHION_GENERATOR_WEIGHTS_DIR", str(BASE_DIR / "generator" / "weights"))
AIFASHION_BASE_NETWORKS = env.text("AIFASHION_BASE_NETWORKS", str(BASE_DIR / "training" / "weights"))
# 0 leaves one core for the site.
AIFASHION_TRAIN_THREADS = env.integer("AIFASHION_TRAIN_THREADS", 0)
AIFASHION_MAX_VERSION_BYTES = env.integer("AIFASHION_MAX_VERSION_MB", 256, minimum=1) * 1024 * 1024
AIFASHION_SEGMENTER = env.text("AIFASHION_SEGMENTER", "aifashion-unet")

FILE_UPLOAD_HANDLERS = [
    "webapp.upload_handler.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Bytes above this go to a temporary file while a request is read, so a large photo does not sit in memory twice.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Only the admin's upload of training images, which packs files as they arrive, takes more than AIFASHION_MAX_FILES.
DATA_UPLOAD_MAX_NUMBER_FILES = 20_000
AIFASHION_MAX_FILES = 20
AIFASHION_MAX_TRAINING_UPLOAD_BYTES = env.integer("AIFASHION_MAX_TRAINING_UPLOAD_MB", 4096, minimum=1) * 1024 * 1024
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
