import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0008_client_networks_and_rotation"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("source", models.CharField(max_length=32, verbose_name="来源系统")),
                (
                    "key",
                    tongban.foundation.fields.SealedTextField(
                        context="identity.stock.key", verbose_name="原账号编号"
                    ),
                ),
                (
                    "key_index",
                    tongban.foundation.fields.BlindIndexField(max_length=16, verbose_name="原账号编号索引"),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="内容摘要")),
                (
                    "id_number",
                    tongban.foundation.fields.SealedTextField(
                        context="identity.stock.id_number", null=True, verbose_name="证件号码"
                    ),
                ),
                (
                    "name",
                    tongban.foundation.fields.SealedTextField(
                        context="identity.stock.name", null=True, verbose_name="姓名"
                    ),
                ),
                (
                    "mobile",
                    tongban.foundation.fields.SealedTextField(
                        context="identity.stock.mobile", null=True, verbose_name="手机号码"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(default=0, verbose_name="实名等级")),
                (
                    "repairs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        default=list,
                        size=None,
                        verbose_name="清洗",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPENED", "已开通"),
                            ("PENDING", "待本人确认"),
                            ("MERGED", "已合并"),
                            ("DECLINED", "本人不合并"),
                            ("DISPUTED", "待核实"),
                            ("REFUSED", "未采用"),
                        ],
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=24, verbose_name="问题")),
                ("imported_at", models.DateTimeField(verbose_name="导入时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("decided_by", models.CharField(blank=True, max_length=64, verbose_name="确认人")),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "DISPUTED")),
                        fields=["imported_at", "id"],
                        name="stock_disputed",
                    ),
                    models.Index(
                        condition=models.Q(("state", "PENDING")),
                        fields=["person"],
                        name="stock_pending_of_person",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "key_index"), name="stock_once_of_a_source")
                ],
            },
        ),
    ]
