from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("federation", "0004_ticket_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="relyingparty",
            name="old_client_secret",
            field=models.CharField(blank=True, default="", max_length=255, verbose_name="旧密钥摘要"),
        ),
        migrations.AddField(
            model_name="relyingparty",
            name="old_secret_until",
            field=models.DateTimeField(null=True, verbose_name="旧密钥用至"),
        ),
        migrations.AddConstraint(
            model_name="relyingparty",
            constraint=models.CheckConstraint(
                name="federation_old_secret_has_an_end",
                condition=Q(old_client_secret="", old_secret_until__isnull=True)
                | (~Q(old_client_secret="") & Q(old_secret_until__isnull=False)),
            ),
        ),
    ]
