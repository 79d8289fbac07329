"""
Where security administrators want to be told of alarms.
"""

from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    dependencies = [("security", "0001_events")]

    operations = [
        migrations.CreateModel(
            name="AlarmContact",
            fields=[
                ("account_id", models.UUIDField(primary_key=True, serialize=False, verbose_name="账号")),
                (
                    "mobile",
                    tongban.foundation.fields.SealedTextField(
                        context="security.alarm_contact.mobile", verbose_name="手机号码"
                    ),
                ),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
            ],
        ),
    ]
