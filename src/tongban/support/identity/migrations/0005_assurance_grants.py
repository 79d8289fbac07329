import uuid

import django.db.models.deletion
from django.db import migrations, models

#: What stood behind a level before proofs were kept one by one: a code, what a counter had written down, the counter.
MEANS = """
INSERT INTO identity_assurancegrant
    (id, person_id, means, level, granted_at, granted_by, evidence_digest, revoked_for)
SELECT gen_random_uuid(), id,
       CASE assurance_level WHEN 1 THEN 'MOBILE_CODE' WHEN 2 THEN 'COUNTER_RECORD' WHEN 3 THEN 'FACE' ELSE 'COUNTER' END,
       assurance_level, created_at, COALESCE(NULLIF(registered_by, ''), 'identity.migration'), '', ''
FROM identity_person WHERE assurance_level > 0
"""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_staff_factors_and_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssuranceGrant",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.person",
                    ),
                ),
                ("means", models.CharField(max_length=32, verbose_name="证明方式")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "未实名"),
                            (1, "手机验证"),
                            (2, "信息比对"),
                            (3, "实人核验"),
                            (4, "窗口或证件核验"),
                        ],
                        verbose_name="实名等级",
                    ),
                ),
                ("granted_at", models.DateTimeField(verbose_name="核验时间")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="失效时间")),
                ("granted_by", models.CharField(max_length=64, verbose_name="核验人")),
                ("evidence_digest", models.CharField(blank=True, max_length=64, verbose_name="凭据摘要")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                ("revoked_for", models.CharField(blank=True, max_length=64, verbose_name="撤销原因")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=["person", "-level"],
                        name="grant_live_of_person",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", [1, 2, 3, 4])), name="grant_level_exists"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("person", "means"),
                        name="grant_one_of_means",
                    ),
                ],
            },
        ),
        migrations.RunSQL(MEANS),
        migrations.RemoveConstraint(model_name="person", name="person_assurance_level_exists"),
        migrations.RemoveField(model_name="person", name="assurance_level"),
        migrations.AddField(
            model_name="accesstoken",
            name="checked_at",
            field=models.DateTimeField(null=True, verbose_name="二次认证时间"),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="checked_level",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="二次认证等级"),
        ),
    ]
