"""
Let withdrawal, passing on and voiding have their notices.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """
    Words of a column only; nothing changes in the database.
    """

    dependencies = [("casework", "0002_case_to_archive")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
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
                    ("withdrawal", "撤回申请确认书"),
                    ("transfer_notice", "转办告知书"),
                    ("voiding_notice", "作废告知书"),
                ],
                max_length=24,
                verbose_name="文书种类",
            ),
        ),
    ]
