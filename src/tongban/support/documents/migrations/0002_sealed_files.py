"""
Seal files on the disk, each with a key of its own.
"""

from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    """
    The name in the store and the key of each file. Files that are there already lie under the digest of their content,
    in clear, until the nightly job has sealed them.
    """

    dependencies = [("documents", "0001_stored_files")]

    operations = [
        migrations.AddField(
            model_name="storedfile",
            name="stored_as",
            field=models.CharField(default="", max_length=64, verbose_name="存储名"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="storedfile",
            name="key",
            field=tongban.foundation.fields.SealedTextField(
                context="documents.file.key", editable=False, null=True, verbose_name="密钥（加密）"
            ),
        ),
        migrations.RunSQL(
            "UPDATE documents_storedfile SET stored_as = digest", reverse_sql=migrations.RunSQL.noop
        ),
        migrations.RemoveIndex(model_name="storedfile", name="stored_file_digest"),
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(fields=["stored_as"], name="stored_file_stored_as"),
        ),
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(
                condition=models.Q(("key__isnull", True)), fields=["id"], name="stored_file_in_clear"
            ),
        ),
    ]
