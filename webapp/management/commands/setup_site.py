from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from webapp import files, roles, site_setup


class Command(BaseCommand):
    help = "Create the categories, register the shipped weights and import the stock garments. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            categories = site_setup.set_up_categories()
            versions = site_setup.register_shipped_weights()
            roles.set_up_roles()
            site_setup.register_segmenters()
            stock = site_setup.import_stock(Path(settings.BASE_DIR) / "static" / "stock")
        except (ValueError, KeyError, *files.STORAGE_ERRORS) as error:
            raise CommandError(f"The site could not be set up: {error}", returncode=2) from error
        published = [category.slug for category in site_setup.Category.objects.published()]
        self.stdout.write(
            f"{len(categories)} categories ({', '.join(published) or 'none'} published), "
            f"{len(versions)} new model versions, {len(stock)} new or changed stock garments"
        )
