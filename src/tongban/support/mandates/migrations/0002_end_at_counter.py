"""
终止原因: taken back at a counter.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mandates", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="mandate",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("WITHDRAWN", "授权人收回"),
                    ("WITHDRAWN_AT_COUNTER", "授权人在窗口收回"),
                    ("RENOUNCED", "被授权人辞去"),
                    ("ENTITY_DEREGISTERED", "单位已注销"),
                    ("REPRESENTATIVE_CHANGED", "法定代表人已变更"),
                    ("GUARDIANSHIP_ENDED", "监护关系终止"),
                ],
                default="",
                max_length=24,
                verbose_name="终止原因",
            ),
        ),
    ]
