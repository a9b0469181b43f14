from django.db import migrations, models


class Migration(migrations.Migration):
    """Looks instead of difference hashes: those of images that are there are made at their category's next intake."""

    dependencies = (("webapp", "0010_line_order"),)

    operations = (
        migrations.RemoveField(model_name="trainingimage", name="dhash"),
        migrations.AddField(
            model_name="trainingimage",
            name="look",
            field=models.BinaryField(
                default=b"",
                help_text="Near-duplicates have near looks (training.sameness.Look); empty: not yet looked at.",
            ),
        ),
    )
