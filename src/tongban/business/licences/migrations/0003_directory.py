import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

VERSION_STATES = [
    ("DRAFT", "编制中"),
    ("IN_REVIEW", "待审核"),
    ("APPROVED", "待发布"),
    ("PUBLISHED", "现行"),
    ("REPLACED", "历史"),
    ("DISCARDED", "已作废"),
]


class Migration(migrations.Migration):
    """
    Versions and log of the directory; types become a projection of their version in force.
    """

    dependencies = [("licences", "0002_licence_without_file")]

    operations = [
        migrations.RenameField(model_name="licencetype", old_name="loaded_at", new_name="changed_at"),
        migrations.AlterField(
            model_name="licencetype",
            name="changed_at",
            field=models.DateTimeField(verbose_name="变动时间"),
        ),
        migrations.AddField(
            model_name="licencetype",
            name="state",
            field=models.CharField(
                choices=[("NEW", "尚未发布"), ("IN_USE", "在用"), ("WITHDRAWN", "已停用")],
                default="NEW",
                max_length=10,
                verbose_name="证照类型状态",
            ),
        ),
        migrations.AddField(
            model_name="licencetype",
            name="sharing",
            field=models.CharField(
                choices=[("OPEN", "无条件共享"), ("CONDITIONAL", "有条件共享"), ("CLOSED", "不予共享")],
                default="CONDITIONAL",
                max_length=12,
                verbose_name="共享类型",
            ),
        ),
        migrations.AddField(
            model_name="licencetype",
            name="items",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=32),
                default=list,
                size=None,
                verbose_name="关联事项基本编码",
            ),
        ),
        migrations.AddField(
            model_name="licencetype",
            name="open_state",
            field=models.CharField(
                blank=True,
                choices=VERSION_STATES,
                default="",
                max_length=10,
                verbose_name="编制中版本状态",
            ),
        ),
        migrations.AddField(
            model_name="licencetype",
            name="loaded_digest",
            field=models.CharField(
                blank=True, default="", max_length=64, verbose_name="最近载入的数据摘要(SM3)"
            ),
        ),
        migrations.AlterField(
            model_name="licencetype",
            name="version",
            field=models.PositiveIntegerField(default=0, verbose_name="现行版本"),
        ),
        migrations.AddIndex(
            model_name="licencetype",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("state", "IN_USE")), fields=["items"], name="licence_type_items"
            ),
        ),
        migrations.AddField(
            model_name="licence",
            name="type_version",
            field=models.PositiveIntegerField(null=True, verbose_name="证照类型版本"),
        ),
        migrations.CreateModel(
            name="LicenceTypeVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("version", models.PositiveIntegerField(null=True, verbose_name="版本号")),
                (
                    "state",
                    models.CharField(
                        choices=VERSION_STATES, default="DRAFT", max_length=10, verbose_name="目录版本状态"
                    ),
                ),
                ("definition", models.JSONField(verbose_name="证照类型定义")),
                ("digest", models.CharField(max_length=64, verbose_name="定义摘要(SM3)")),
                ("revision", models.PositiveIntegerField(default=1, verbose_name="修改次数")),
                ("based_on", models.PositiveIntegerField(default=0, verbose_name="依据的现行版本")),
                (
                    "compiled_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        default=list,
                        size=None,
                        verbose_name="编制人",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="创建时间")),
                ("published_at", models.DateTimeField(null=True, verbose_name="发布时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停止使用时间")),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licencetype",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("type", "version"), name="licence_type_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["DRAFT", "IN_REVIEW", "APPROVED"])),
                        fields=("type",),
                        name="licence_type_one_open_version",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PUBLISHED")),
                        fields=("type",),
                        name="licence_type_one_version_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", False),
                                ("state__in", ["PUBLISHED", "REPLACED"]),
                                ("version__isnull", False),
                            ),
                            models.Q(
                                ("published_at__isnull", True),
                                ("state__in", ["DRAFT", "IN_REVIEW", "APPROVED", "DISCARDED"]),
                                ("version__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="licence_type_version_is_numbered_when_published",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LicenceTypeEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("COMPILE", "编制"),
                            ("SAVE", "修改"),
                            ("SUBMIT", "送审"),
                            ("RETURN", "退回"),
                            ("APPROVE", "审核通过"),
                            ("PUBLISH", "发布"),
                            ("DISCARD", "作废"),
                            ("WITHDRAW", "停用"),
                            ("LOAD", "随区域数据载入"),
                        ],
                        max_length=10,
                        verbose_name="操作",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("comment", models.CharField(blank=True, default="", max_length=1000, verbose_name="意见")),
                ("actor_kind", models.CharField(max_length=16, verbose_name="主体类别")),
                ("actor_id", models.CharField(max_length=64, verbose_name="主体标识")),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licencetype",
                    ),
                ),
                (
                    "type_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licencetypeversion",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["type", "-id"], name="licence_type_log")]},
        ),
    ]
