from django.db import migrations, models


class Migration(migrations.Migration):
    """
    Licences that take the place of materials.
    """

    dependencies = [("apply", "0006_draft_emptied")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="licences",
            field=models.JSONField(default=dict, verbose_name="免提交证照"),
        ),
    ]
