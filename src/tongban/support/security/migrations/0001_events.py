"""
Security events, changed rules, and how far the trail was watched.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SecurityRule",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("LOCKOUT", "账号被锁定"),
                            ("FAILED_LOGINS", "多次登录失败"),
                            ("DENIED_ACTIONS", "多次越权操作"),
                            ("DENIED_REVEALS", "多次越权查看个人信息"),
                            ("MASS_READS", "大量查看个人信息"),
                            ("ODD_HOURS", "非常规时段操作"),
                            ("NEW_PLACE", "管理员从新地址登录"),
                            ("TOKEN_MISUSE", "令牌滥用"),
                            ("KEY_EVENT", "密钥变动"),
                            ("RIGHTS_CHANGE", "账号与权限变动"),
                            ("TAMPERING", "审计记录被篡改"),
                        ],
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                        verbose_name="事件类别",
                    ),
                ),
                ("is_on", models.BooleanField(verbose_name="是否启用")),
                ("threshold", models.PositiveIntegerField(verbose_name="次数")),
                ("window_minutes", models.PositiveIntegerField(verbose_name="时段(分钟)")),
                (
                    "severity",
                    models.CharField(
                        choices=[("LOW", "一般"), ("MEDIUM", "重要"), ("HIGH", "严重")],
                        max_length=8,
                        verbose_name="严重程度",
                    ),
                ),
                ("is_alarm", models.BooleanField(verbose_name="是否告警")),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("changed_by", models.CharField(max_length=64, verbose_name="修改人")),
            ],
        ),
        migrations.CreateModel(
            name="TrailPosition",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("watched_tx", models.BigIntegerField(default=0, verbose_name="已检测至")),
                ("verified_at", models.DateTimeField(null=True, verbose_name="最近核验时间")),
                ("faults", models.PositiveIntegerField(default=0, verbose_name="最近核验问题数")),
            ],
        ),
        migrations.CreateModel(
            name="SecurityEvent",
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
                            ("LOCKOUT", "账号被锁定"),
                            ("FAILED_LOGINS", "多次登录失败"),
                            ("DENIED_ACTIONS", "多次越权操作"),
                            ("DENIED_REVEALS", "多次越权查看个人信息"),
                            ("MASS_READS", "大量查看个人信息"),
                            ("ODD_HOURS", "非常规时段操作"),
                            ("NEW_PLACE", "管理员从新地址登录"),
                            ("TOKEN_MISUSE", "令牌滥用"),
                            ("KEY_EVENT", "密钥变动"),
                            ("RIGHTS_CHANGE", "账号与权限变动"),
                            ("TAMPERING", "审计记录被篡改"),
                        ],
                        max_length=32,
                        verbose_name="事件类别",
                    ),
                ),
                ("key", models.CharField(max_length=128, verbose_name="涉及账号或地址")),
                (
                    "severity",
                    models.CharField(
                        choices=[("LOW", "一般"), ("MEDIUM", "重要"), ("HIGH", "严重")],
                        max_length=8,
                        verbose_name="严重程度",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "待处置"), ("ACKNOWLEDGED", "处置中"), ("CLOSED", "已关闭")],
                        default="OPEN",
                        max_length=16,
                        verbose_name="处置状态",
                    ),
                ),
                (
                    "alarm",
                    models.CharField(
                        choices=[
                            ("NONE", "不告警"),
                            ("QUEUED", "待发送"),
                            ("SENT", "已发送"),
                            ("SHOWN", "仅在控制台提示"),
                        ],
                        default="NONE",
                        max_length=8,
                        verbose_name="告警状态",
                    ),
                ),
                ("count", models.PositiveIntegerField(verbose_name="次数")),
                ("first_at", models.DateTimeField(verbose_name="最早发生时间")),
                ("last_at", models.DateTimeField(verbose_name="最近发生时间")),
                ("actor_kind", models.CharField(blank=True, max_length=16, verbose_name="行为主体类别")),
                ("address", models.CharField(blank=True, max_length=45, verbose_name="来源地址")),
                ("facts", models.JSONField(default=dict, verbose_name="依据")),
                ("acknowledged_at", models.DateTimeField(null=True, verbose_name="接手时间")),
                ("acknowledged_by", models.CharField(blank=True, max_length=64, verbose_name="接手人")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="关闭时间")),
                ("closed_by", models.CharField(blank=True, max_length=64, verbose_name="关闭人")),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="处置说明")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-id"], name="security_event_by_state"),
                    models.Index(fields=["first_at"], name="security_event_by_time"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "CLOSED"), _negated=True),
                        fields=("kind", "key"),
                        name="security_event_open_once",
                    )
                ],
            },
        ),
    ]
