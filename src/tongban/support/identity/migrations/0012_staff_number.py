"""
The ID number of a member of staff lies sealed beside its index, so that the index can be made anew.
"""

from django.db import migrations

import tongban.foundation.fields


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0011_client_answered_for"),
    ]

    operations = [
        migrations.AddField(
            model_name="staffmember",
            name="id_number",
            field=tongban.foundation.fields.SealedTextField(
                context="identity.staff.id_number", editable=False, null=True, verbose_name="证件号码"
            ),
        ),
    ]
