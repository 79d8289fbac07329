import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0010_vouched_logins"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="responsible",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.staffmember",
                verbose_name="责任人",
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="responsible_since",
            field=models.DateTimeField(null=True, verbose_name="责任人确定时间"),
        ),
    ]
