from django.db import migrations, models
from django.db.models import Q

import tongban.foundation.fields


class Migration(migrations.Migration):
    dependencies = [
        ("federation", "0003_ticket_consents"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticketapplication",
            name="appword_since",
            field=models.DateTimeField(null=True, verbose_name="密钥启用时间"),
        ),
        migrations.RunSQL(
            "UPDATE federation_ticketapplication SET appword_since = created_at", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name="ticketapplication",
            name="appword_since",
            field=models.DateTimeField(verbose_name="密钥启用时间"),
        ),
        migrations.AddField(
            model_name="ticketapplication",
            name="old_appword",
            field=tongban.foundation.fields.SealedTextField(
                context="federation.ticket_application.old_appword", null=True, verbose_name="旧密钥"
            ),
        ),
        migrations.AddField(
            model_name="ticketapplication",
            name="old_appword_until",
            field=models.DateTimeField(null=True, verbose_name="旧密钥用至"),
        ),
        migrations.AddConstraint(
            model_name="ticketapplication",
            constraint=models.CheckConstraint(
                name="federation_old_appword_has_an_end",
                condition=Q(old_appword__isnull=True, old_appword_until__isnull=True)
                | Q(old_appword__isnull=False, old_appword_until__isnull=False),
            ),
        ),
    ]
