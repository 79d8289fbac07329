from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="catalogueduty",
            name="escalated_on",
            field=models.DateField(null=True, verbose_name="逾期报告日"),
        ),
    ]
