import uuid

from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    """
    What somebody agrees to at a counter before his licences are looked for.
    """

    dependencies = [
        ("licences", "0012_quality"),
    ]

    operations = [
        migrations.AlterField(
            model_name="licenceuse",
            name="kind",
            field=models.CharField(
                choices=[
                    ("PRESENTED", "您亮证"),
                    ("FOUND", "窗口经您同意查找"),
                    ("CHECKED", "亮证后被核验"),
                    ("ASKED", "请求共享"),
                    ("GIVEN", "取得加注件"),
                    ("REFUSED", "您不同意共享"),
                    ("WITHDRAWN", "您撤回同意"),
                    ("READ", "查看照面信息"),
                    ("OPENED", "打开加注件"),
                ],
                max_length=10,
                verbose_name="用证事项",
            ),
        ),
        migrations.CreateModel(
            name="CounterConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("application_id", models.UUIDField(verbose_name="申请草稿")),
                (
                    "holder_index",
                    tongban.foundation.fields.BlindIndexField(max_length=16, verbose_name="持证主体代码索引"),
                ),
                (
                    "person_id",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="持证用户"),
                ),
                ("offering_code", models.CharField(max_length=100, verbose_name="清单编号")),
                ("service_name", models.CharField(max_length=1000, verbose_name="事项名称")),
                ("agency_code", models.CharField(max_length=32, verbose_name="用证机构代码")),
                ("agency_name", models.CharField(max_length=200, verbose_name="用证机构")),
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
                ("witnessed_by", models.CharField(max_length=64, verbose_name="见证人")),
                (
                    "case_number",
                    models.CharField(blank=True, default="", max_length=50, verbose_name="办件编号"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person_id", "-agreed_at"], name="licence_counter_consents")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application_id", "holder_index"), name="licence_counter_consent_once"
                    )
                ],
            },
        ),
    ]
