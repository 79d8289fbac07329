"""
Code lists are data: loaded from a file, compared, never deleted.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tongban.business.catalogue import permissions
from tongban.business.catalogue.models import CodeItem, CodeList, CodeMapping
from tongban.business.catalogue.values import CodeListReceipt
from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction

SEED = Path(__file__).parent.parent / "code_lists.json"


class MappingRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How one data source writes a code.
    """

    data_source: str
    local_code: str
    local_name: str = ""


class ItemRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One code.
    """

    code: str
    name: str
    name_en: str = ""
    identifier: str = ""
    mappings: tuple[MappingRow, ...] = ()


class ListRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One list.
    """

    code: str
    name: str
    name_en: str = ""
    source: str = ""
    items: tuple[ItemRow, ...]


@business_transaction
def load_code_lists(*, actor: Actor, at: datetime, path: Path = SEED) -> CodeListReceipt:
    """
    Bring the code lists to what the file says; codes it does not name stay.

    :param path: JSON, a list of lists; by default the file that comes with the program
    :raises NotPermitted: the actor does not keep the catalogue
    :raises msgspec.ValidationError: the file is not of the form asked for
    """
    permissions.change_catalogue.require(actor)
    lists = msgspec.json.decode(path.read_bytes(), type=list[ListRow])
    receipt = CodeListReceipt(
        lists=len(lists),
        items=sum(len(row.items) for row in lists),
        mappings=sum(len(item.mappings) for row in lists for item in row.items),
    )
    for row in lists:
        _save_list(row)
    audit.record(
        action="catalogue.code_lists.load",
        actor=actor,
        subject="code_lists",
        at=at,
        lists=receipt.lists,
        items=receipt.items,
        mappings=receipt.mappings,
    )
    return receipt


def _save_list(row: ListRow) -> None:
    facts = {"name": row.name, "name_en": row.name_en, "source": row.source}
    CodeList.objects.update_or_create(code=row.code, defaults=facts)
    _upsert(
        CodeItem,
        [
            CodeItem(
                list_id=row.code,
                code=item.code,
                name=item.name,
                name_en=item.name_en,
                identifier=item.identifier,
                order=order,
            )
            for order, item in enumerate(row.items)
        ],
        unique=["list", "code"],
        update=["name", "name_en", "identifier", "order"],
    )
    keys = dict(CodeItem.objects.filter(list_id=row.code).values_list("code", "id"))
    _upsert(
        CodeMapping,
        [
            CodeMapping(
                item_id=keys[item.code],
                data_source=mapping.data_source,
                local_code=mapping.local_code,
                local_name=mapping.local_name,
            )
            for item in row.items
            for mapping in item.mappings
        ],
        unique=["data_source", "item", "local_code"],
        update=["local_name"],
    )


def _upsert(model: Any, rows: list[Any], *, unique: list[str], update: list[str]) -> None:
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=update)
