"""
Systems may come from named networks only, change their secret without a break, and say when they were last there.
"""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0007_code_for_mandates"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="secret_since",
            field=models.DateTimeField(null=True, verbose_name="密钥启用时间"),
        ),
        migrations.AddField(
            model_name="client",
            name="old_secret_digest",
            field=models.BinaryField(max_length=32, null=True, verbose_name="原密钥摘要"),
        ),
        migrations.AddField(
            model_name="client",
            name="old_secret_until",
            field=models.DateTimeField(null=True, verbose_name="原密钥失效时间"),
        ),
        migrations.AddField(
            model_name="client",
            name="networks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=43),
                default=list,
                size=None,
                verbose_name="允许的网络地址",
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="last_used_at",
            field=models.DateTimeField(null=True, verbose_name="最近使用时间"),
        ),
    ]
