from django.db import migrations, models


class Migration(migrations.Migration):
    """
    The original of a licence is OFD; PDF is its copy.
    """

    dependencies = [("licences", "0005_directory_only")]

    operations = [
        migrations.AddField(
            model_name="licence",
            name="original_id",
            field=models.UUIDField(null=True, verbose_name="证照文件(OFD)"),
        ),
        migrations.AddField(
            model_name="licence",
            name="original_digest",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="证照文件摘要(SM3)"),
        ),
        migrations.AlterField(
            model_name="licence",
            name="file_id",
            field=models.UUIDField(null=True, verbose_name="证照文件副本(PDF)"),
        ),
        migrations.AlterField(
            model_name="licence",
            name="file_digest",
            field=models.CharField(
                blank=True, default="", max_length=64, verbose_name="证照文件副本摘要(SM3)"
            ),
        ),
        migrations.AddIndex(
            model_name="licence",
            index=models.Index(
                condition=models.Q(("original_digest", ""), _negated=True),
                fields=["original_digest"],
                name="licence_original",
            ),
        ),
    ]
