from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_agreements")]

    operations = [
        migrations.AlterField(
            model_name="verificationcode",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("REGISTER", "注册"),
                    ("RESET_PASSWORD", "重置密码"),
                    ("CHANGE_MOBILE", "修改手机号码"),
                    ("FRESH_CHECK", "二次认证"),
                    ("COUNTER", "窗口核验"),
                    ("GRANT_MANDATE", "授权亲友代办"),
                ],
                max_length=16,
                verbose_name="用途",
            ),
        ),
    ]
