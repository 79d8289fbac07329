"""
Tables of the exchange; entries and receipts are partitioned by month.
"""

import django.db.models.deletion
from django.db import migrations, models

from tongban.foundation.partitions import create_partitioned

ENTRY = """
    stream_id bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    key varchar(100) NOT NULL,
    operation varchar(1) NOT NULL,
    origin varchar(12) NOT NULL,
    made_at timestamptz NOT NULL,
    content bytea NOT NULL,
    digest bytea NOT NULL,
    chain bytea NOT NULL,
    PRIMARY KEY (stream_id, number, at)
"""

RECEIPT = """
    inbound_id bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (inbound_id, number, at)
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("foundation", "0001_initial")]

    operations = [
        migrations.RunSQL(
            create_partitioned("exchange_entry", ENTRY, append_only=False), "DROP TABLE exchange_entry"
        ),
        migrations.RunSQL(
            create_partitioned("exchange_receipt", RECEIPT, append_only=False), "DROP TABLE exchange_receipt"
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stream_id",
                        "number",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("stream_id", models.BigIntegerField(verbose_name="数据流")),
                ("number", models.BigIntegerField(verbose_name="序号")),
                ("at", models.DateTimeField(verbose_name="编号时间")),
                ("key", models.CharField(max_length=100, verbose_name="记录唯一标识")),
                ("operation", models.CharField(max_length=1, verbose_name="同步类型")),
                ("origin", models.CharField(max_length=12, verbose_name="产生节点")),
                ("made_at", models.DateTimeField(verbose_name="产生时间")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("digest", models.BinaryField(max_length=32, verbose_name="条目摘要(SM3)")),
                ("chain", models.BinaryField(max_length=32, verbose_name="链摘要")),
            ],
            options={
                "db_table": "exchange_entry",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "inbound_id",
                        "number",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("inbound_id", models.BigIntegerField(verbose_name="接收流")),
                ("number", models.BigIntegerField(verbose_name="序号")),
                ("at", models.DateTimeField(verbose_name="编号日")),
                ("digest", models.BinaryField(max_length=32, verbose_name="条目摘要(SM3)")),
            ],
            options={
                "db_table": "exchange_receipt",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Inbound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=12, verbose_name="来源节点")),
                ("dataset", models.CharField(max_length=64, verbose_name="数据集")),
                ("audience", models.CharField(max_length=12, verbose_name="接收方")),
                ("position", models.BigIntegerField(default=0, verbose_name="已接收序号")),
                ("chain", models.BinaryField(max_length=32, verbose_name="链摘要")),
                ("after", models.BigIntegerField(default=0, verbose_name="快照序号")),
                ("rewind_to", models.BigIntegerField(null=True, verbose_name="重放起点")),
                ("snapshot_part", models.PositiveIntegerField(default=0, verbose_name="快照进度")),
                ("received_at", models.DateTimeField(null=True, verbose_name="最近接收时间")),
                ("heard_at", models.DateTimeField(null=True, verbose_name="最近来讯时间")),
                ("skew_seconds", models.IntegerField(default=0, verbose_name="时钟偏差(秒)")),
                ("forked_at", models.DateTimeField(null=True, verbose_name="发现分叉时间")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "dataset", "audience"), name="exchange_inbound_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("dataset", models.CharField(max_length=64, verbose_name="数据集")),
                ("audience", models.CharField(max_length=12, verbose_name="接收方")),
                ("key", models.CharField(max_length=100, verbose_name="记录唯一标识")),
                (
                    "operation",
                    models.CharField(
                        choices=[("I", "INSERT"), ("U", "UPDATE"), ("D", "DELETE")],
                        max_length=1,
                        verbose_name="同步类型",
                    ),
                ),
                ("origin", models.CharField(max_length=12, verbose_name="产生节点")),
                ("made_at", models.DateTimeField(verbose_name="产生时间")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("content_digest", models.BinaryField(max_length=32, verbose_name="内容摘要(SM3)")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["dataset", "audience", "id"], name="exchange_outbox_stream")
                ],
            },
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("dataset", models.CharField(max_length=64, verbose_name="数据集")),
                ("audience", models.CharField(max_length=12, verbose_name="接收方")),
                ("last", models.BigIntegerField(default=0, verbose_name="最后序号")),
                ("chain", models.BinaryField(max_length=32, verbose_name="链摘要")),
                ("numbered_at", models.DateTimeField(null=True, verbose_name="最近编号时间")),
                ("first_kept", models.BigIntegerField(default=1, verbose_name="保留起始序号")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("dataset", "audience"), name="exchange_stream_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReceivedError",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(verbose_name="序号")),
                ("key", models.CharField(max_length=100, verbose_name="记录唯一标识")),
                ("code", models.CharField(max_length=64, verbose_name="差错代码")),
                ("text", models.CharField(max_length=500, verbose_name="差错说明")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("at", models.DateTimeField(verbose_name="接收时间")),
                ("mended_by", models.BigIntegerField(null=True, verbose_name="更正序号")),
                (
                    "inbound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.inbound"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("mended_by", None)),
                        fields=["-at", "-id"],
                        name="exchange_recv_error_open",
                    ),
                    models.Index(
                        condition=models.Q(("mended_by", None)),
                        fields=["inbound", "key"],
                        name="exchange_recv_error_key",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("inbound", "number"), name="exchange_received_error_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SentError",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receiver", models.CharField(max_length=12, verbose_name="接收节点")),
                ("number", models.BigIntegerField(verbose_name="序号")),
                ("key", models.CharField(max_length=100, verbose_name="记录唯一标识")),
                ("code", models.CharField(max_length=64, verbose_name="差错代码")),
                ("text", models.CharField(max_length=500, verbose_name="差错说明")),
                ("at", models.DateTimeField(verbose_name="反馈时间")),
                ("mended_by", models.BigIntegerField(null=True, verbose_name="更正序号")),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.stream"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("mended_by", None)),
                        fields=["-at", "-id"],
                        name="exchange_sent_error_open",
                    ),
                    models.Index(
                        condition=models.Q(("mended_by", None)),
                        fields=["stream", "receiver", "key"],
                        name="exchange_sent_error_key",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("stream", "receiver", "number"), name="exchange_sent_error_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receiver", models.CharField(max_length=12, verbose_name="接收节点")),
                ("number", models.BigIntegerField(default=0, verbose_name="已确认序号")),
                ("chain", models.BinaryField(max_length=32, verbose_name="链摘要")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="最近确认时间")),
                ("confirmed_numbering", models.DateTimeField(null=True, verbose_name="已确认条目编号时间")),
                ("heard_at", models.DateTimeField(null=True, verbose_name="最近应答时间")),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="连续失败次数")),
                ("failing_since", models.DateTimeField(null=True, verbose_name="受阻开始时间")),
                (
                    "trouble",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("SILENT", "对方节点没有应答"),
                            ("LATER", "对方节点暂时不能接收"),
                            ("REFUSED", "对方节点拒绝接收"),
                            ("FORKED", "两端的记录不一致"),
                            ("AHEAD", "对方节点的进度在本节点之前"),
                            ("NOT_TRUSTED", "对方节点不在信任列表中"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="受阻原因",
                    ),
                ),
                ("next_try_at", models.DateTimeField(null=True, verbose_name="下次尝试时间")),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="positions",
                        to="exchange.stream",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "receiver"), name="exchange_position_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DayCompared",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receiver", models.CharField(max_length=12, verbose_name="接收节点")),
                ("day", models.DateField(verbose_name="日期")),
                ("ours", models.PositiveIntegerField(verbose_name="本节点条数")),
                ("theirs", models.PositiveIntegerField(verbose_name="对方节点条数")),
                ("is_equal", models.BooleanField(verbose_name="一致")),
                ("compared_at", models.DateTimeField(verbose_name="对账时间")),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.stream"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "receiver", "day"), name="exchange_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("receiver", models.CharField(max_length=12, verbose_name="接收节点")),
                ("first", models.BigIntegerField(verbose_name="起始序号")),
                ("last", models.BigIntegerField(verbose_name="截止序号")),
                ("bytes", models.PositiveIntegerField(verbose_name="字节数")),
                ("attempts", models.PositiveIntegerField(default=1, verbose_name="发送次数")),
                ("sent_at", models.DateTimeField(verbose_name="首次发送时间")),
                ("last_sent_at", models.DateTimeField(verbose_name="最近发送时间")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="应答时间")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("SENT", "已发送"),
                            ("TAKEN", "已接收"),
                            ("PARTLY", "部分未采纳"),
                            ("SILENT", "没有应答"),
                            ("REFUSED", "被拒绝"),
                        ],
                        default="SENT",
                        max_length=8,
                        verbose_name="结果",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.stream"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["stream", "receiver", "-last"], name="exchange_batch_stretch")
                ],
            },
        ),
    ]
