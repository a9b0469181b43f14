from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def remember_categories(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Those that are there were set up: whichever is deleted from now on stays deleted."""
    slugs = apps.get_model("webapp", "Category").objects.values_list("slug", flat=True)
    known = apps.get_model("webapp", "ShippedCategory")
    known.objects.bulk_create(known(slug=slug) for slug in slugs)


class Migration(migrations.Migration):
    """Storage keeps the files of shipped versions: setup_site stores those that are still there."""

    dependencies = (("webapp", "0011_looks"),)

    operations = (
        migrations.CreateModel(
            name="ShippedCategory",
            fields=[("slug", models.SlugField(primary_key=True, serialize=False))],
        ),
        migrations.RunPython(remember_categories, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="modelversion",
            name="weights_key",
            field=models.CharField(help_text='A storage key; "shipped:<slug>" where no file was kept.', max_length=300),
        ),
    )
