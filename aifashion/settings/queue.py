"""REDIS_URL chooses the broker; `make run` starts an embedded Valkey at the default address."""

from __future__ import annotations

from aifashion import env

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6399/0")

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Memory that a library's caches keep for every new size of photo, or that one very large job took, is given back.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1024 * env.integer("AIFASHION_WORKER_MEMORY_MB", 4096, minimum=0) or None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# Of what the beat sends; webapp.queue says the queue of each kind of job.
CELERY_TASK_DEFAULT_QUEUE = "compose"
# A page must not hang when the broker is away: connect fast or say so. The worker retries for ever by itself.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "health_check_interval": 15,
    # kombu retries for ever while it opens a channel, unless told otherwise here.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Lost jobs need no beat: every worker looks for them itself (workers.watch).
CELERY_BEAT_SCHEDULE = {
    "what is past its time": {"task": "workers.expire", "schedule": 3600.0, "options": {"expires": 3000}},
    "files of nothing": {"task": "workers.sweep_files", "schedule": 86400.0, "options": {"expires": 80000}},
}
