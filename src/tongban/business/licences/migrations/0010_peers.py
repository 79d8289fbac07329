from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    """
    Licences between nodes: the stream to the parent, the index of nodes below, keys of other nodes.
    """

    dependencies = [("licences", "0009_checks_and_moves")]

    operations = [
        migrations.CreateModel(
            name="PeerFeed",
            fields=[
                (
                    "receiver",
                    models.CharField(
                        max_length=12, primary_key=True, serialize=False, verbose_name="上级节点"
                    ),
                ),
                ("position", models.BigIntegerField(default=0, verbose_name="已确认序号")),
                ("filled_after", models.UUIDField(null=True, verbose_name="已补报至")),
                ("is_filled", models.BooleanField(default=False, verbose_name="已补报完")),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="连续失败次数")),
                (
                    "trouble",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("SILENT", "上级节点没有回应"),
                            ("NOT_BELOW", "上级节点不认可本节点为其下级"),
                            ("NOT_UNDERSTOOD", "上级节点的回应无法理解"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="受阻原因",
                    ),
                ),
                ("failing_since", models.DateTimeField(null=True, verbose_name="受阻开始时间")),
                ("next_try_at", models.DateTimeField(null=True, verbose_name="下次尝试时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="最近确认时间")),
            ],
        ),
        migrations.CreateModel(
            name="PeerSource",
            fields=[
                (
                    "code",
                    models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name="节点"),
                ),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                ("position", models.BigIntegerField(default=0, verbose_name="已接收序号")),
                ("received_at", models.DateTimeField(null=True, verbose_name="最近接收时间")),
            ],
        ),
        migrations.CreateModel(
            name="PeerDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receiver", models.CharField(max_length=12, verbose_name="上级节点")),
                ("day", models.DateField(verbose_name="日期")),
                ("ours", models.PositiveIntegerField(verbose_name="本节点条数")),
                ("theirs", models.PositiveIntegerField(verbose_name="上级节点条数")),
                ("is_equal", models.BooleanField(verbose_name="一致")),
                ("compared_at", models.DateTimeField(verbose_name="对账时间")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("receiver", "day"), name="licence_peer_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PeerEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(null=True, unique=True, verbose_name="序号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("LICENCE", "证照"), ("TYPE", "证照类型")],
                        max_length=8,
                        verbose_name="报送内容",
                    ),
                ),
                ("subject", models.CharField(max_length=100, verbose_name="证照标识或类型代码")),
                (
                    "content",
                    tongban.foundation.fields.SealedJSONField(
                        context="licences.peer_entry.content", verbose_name="内容"
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="摘要(SM3)")),
                ("written_at", models.DateTimeField(verbose_name="写入时间")),
                ("day", models.DateField(verbose_name="写入日期")),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNREADABLE", "内容无法读取"),
                            ("OTHER_DIGEST", "内容与摘要不符"),
                            ("WRONG_IDENTIFIER", "证照标识有误"),
                            ("OUTSIDE_AREA", "不属于报送节点的地区"),
                            ("OTHER_SOURCE", "已由其他节点报送"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="未采纳原因",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("number__isnull", True)), fields=["id"], name="licence_entry_new"
                    ),
                    models.Index(fields=["day", "number"], name="licence_entry_day"),
                    models.Index(
                        condition=models.Q(("problem", ""), _negated=True),
                        fields=["-number"],
                        name="licence_entry_problem",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeerKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("teller", models.CharField(max_length=12, verbose_name="告知节点")),
                ("source", models.CharField(max_length=12, verbose_name="节点")),
                ("source_name", models.CharField(max_length=300, verbose_name="名称")),
                ("key_id", models.CharField(max_length=16, verbose_name="密钥标识")),
                ("point", models.BinaryField(verbose_name="公钥")),
                ("not_before", models.DateTimeField(verbose_name="启用时间")),
                ("not_after", models.DateTimeField(verbose_name="停用时间")),
                ("fetched_at", models.DateTimeField(verbose_name="取得时间")),
            ],
            options={
                "indexes": [models.Index(fields=["key_id"], name="licence_peer_key")],
                "constraints": [
                    models.UniqueConstraint(fields=("teller", "key_id"), name="licence_peer_key_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PeerLicence",
            fields=[
                (
                    "identifier",
                    models.CharField(
                        max_length=100, primary_key=True, serialize=False, verbose_name="证照标识"
                    ),
                ),
                ("source", models.CharField(max_length=12, verbose_name="来源节点")),
                ("number", models.CharField(max_length=60, verbose_name="证照编号")),
                ("version", models.PositiveIntegerField(verbose_name="版本号")),
                ("type_code", models.CharField(max_length=21, verbose_name="证照类型代码")),
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
                        max_length=10,
                        verbose_name="证照状态",
                    ),
                ),
                ("valid_until", models.DateField(null=True, verbose_name="有效期截止(不含)")),
                (
                    "holder_index",
                    tongban.foundation.fields.BlindIndexField(max_length=16, verbose_name="持证主体散列索引"),
                ),
                (
                    "content",
                    tongban.foundation.fields.SealedJSONField(
                        context="licences.peer_licence.content", verbose_name="内容"
                    ),
                ),
                ("entry_number", models.BigIntegerField(verbose_name="序号")),
                ("told_at", models.DateTimeField(verbose_name="来源节点写入时间")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["number", "-version"], name="licence_peer_number"),
                    models.Index(fields=["holder_index", "type_code"], name="licence_peer_holder"),
                    models.Index(fields=["source"], name="licence_peer_source"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeerReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=12, verbose_name="来源节点")),
                ("number", models.BigIntegerField(verbose_name="序号")),
                ("day", models.DateField(verbose_name="写入日期")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要(SM3)")),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNREADABLE", "内容无法读取"),
                            ("OTHER_DIGEST", "内容与摘要不符"),
                            ("WRONG_IDENTIFIER", "证照标识有误"),
                            ("OUTSIDE_AREA", "不属于报送节点的地区"),
                            ("OTHER_SOURCE", "已由其他节点报送"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="未采纳原因",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["source", "day", "number"], name="licence_receipt_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "number"), name="licence_receipt_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PeerType",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=12, verbose_name="来源节点")),
                ("code", models.CharField(max_length=21, verbose_name="证照类型代码")),
                ("name", models.CharField(max_length=300, verbose_name="证照类型名称")),
                ("version", models.PositiveIntegerField(verbose_name="现行版本")),
                ("state", models.CharField(max_length=10, verbose_name="证照类型状态")),
                ("content", models.JSONField(verbose_name="内容")),
                ("entry_number", models.BigIntegerField(verbose_name="序号")),
                ("told_at", models.DateTimeField(verbose_name="来源节点写入时间")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "code"), name="licence_peer_type_once")
                ],
            },
        ),
    ]
