"""The admin's pages, one module per concern: importing them registers them."""

from webapp.admin import categories, health, images, jobs, people, photos, runs, segmenters, versions

__all__ = ["categories", "health", "images", "jobs", "people", "photos", "runs", "segmenters", "versions"]
