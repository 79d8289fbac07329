# The story of a record is found by its key: a month of ten million entries is not read through for it.

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_alarms")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX exchange_entry_key ON exchange_entry (stream_id, key)",
            "DROP INDEX exchange_entry_key",
        ),
    ]
