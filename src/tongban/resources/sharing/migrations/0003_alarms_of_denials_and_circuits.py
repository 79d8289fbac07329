"""
Alarm rules for calls that were denied, and for circuits that are open.
"""

from django.db import migrations, models

KINDS = [
    ("ERROR_RATE", "错误率"),
    ("LATENCY", "响应时间（95 分位，毫秒）"),
    ("QUOTA", "当日额度使用比例"),
    ("DENIED", "被拒绝的调用次数"),
    ("CIRCUIT", "熔断（连续失败次数）"),
]


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_count_corrections")]

    operations = [
        migrations.AlterField(
            model_name=model,
            name="kind",
            field=models.CharField(choices=KINDS, max_length=16, verbose_name="种类"),
        )
        for model in ("alarm", "alarmrule")
    ]
