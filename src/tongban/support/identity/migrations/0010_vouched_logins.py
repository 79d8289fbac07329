from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0009_stock_accounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="pendinglogin",
            name="is_vouched",
            field=models.BooleanField(default=False, verbose_name="由对方平台登录"),
        ),
    ]
