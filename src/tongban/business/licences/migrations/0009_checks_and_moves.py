from django.db import migrations, models


class Migration(migrations.Migration):
    """
    Annual checks, reminders, and licences that were moved to another registry.
    """

    dependencies = [("licences", "0008_stock")]

    operations = [
        migrations.AddField(
            model_name="licence",
            name="check_due_date",
            field=models.DateField(null=True, verbose_name="下次年检截止日期"),
        ),
        migrations.AddField(
            model_name="licence",
            name="reminded_at",
            field=models.DateTimeField(null=True, verbose_name="到期提醒时间"),
        ),
        migrations.AlterField(
            model_name="licence",
            name="status",
            field=models.CharField(
                choices=[
                    ("VALID", "有效"),
                    ("SUSPENDED", "暂停"),
                    ("REVOKED", "撤销"),
                    ("CANCELED", "注销"),
                    ("EXPIRED", "过期"),
                    ("MOVED", "已转出"),
                    ("REPLACED", "被替换"),
                ],
                default="VALID",
                max_length=10,
                verbose_name="证照状态",
            ),
        ),
        migrations.AlterField(
            model_name="licenceevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ISSUED", "签发"),
                    ("RENDERED", "制证"),
                    ("SUSPENDED", "暂停"),
                    ("RESUMED", "恢复"),
                    ("REVOKED", "撤销"),
                    ("CANCELED", "注销"),
                    ("EXPIRED", "到期"),
                    ("CHECKED", "年检"),
                    ("MOVED", "转出"),
                    ("REMINDED", "到期提醒"),
                    ("REPLACED", "被新版本替换"),
                    ("COLLECTED", "存量归集"),
                    ("COMPARED", "与原件核对"),
                ],
                max_length=10,
                verbose_name="事件",
            ),
        ),
    ]
