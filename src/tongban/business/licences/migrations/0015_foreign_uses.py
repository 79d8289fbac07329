"""
Which cases use licences of other nodes.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """
    A table of its own; nothing of before.
    """

    dependencies = [
        ("licences", "0014_holder_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForeignUse",
            fields=[
                (
                    "share_id",
                    models.UUIDField(primary_key=True, serialize=False, verbose_name="签发地区的共享编号"),
                ),
                ("source", models.CharField(max_length=12, verbose_name="签发节点")),
                ("source_name", models.CharField(max_length=300, verbose_name="签发地区")),
                ("identifier", models.CharField(max_length=100, verbose_name="证照标识")),
                ("number", models.CharField(max_length=100, verbose_name="证照编号")),
                ("type_code", models.CharField(max_length=21, verbose_name="证照类型代码")),
                ("type_name", models.CharField(max_length=300, verbose_name="证照类型名称")),
                ("case_number", models.CharField(max_length=50, verbose_name="办件编号")),
                ("agency_code", models.CharField(max_length=32, verbose_name="用证机构代码")),
                ("division_code", models.CharField(max_length=12, verbose_name="用证机构管辖属地")),
                ("asked_by", models.CharField(max_length=64, verbose_name="请求人")),
                ("asked_at", models.DateTimeField(verbose_name="请求时间")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("VALID", "有效"),
                            ("SUSPENDED", "暂停"),
                            ("REVOKED", "撤销"),
                            ("CANCELED", "注销"),
                            ("EXPIRED", "过期"),
                            ("MOVED", "已转出"),
                            ("REPLACED", "被替换"),
                        ],
                        default="VALID",
                        max_length=10,
                        verbose_name="证照状态",
                    ),
                ),
                ("changed_at", models.DateTimeField(null=True, verbose_name="证照变化时间")),
                ("seen_at", models.DateTimeField(null=True, verbose_name="知悉时间")),
                ("seen_by", models.CharField(blank=True, default="", max_length=64, verbose_name="知悉人")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case_number"], name="licence_foreign_case"),
                    models.Index(
                        condition=models.Q(("changed_at__isnull", False), ("seen_at__isnull", True)),
                        fields=["agency_code"],
                        name="licence_foreign_changed",
                    ),
                ],
            },
        ),
    ]
