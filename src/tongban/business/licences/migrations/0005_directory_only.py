from django.db import migrations, models


class Migration(migrations.Migration):
    """
    What a type says stands in its versions alone.
    """

    dependencies = [("licences", "0004_directory_rows")]

    operations = [
        *[
            migrations.RemoveField(model_name="licencetype", name=name)
            for name in (
                "holder_kinds",
                "face",
                "validity_months",
                "validity",
                "validity_en",
                "allows_several",
                "note",
                "note_en",
            )
        ],
        migrations.AlterField(
            model_name="licence",
            name="type_version",
            field=models.PositiveIntegerField(verbose_name="证照类型版本"),
        ),
    ]
