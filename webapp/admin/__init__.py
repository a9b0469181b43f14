"""The admin's pages, one module per concern: importing them registers them."""

from webapp.admin import categories, designs, jobs, photos, versions

__all__ = ["categories", "designs", "jobs", "photos", "versions"]
