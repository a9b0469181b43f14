"""The Django project: settings from the environment, urls, the Celery app, storage. Imports nothing of ours."""
