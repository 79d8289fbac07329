import uuid

import django.db.models.deletion
from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    """
    What the quality rules find.
    """

    dependencies = [
        ("licences", "0011_sharing"),
    ]

    operations = [
        migrations.CreateModel(
            name="QualityFinding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("TYPE_NEVER_ISSUED", "证照类型发布已久，从未制发"),
                            ("TYPE_NONE_IN_FORCE", "证照类型已久无有效证照"),
                            ("TYPE_ITEM_GONE", "证照类型关联的事项已不存在"),
                            ("FACE_MISSING", "没有照面信息"),
                            ("FIELDS_MISSING", "照面信息缺项或不符合证照目录"),
                            ("FILE_MISSING", "没有证照文件，或文件已丢失"),
                            ("SEAL_MISSING", "证照文件没有签章记录"),
                            ("SCAN_MISSING", "没有扫描件可供核对"),
                            ("HOLDER_CODE_WRONG", "持证主体代码校验不通过"),
                            ("HOLDER_REPEATED", "一人一证的类型，同一持证主体有多件有效证照"),
                            ("NUMBER_REPEATED", "同一类型有多件有效证照使用同一编号"),
                            ("STILL_VALID", "有效期已过，状态仍为有效"),
                        ],
                        max_length=24,
                        verbose_name="质量规则",
                    ),
                ),
                ("subject", models.CharField(max_length=100, verbose_name="证照标识或证照类型代码")),
                ("name", models.CharField(max_length=200, verbose_name="证照类型名称")),
                ("number", models.CharField(blank=True, default="", max_length=60, verbose_name="证照编号")),
                ("agency_code", models.CharField(max_length=32, verbose_name="责任机构代码")),
                (
                    "division_code",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="管辖属地"),
                ),
                ("detail", models.CharField(blank=True, default="", max_length=200, verbose_name="问题说明")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "待整改"),
                            ("REPAIRED", "已报整改，待复查"),
                            ("EXPLAINED", "已说明"),
                            ("RESOLVED", "已消除"),
                        ],
                        default="OPEN",
                        max_length=10,
                        verbose_name="质量问题状态",
                    ),
                ),
                ("found_at", models.DateTimeField(verbose_name="发现时间")),
                ("seen_at", models.DateTimeField(verbose_name="最近发现时间")),
                ("times_found", models.PositiveIntegerField(default=1, verbose_name="发现次数")),
                ("resolved_at", models.DateTimeField(null=True, verbose_name="消除时间")),
                (
                    "note",
                    tongban.foundation.fields.SealedTextField(
                        context="licences.quality.note", default=str, verbose_name="整改情况或说明"
                    ),
                ),
                ("acted_by", models.CharField(blank=True, default="", max_length=64, verbose_name="处理人")),
                ("acted_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                (
                    "licence",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licence",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-found_at", "-id"], name="licence_finding_newest"),
                    models.Index(fields=["agency_code", "-found_at", "-id"], name="licence_finding_agency"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "subject"), name="licence_finding_once")
                ],
            },
        ),
    ]
