"""
Tables of the data services; calls are partitioned by month.
"""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tongban.foundation.fields
from tongban.foundation.partitions import create_partitioned

CALL = """
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    request_id varchar(64) NOT NULL,
    service_id uuid NOT NULL,
    grant_id uuid,
    client_id varchar(64) NOT NULL,
    agency_code varchar(32) NOT NULL,
    provider_code varchar(32) NOT NULL,
    case_number varchar(64) NOT NULL,
    purpose varchar(500) NOT NULL,
    question_sm3 bytea NOT NULL,
    answer_sm3 bytea,
    result varchar(64) NOT NULL,
    milliseconds integer NOT NULL,
    row_count integer NOT NULL,
    hops jsonb,
    PRIMARY KEY (id, at)
"""

INDEXES = """
CREATE INDEX sharing_call_service ON sharing_call (service_id, at);
CREATE INDEX sharing_call_agency ON sharing_call (agency_code, at);
CREATE INDEX sharing_call_provider ON sharing_call (provider_code, at);
CREATE SEQUENCE sharing_request_number;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("foundation", "0001_initial")]

    operations = [
        migrations.RunSQL(create_partitioned("sharing_call", CALL), "DROP TABLE sharing_call"),
        migrations.RunSQL(INDEXES, "DROP SEQUENCE sharing_request_number"),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.BigIntegerField(verbose_name="序号")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("request_id", models.CharField(max_length=64, verbose_name="请求标识")),
                ("service_id", models.UUIDField(verbose_name="数据服务")),
                ("grant_id", models.UUIDField(null=True, verbose_name="授权")),
                ("client_id", models.CharField(max_length=64, verbose_name="使用系统")),
                ("agency_code", models.CharField(max_length=32, verbose_name="使用方")),
                ("provider_code", models.CharField(max_length=32, verbose_name="提供方")),
                ("case_number", models.CharField(max_length=64, verbose_name="办件编号")),
                ("purpose", models.CharField(max_length=500, verbose_name="用途")),
                ("question_sm3", models.BinaryField(max_length=32, verbose_name="问题摘要(SM3)")),
                ("answer_sm3", models.BinaryField(max_length=32, null=True, verbose_name="答案摘要(SM3)")),
                ("result", models.CharField(max_length=64, verbose_name="结果")),
                ("milliseconds", models.PositiveIntegerField(verbose_name="用时(毫秒)")),
                ("row_count", models.PositiveIntegerField(verbose_name="行数")),
                ("hops", models.JSONField(null=True, verbose_name="逐级存证")),
            ],
            options={
                "db_table": "sharing_call",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ERROR_RATE", "错误率"),
                            ("LATENCY", "响应时间（95 分位，毫秒）"),
                            ("QUOTA", "当日额度使用比例"),
                        ],
                        max_length=16,
                        verbose_name="种类",
                    ),
                ),
                ("client_id", models.CharField(blank=True, max_length=64, verbose_name="使用系统")),
                ("value", models.PositiveIntegerField(verbose_name="数值")),
                ("threshold", models.PositiveIntegerField(verbose_name="阈值")),
                ("raised_at", models.DateTimeField(verbose_name="发生时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="恢复时间")),
            ],
        ),
        migrations.CreateModel(
            name="DataService",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("code", models.CharField(max_length=64, unique=True, verbose_name="服务编码")),
                ("title", models.CharField(max_length=128, verbose_name="服务名称")),
                ("summary", models.CharField(blank=True, max_length=1000, verbose_name="服务说明")),
                ("agency_code", models.CharField(max_length=32, verbose_name="提供方")),
                ("division_code", models.CharField(max_length=12, verbose_name="行政区划代码")),
                ("dataset_code", models.CharField(max_length=64, verbose_name="信息资源代码")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("UPSTREAM", "接口代理"),
                            ("QUERY", "基础库查询"),
                            ("ORCHESTRATED", "服务编排"),
                            ("PARENT", "上级节点代理查询"),
                        ],
                        max_length=16,
                        verbose_name="服务类型",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "编制中"),
                            ("CHECKED", "已核验"),
                            ("PUBLISHED", "已发布"),
                            ("SUSPENDED", "已暂停"),
                            ("WITHDRAWN", "已撤下"),
                        ],
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("definition", models.JSONField(verbose_name="实现")),
                (
                    "credential",
                    tongban.foundation.fields.SealedTextField(
                        context="sharing.service.credential", null=True, verbose_name="接口密钥"
                    ),
                ),
                ("parameters", models.JSONField(default=list, verbose_name="查询条件")),
                ("timeout_seconds", models.PositiveSmallIntegerField(default=5, verbose_name="超时(秒)")),
                ("cache_seconds", models.PositiveIntegerField(default=0, verbose_name="缓存时间(秒)")),
                ("subject", models.CharField(blank=True, max_length=64, verbose_name="查询对象")),
                (
                    "sharing",
                    models.CharField(
                        blank=True,
                        choices=[("1", "无条件共享"), ("2", "有条件共享"), ("3", "不予共享")],
                        max_length=1,
                        verbose_name="共享类型",
                    ),
                ),
                ("fields", models.JSONField(default=list, verbose_name="信息项")),
                ("schema", models.JSONField(default=dict, verbose_name="信息项格式")),
                ("revision", models.PositiveIntegerField(default=1, verbose_name="修订号")),
                (
                    "compiled_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        default=list,
                        size=None,
                        verbose_name="编制人",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("changed_at", models.DateTimeField(verbose_name="最近变更时间")),
                ("published_at", models.DateTimeField(null=True, verbose_name="发布时间")),
            ],
        ),
        migrations.CreateModel(
            name="DataRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="申请编号")),
                ("provider_code", models.CharField(max_length=32, verbose_name="提供方")),
                ("agency_code", models.CharField(max_length=32, verbose_name="使用方")),
                ("division_code", models.CharField(max_length=12, verbose_name="行政区划代码")),
                ("applicant_name", models.CharField(max_length=64, verbose_name="申请人")),
                ("client_id", models.CharField(max_length=64, verbose_name="使用系统")),
                ("purpose", models.CharField(max_length=500, verbose_name="用途")),
                ("legal_basis", models.CharField(max_length=500, verbose_name="依据")),
                ("item_code", models.CharField(blank=True, max_length=64, verbose_name="事项编码")),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), size=None, verbose_name="信息项"
                    ),
                ),
                ("row_condition", models.TextField(blank=True, verbose_name="数据范围")),
                ("daily_quota", models.PositiveIntegerField(verbose_name="每日调用次数")),
                ("until", models.DateField(verbose_name="使用期限")),
                (
                    "contact_name",
                    tongban.foundation.fields.SealedTextField(
                        context="sharing.request.contact_name", verbose_name="安全联系人"
                    ),
                ),
                (
                    "contact_phone",
                    tongban.foundation.fields.SealedTextField(
                        context="sharing.request.contact_phone", verbose_name="联系电话"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("SUBMITTED", "待合规审核"),
                            ("RETURNED", "退回补充"),
                            ("COMPLIANT", "待提供方答复"),
                            ("GRANTED", "已授权"),
                            ("REFUSED", "不予授权"),
                            ("WITHDRAWN", "已撤回"),
                        ],
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("submitted_at", models.DateTimeField(verbose_name="提交时间")),
                ("changed_at", models.DateTimeField(verbose_name="最近变更时间")),
                ("due_date", models.DateField(null=True, verbose_name="答复期限")),
                ("remind_date", models.DateField(null=True, verbose_name="提醒日")),
                ("escalated_at", models.DateTimeField(null=True, verbose_name="逾期报告时间")),
                ("answer", models.CharField(blank=True, max_length=1000, verbose_name="答复")),
                (
                    "answer_clause",
                    models.CharField(blank=True, max_length=200, verbose_name="不予授权的依据"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("provider_code", models.CharField(max_length=32, verbose_name="提供方")),
                ("agency_code", models.CharField(max_length=32, verbose_name="使用方")),
                ("division_code", models.CharField(max_length=12, verbose_name="行政区划代码")),
                ("client_id", models.CharField(max_length=64, verbose_name="使用系统")),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), size=None, verbose_name="信息项"
                    ),
                ),
                ("row_condition", models.TextField(blank=True, verbose_name="数据范围")),
                ("daily_quota", models.PositiveIntegerField(verbose_name="每日调用次数")),
                ("rate", models.PositiveIntegerField(verbose_name="每分钟调用次数")),
                ("purpose", models.CharField(max_length=500, verbose_name="用途")),
                ("legal_basis", models.CharField(max_length=500, verbose_name="依据")),
                ("granted_at", models.DateTimeField(verbose_name="授权时间")),
                ("expires_at", models.DateTimeField(verbose_name="到期时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[("REVOKED", "已收回"), ("REPLACED", "已由新授权代替")],
                        max_length=16,
                        verbose_name="终止方式",
                    ),
                ),
                ("end_words", models.CharField(blank=True, max_length=500, verbose_name="终止原因")),
                ("expiry_told", models.BooleanField(default=False, verbose_name="已提醒到期")),
            ],
        ),
        migrations.CreateModel(
            name="GrantDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "grant_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("grant_id", models.UUIDField(verbose_name="授权")),
                ("day", models.DateField(verbose_name="日期")),
                ("calls", models.PositiveIntegerField(verbose_name="次数")),
                ("minute", models.BigIntegerField(verbose_name="分钟")),
                ("minute_calls", models.PositiveIntegerField(verbose_name="该分钟次数")),
            ],
        ),
        migrations.CreateModel(
            name="Nonce",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "client_id", "nonce", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("client_id", models.CharField(max_length=64, verbose_name="使用系统")),
                ("nonce", models.CharField(max_length=64, verbose_name="随机数")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
        ),
        migrations.CreateModel(
            name="RequestEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("SUBMIT", "提交申请"),
                            ("RETURN", "退回补充"),
                            ("RESUBMIT", "补充后重新提交"),
                            ("PASS", "合规审核通过"),
                            ("GRANT", "授权"),
                            ("REFUSE", "不予授权"),
                            ("WITHDRAW", "撤回申请"),
                            ("REMIND", "到期提醒"),
                            ("ESCALATE", "逾期报告数据主管部门"),
                            ("REVOKE", "收回授权"),
                        ],
                        max_length=16,
                        verbose_name="操作",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=1000, verbose_name="说明")),
                ("actor_name", models.CharField(max_length=64, verbose_name="经办人")),
                ("agency_code", models.CharField(blank=True, max_length=32, verbose_name="机构编码")),
            ],
        ),
        migrations.CreateModel(
            name="ServiceEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("CREATE", "登记"),
                            ("SAVE", "保存"),
                            ("CHECK", "核验通过"),
                            ("PUBLISH", "发布"),
                            ("SUSPEND", "暂停"),
                            ("RESUME", "恢复"),
                            ("REOPEN", "退回编制"),
                            ("WITHDRAW", "撤下"),
                        ],
                        max_length=16,
                        verbose_name="操作",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("actor_name", models.CharField(max_length=64, verbose_name="经办人")),
                ("agency_code", models.CharField(blank=True, max_length=32, verbose_name="机构编码")),
            ],
        ),
        migrations.CreateModel(
            name="SubscriberKey",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("client_id", models.CharField(max_length=64, verbose_name="使用系统")),
                ("agency_code", models.CharField(max_length=32, verbose_name="机构编码")),
                ("point", models.BinaryField(max_length=65, verbose_name="公钥")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停用时间")),
            ],
        ),
        migrations.CreateModel(
            name="AlarmRule",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("agency_code", models.CharField(max_length=32, verbose_name="提供方")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ERROR_RATE", "错误率"),
                            ("LATENCY", "响应时间（95 分位，毫秒）"),
                            ("QUOTA", "当日额度使用比例"),
                        ],
                        max_length=16,
                        verbose_name="种类",
                    ),
                ),
                ("threshold", models.PositiveIntegerField(verbose_name="阈值")),
                ("minutes", models.PositiveIntegerField(verbose_name="时段(分钟)")),
                ("is_on", models.BooleanField(default=True, verbose_name="启用")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("agency_code", "kind"), name="sharing_rule_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Breaker",
            fields=[
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="sharing.dataservice",
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="连续失败次数")),
                ("open_until", models.DateTimeField(null=True, verbose_name="熔断至")),
            ],
        ),
        migrations.AddIndex(
            model_name="dataservice",
            index=models.Index(fields=["agency_code", "code"], name="sharing_service_agency"),
        ),
        migrations.AddField(
            model_name="alarm",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sharing.dataservice"
            ),
        ),
        migrations.AddField(
            model_name="datarequest",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sharing.dataservice"
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="request",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sharing.datarequest",
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sharing.dataservice"
            ),
        ),
        migrations.AddField(
            model_name="datarequest",
            name="renews",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sharing.grant"
            ),
        ),
        migrations.AddField(
            model_name="requestevent",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sharing.datarequest"
            ),
        ),
        migrations.AddField(
            model_name="serviceevent",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sharing.dataservice"
            ),
        ),
        migrations.AddIndex(
            model_name="subscriberkey",
            index=models.Index(fields=["client_id"], name="sharing_key_client"),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("service", "kind", "client_id"),
                name="sharing_alarm_open_once",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["service", "client_id"], name="sharing_grant_client"),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["agency_code", "-granted_at", "id"], name="sharing_grant_agency"),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["provider_code", "-granted_at", "id"], name="sharing_grant_provider"),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("service", "client_id"),
                name="sharing_grant_once",
            ),
        ),
        migrations.AddIndex(
            model_name="datarequest",
            index=models.Index(fields=["agency_code", "-submitted_at", "id"], name="sharing_request_agency"),
        ),
        migrations.AddIndex(
            model_name="datarequest",
            index=models.Index(
                fields=["provider_code", "-submitted_at", "id"], name="sharing_request_provider"
            ),
        ),
        migrations.AddIndex(
            model_name="datarequest",
            index=models.Index(
                condition=models.Q(("due_date__isnull", False)),
                fields=["due_date"],
                name="sharing_request_due",
            ),
        ),
        migrations.AddIndex(
            model_name="requestevent",
            index=models.Index(fields=["request", "id"], name="sharing_request_log"),
        ),
        migrations.AddIndex(
            model_name="serviceevent",
            index=models.Index(fields=["service", "id"], name="sharing_service_log"),
        ),
    ]
