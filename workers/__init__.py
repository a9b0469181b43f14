"""Celery tasks and the commands that compute: load, call generator or segmentation, store, report."""
