"""The admin's pages, one module per concern: importing them registers them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from webapp.admin import categories, health, images, jobs, people, photos, runs, segmenters, versions

__all__ = ["categories", "health", "images", "jobs", "people", "photos", "runs", "segmenters", "versions"]

admin.site.site_header = gettext_lazy("AI Fashion: behind the scenes")
admin.site.site_title = gettext_lazy("AI Fashion")
admin.site.index_title = gettext_lazy("What the site is made of")
