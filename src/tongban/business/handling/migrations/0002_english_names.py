"""
Let lists of work say a service's English name.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """
    Dossiers that are there already go on with the Chinese name alone.
    """

    dependencies = [("handling", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="dossier",
            name="service_name_en",
            field=models.CharField(blank=True, default="", max_length=1000, verbose_name="事项英文名称"),
        ),
    ]
