"""
The index of a holder's code is made of his key, so that licences are found by whoever was given the key alone.
"""

from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tongban.foundation import crypto
from tongban.foundation.canonical import sm3_hex

AT_ONCE = 500


def by_key(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """
    Make the indexes anew.
    """
    licences = apps.get_model("licences", "Licence").objects.only("id", "holder_code")
    _index(licences, lambda row: row.holder_code)
    stock = apps.get_model("licences", "StockLicence").objects.only("id", "content")
    _index(
        stock.filter(content__isnull=False, holder_index__isnull=False),
        lambda row: row.content["holder"]["code"],
    )


def _index(rows: Any, code_of: Callable[[Any], str]) -> None:
    last = None
    while batch := list((rows.filter(id__gt=last) if last else rows).order_by("id")[:AT_ONCE]):
        for row in batch:
            plain = "".join(code_of(row).split()).upper()
            key = sm3_hex(f"tongban.licences.holder|{plain}".encode())
            row.holder_index = crypto.blind_index("licences.peer_holder_key", key)
        rows.model.objects.bulk_update(batch, ["holder_index"])
        last = batch[-1].id


class Migration(migrations.Migration):
    """
    Rows of before; new ones are written so.
    """

    dependencies = [("licences", "0013_counter_consent")]
    operations = [migrations.RunPython(by_key, migrations.RunPython.noop)]
