"""
Tables of casework; the log of events is partitioned by month and append-only.
"""

from django.db import migrations, models

import tongban.foundation.fields
from tongban.foundation.partitions import create_partitioned

EVENT = """
    case_number varchar(50) NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL,
    kind varchar(24) NOT NULL,
    actor_kind varchar(16) NOT NULL,
    actor_id varchar(64) NOT NULL,
    actor_name varchar(100) NOT NULL DEFAULT '',
    agency_code varchar(50) NOT NULL DEFAULT '',
    data jsonb NOT NULL,
    previous_digest char(64) NOT NULL,
    digest char(64) NOT NULL,
    PRIMARY KEY (case_number, seq, at)
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("foundation", "0001_initial")]

    operations = [
        migrations.RunSQL(create_partitioned("casework_event", EVENT), "DROP TABLE casework_event"),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_number",
                        "seq",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("case_number", models.CharField(max_length=50, verbose_name="办件编号")),
                ("seq", models.PositiveIntegerField(verbose_name="序号")),
                ("at", models.DateTimeField(verbose_name="发生时间")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("SUBMITTED", "提交申请"),
                            ("PRE_CHECKED", "预审通过"),
                            ("CORRECTION_REQUESTED", "一次性告知补正"),
                            ("CORRECTED", "申请人补正"),
                            ("ACCEPTED", "受理"),
                            ("DEEMED_ACCEPTED", "视为受理"),
                            ("ACCEPTANCE_REFUSED", "不予受理"),
                            ("REVIEWED", "审查"),
                            ("CLOCK_STOPPED", "特别程序开始"),
                            ("CLOCK_RESUMED", "特别程序结束"),
                            ("EXTENDED", "延长期限"),
                            ("GRANTED", "准予"),
                            ("REFUSED", "不予许可"),
                            ("ISSUED", "制证"),
                            ("DELIVERED", "送达"),
                            ("CLOSED", "办结"),
                            ("WITHDRAWN", "撤回"),
                            ("PASSED_ON", "转办"),
                            ("LAPSED", "逾期未补正"),
                            ("VOIDED", "作废"),
                            ("RATED", "评价"),
                            ("ARCHIVED", "归档"),
                        ],
                        max_length=24,
                        verbose_name="事件种类",
                    ),
                ),
                ("actor_kind", models.CharField(max_length=16, verbose_name="行为主体类别")),
                ("actor_id", models.CharField(max_length=64, verbose_name="行为主体")),
                ("actor_name", models.CharField(max_length=100, verbose_name="办理人员")),
                ("agency_code", models.CharField(max_length=50, verbose_name="办理机构")),
                ("data", models.JSONField(verbose_name="内容")),
                ("previous_digest", models.CharField(max_length=64, verbose_name="前一事件摘要")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
            ],
            options={
                "db_table": "casework_event",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                (
                    "scope",
                    models.CharField(max_length=96, primary_key=True, serialize=False, verbose_name="范围"),
                ),
                ("last", models.BigIntegerField(verbose_name="末号")),
            ],
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=50, unique=True, verbose_name="办件编号")),
                ("query_code", models.CharField(max_length=9, unique=True, verbose_name="查询码")),
                ("version", models.PositiveIntegerField(verbose_name="版本（事件数）")),
                ("last_digest", models.CharField(max_length=64, verbose_name="末条事件摘要")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("SUBMITTED", "已提交"),
                            ("PRE_CHECKED", "预审通过"),
                            ("CORRECTION", "待补正"),
                            ("CORRECTED", "已补正"),
                            ("ACCEPTED", "已受理"),
                            ("SUSPENDED", "特别程序中"),
                            ("GRANTED", "准予"),
                            ("REFUSED", "不予许可"),
                            ("ISSUED", "已制证"),
                            ("DELIVERED", "已送达"),
                            ("CLOSED", "已办结"),
                            ("NOT_ACCEPTED", "不予受理"),
                            ("WITHDRAWN", "已撤回"),
                            ("PASSED_ON", "已转办"),
                            ("LAPSED", "逾期未补正"),
                            ("VOIDED", "已作废"),
                            ("ARCHIVED", "已归档"),
                        ],
                        max_length=16,
                        verbose_name="办件状态",
                    ),
                ),
                ("offering_id", models.BigIntegerField(verbose_name="实施清单")),
                ("offering_code", models.CharField(max_length=100, verbose_name="清单编号")),
                ("service_name", models.CharField(max_length=1000, verbose_name="事项名称")),
                ("handling_kind", models.CharField(max_length=12, verbose_name="办件类型")),
                ("agency_code", models.CharField(max_length=50, verbose_name="实施机构编码")),
                ("division_code", models.CharField(max_length=12, verbose_name="行政区划代码")),
                ("channel", models.CharField(max_length=4, verbose_name="提交渠道")),
                ("applicant_id", models.UUIDField(null=True, verbose_name="申请人")),
                (
                    "applicant_index",
                    tongban.foundation.fields.BlindIndexField(max_length=16, verbose_name="申请人证件索引"),
                ),
                ("applicant_masked", models.CharField(max_length=200, verbose_name="申请人（脱敏）")),
                ("applicant_sealed", models.BinaryField(verbose_name="申请人（加密）")),
                ("form_sealed", models.BinaryField(verbose_name="表单（加密）")),
                ("terms", models.JSONField(verbose_name="承诺内容")),
                ("state", models.JSONField(verbose_name="办理状态")),
                ("draft_id", models.UUIDField(unique=True, verbose_name="草稿")),
                ("submitted_at", models.DateTimeField(verbose_name="提交时间")),
                ("accepted_at", models.DateTimeField(null=True, verbose_name="受理时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("acceptance_due", models.DateField(null=True, verbose_name="受理答复期限")),
                ("statutory_due", models.DateField(null=True, verbose_name="法定办结日")),
                ("promised_due", models.DateField(null=True, verbose_name="承诺办结日")),
                ("due", models.DateField(null=True, verbose_name="下一个期限")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["agency_code", "-id"], name="case_agency_newest"),
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "ACCEPTED",
                                    "CORRECTED",
                                    "CORRECTION",
                                    "DELIVERED",
                                    "GRANTED",
                                    "ISSUED",
                                    "PRE_CHECKED",
                                    "REFUSED",
                                    "SUBMITTED",
                                    "SUSPENDED",
                                ],
                            )
                        ),
                        fields=["agency_code", "due", "id"],
                        name="case_agency_due",
                    ),
                    models.Index(fields=["division_code", "-id"], name="case_division_newest"),
                    models.Index(fields=["applicant_id", "-id"], name="case_applicant"),
                    models.Index(fields=["applicant_index", "-id"], name="case_applicant_index"),
                    models.Index(
                        condition=models.Q(
                            ("status__in", ["SUBMITTED", "PRE_CHECKED", "CORRECTED", "CORRECTION"])
                        ),
                        fields=["due"],
                        name="case_sweep",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at__isnull", False),
                            models.Q(("promised_due__isnull", True), ("statutory_due__isnull", True)),
                            _connector="OR",
                        ),
                        name="case_clock_runs_from_acceptance",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case_number", models.CharField(max_length=50, verbose_name="办件编号")),
                ("event_seq", models.PositiveIntegerField(verbose_name="事件序号")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receipt", "收件凭证"),
                            ("correction_notice", "一次性补正告知书"),
                            ("acceptance", "受理通知书"),
                            ("refusal_to_accept", "不予受理决定书"),
                            ("clock_stop_notice", "特别程序告知书"),
                            ("extension_notice", "延长期限告知书"),
                            ("grant", "准予决定书"),
                            ("refusal", "不予许可决定书"),
                            ("delivery_record", "送达回证"),
                        ],
                        max_length=24,
                        verbose_name="文书种类",
                    ),
                ),
                ("document_number", models.CharField(max_length=50, unique=True, verbose_name="文书编号")),
                ("agency_code", models.CharField(max_length=50, verbose_name="制发机构")),
                ("issued_at", models.DateTimeField(verbose_name="制发时间")),
                (
                    "content",
                    tongban.foundation.fields.SealedJSONField(
                        context="casework.notice.content", verbose_name="内容（加密）"
                    ),
                ),
                ("file_id", models.UUIDField(null=True, verbose_name="文件")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case_number", "event_seq", "kind"), name="notice_once_per_event"
                    )
                ],
            },
        ),
    ]
