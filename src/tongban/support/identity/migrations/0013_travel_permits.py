"""
Residents of Hong Kong, Macao and Taiwan with a travel permit, whose number does not say when they were born.
"""

from django.db import migrations, models

import tongban.foundation.fields


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0012_staff_number"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="born_on",
            field=tongban.foundation.fields.SealedTextField(
                context="identity.person.born_on", null=True, verbose_name="出生日期"
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="id_type",
            field=models.CharField(
                choices=[
                    ("111", "居民身份证"),
                    ("511", "台湾居民来往大陆通行证"),
                    ("516", "港澳居民来往内地通行证"),
                    ("553", "外国人永久居留身份证"),
                ],
                max_length=3,
                verbose_name="证件类型",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("born_on__isnull", False), ("id_type__in", ("511", "516"))),
                    models.Q(
                        models.Q(("id_type__in", ("511", "516")), _negated=True), ("born_on__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="person_of_permit_says_birth",
            ),
        ),
    ]
