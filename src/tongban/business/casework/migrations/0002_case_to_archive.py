"""
Let the nightly sweep find what ended and is not archived.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """
    A partial index, small: what is archived leaves it.
    """

    dependencies = [("casework", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["closed_at", "id"],
                condition=Q(
                    status__in=["CLOSED", "LAPSED", "NOT_ACCEPTED", "PASSED_ON", "VOIDED", "WITHDRAWN"]
                ),
                name="case_to_archive",
            ),
        ),
    ]
