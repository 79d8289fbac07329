"""
The ledger of looks also tells who was found by his number, and what was handed over to other systems.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="objection",
            name="act",
            field=models.CharField(
                choices=[
                    ("READ", "查看（个人信息已隐去）"),
                    ("REVEALED", "查看完整信息"),
                    ("OPENED", "打开文件"),
                    ("USED", "平台自动使用"),
                    ("EXPORTED", "导出"),
                    ("HANDED_OVER", "提供给其他系统"),
                    ("FOUND", "按证件号码查到"),
                ],
                max_length=12,
                verbose_name="查看方式",
            ),
        ),
    ]
