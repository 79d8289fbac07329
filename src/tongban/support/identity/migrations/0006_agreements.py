import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_assurance_grants"),
    ]

    operations = [
        migrations.AlterField(
            model_name="verificationcode",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("REGISTER", "注册"),
                    ("RESET_PASSWORD", "重置密码"),
                    ("CHANGE_MOBILE", "修改手机号码"),
                    ("FRESH_CHECK", "二次认证"),
                    ("COUNTER", "窗口核验"),
                ],
                max_length=16,
                verbose_name="用途",
            ),
        ),
        migrations.CreateModel(
            name="AgreementConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("version", models.CharField(max_length=16, verbose_name="协议版本")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("ONLINE", "网上同意"),
                            ("PAPER", "窗口签署纸质协议"),
                            ("SCREEN", "窗口屏幕签署"),
                        ],
                        max_length=8,
                        verbose_name="签署方式",
                    ),
                ),
                ("agreed_at", models.DateTimeField(verbose_name="签署时间")),
                ("witnessed_by", models.CharField(blank=True, max_length=64, verbose_name="见证人")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "version", "way"), name="consent_once_of_a_way")
                ],
            },
        ),
    ]
