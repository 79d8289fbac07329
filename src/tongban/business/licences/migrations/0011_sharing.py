import uuid

import django.db.models.deletion
from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    """
    Sharing licences with agencies, and the log of their use.
    """

    dependencies = [
        ("licences", "0010_peers"),
    ]

    operations = [
        migrations.CreateModel(
            name="LicenceShare",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "person_id",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="持证用户"),
                ),
                ("case_number", models.CharField(max_length=50, verbose_name="办件编号")),
                (
                    "material_code",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="代替的材料"),
                ),
                ("offering_code", models.CharField(max_length=100, verbose_name="清单编号")),
                ("service_name", models.CharField(max_length=1000, verbose_name="事项名称")),
                (
                    "service_name_en",
                    models.CharField(blank=True, default="", max_length=1000, verbose_name="事项英文名称"),
                ),
                ("agency_code", models.CharField(max_length=32, verbose_name="用证机构代码")),
                ("agency_name", models.CharField(max_length=200, verbose_name="用证机构")),
                ("division_code", models.CharField(max_length=12, verbose_name="区划代码")),
                ("purpose", models.CharField(max_length=200, verbose_name="用途")),
                (
                    "authority",
                    models.CharField(
                        choices=[
                            ("CONSENT", "持证人同意"),
                            ("LAW", "法律、行政法规规定"),
                            ("OPEN", "无条件共享"),
                        ],
                        max_length=8,
                        verbose_name="共享依据",
                    ),
                ),
                (
                    "legal_basis",
                    models.CharField(blank=True, default="", max_length=1000, verbose_name="法律依据"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ASKED", "等待持证人答复"),
                            ("GIVEN", "共享中"),
                            ("REFUSED", "持证人不同意"),
                            ("WITHDRAWN", "持证人已撤回"),
                            ("OVER", "已到期"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="请求时间")),
                ("asked_by", models.CharField(max_length=64, verbose_name="请求人")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                ("last_day", models.DateField(verbose_name="共享期限截止日")),
                (
                    "words",
                    tongban.foundation.fields.SealedTextField(
                        context="licences.share.words", verbose_name="持证人说明"
                    ),
                ),
                ("original_id", models.UUIDField(null=True, verbose_name="加注件(OFD)")),
                (
                    "original_digest",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="加注件摘要(SM3)"),
                ),
                ("copy_id", models.UUIDField(null=True, verbose_name="加注件副本(PDF)")),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="licences.licence"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LicenceUse",
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
                            ("PRESENTED", "您亮证"),
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
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "agency_code",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="机构代码"),
                ),
                (
                    "who",
                    tongban.foundation.fields.SealedTextField(
                        context="licences.use.who", verbose_name="用证人"
                    ),
                ),
                ("posts", models.CharField(blank=True, default="", max_length=200, verbose_name="岗位")),
                (
                    "case_number",
                    models.CharField(blank=True, default="", max_length=50, verbose_name="办件编号"),
                ),
                ("purpose", models.CharField(blank=True, default="", max_length=200, verbose_name="用途")),
                ("actor_kind", models.CharField(max_length=16, verbose_name="主体类别")),
                ("actor_id", models.CharField(max_length=64, verbose_name="主体标识")),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="licences.licence"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licenceshare",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShareNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                ("at", models.DateTimeField(verbose_name="时间")),
                ("seen_at", models.DateTimeField(null=True, verbose_name="知悉时间")),
                ("seen_by", models.CharField(blank=True, default="", max_length=64, verbose_name="知悉人")),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licenceshare",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="licenceshare",
            index=models.Index(fields=["person_id", "-asked_at"], name="licence_share_holder"),
        ),
        migrations.AddIndex(
            model_name="licenceshare",
            index=models.Index(fields=["case_number"], name="licence_share_case"),
        ),
        migrations.AddIndex(
            model_name="licenceshare",
            index=models.Index(fields=["agency_code", "-asked_at"], name="licence_share_agency"),
        ),
        migrations.AddConstraint(
            model_name="licenceshare",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["ASKED", "GIVEN"])),
                fields=("licence", "case_number"),
                name="licence_share_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="licenceshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authority", "LAW"), _negated=True),
                    models.Q(("legal_basis", ""), _negated=True),
                    _connector="OR",
                ),
                name="licence_share_by_law_names_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="licenceshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "GIVEN"), _negated=True),
                    ("original_id__isnull", False),
                    _connector="OR",
                ),
                name="licence_share_given_hands_over",
            ),
        ),
        migrations.AddIndex(
            model_name="licenceuse",
            index=models.Index(fields=["licence", "-at", "-id"], name="licence_use_order"),
        ),
        migrations.AddConstraint(
            model_name="sharenotice",
            constraint=models.UniqueConstraint(
                fields=("share", "status", "at"), name="licence_share_told_once"
            ),
        ),
    ]
