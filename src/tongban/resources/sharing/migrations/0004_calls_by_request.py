"""
Find calls by the id of their request: corrections name it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sharing", "0003_alarms_of_denials_and_circuits")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX sharing_call_request ON sharing_call (request_id)",
            "DROP INDEX sharing_call_request",
        )
    ]
