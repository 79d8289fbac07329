from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0002_duties_pressed"),
    ]

    operations = [
        migrations.AddField(
            model_name="datasetuser",
            name="ended_at",
            field=models.DateTimeField(null=True, verbose_name="终止使用"),
        ),
        migrations.AddField(
            model_name="datasetuser",
            name="last_on",
            field=models.DateField(null=True, verbose_name="最近调用日"),
        ),
        migrations.AlterField(
            model_name="datasetuser",
            name="first_at",
            field=models.DateTimeField(verbose_name="首次授权"),
        ),
        migrations.AlterField(
            model_name="datasetuser",
            name="last_at",
            field=models.DateTimeField(verbose_name="最近授权"),
        ),
    ]
