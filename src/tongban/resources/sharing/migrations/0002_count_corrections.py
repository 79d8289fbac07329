"""
Count corrections of the data behind a service: answers kept before the last one are not given again.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="dataservice",
            name="corrections",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="更正次数"),
        ),
    ]
