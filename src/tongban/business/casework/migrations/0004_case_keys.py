"""
Give each case a key of its own, which its personal data are sealed with.
"""

from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    """
    The table of the keys. Cases that are there already go on without one.
    """

    dependencies = [("casework", "0003_notices_at_other_ends")]

    operations = [
        migrations.CreateModel(
            name="CaseKey",
            fields=[
                (
                    "case_number",
                    models.CharField(
                        max_length=50, primary_key=True, serialize=False, verbose_name="办件编号"
                    ),
                ),
                (
                    "key",
                    tongban.foundation.fields.SealedTextField(
                        context="casework.case_key.key", editable=False, verbose_name="密钥（加密）"
                    ),
                ),
            ],
        ),
    ]
