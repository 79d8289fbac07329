from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trust", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="trustanchor",
            name="list_url",
            field=models.CharField(blank=True, default="", max_length=500, verbose_name="吊销列表地址"),
        ),
    ]
