"""The admin's pages, one module per concern: importing them registers them."""

from webapp.admin import categories, designs, images, jobs, photos, versions

__all__ = ["categories", "designs", "images", "jobs", "photos", "versions"]
