"""
Loading types of licences.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions
from tongban.business.licences.models import LicenceType
from tongban.business.licences.values import LicenceTypeRow
from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput

TYPE_CODE_LENGTH = 21


class LicenceTypeInvalid(InvalidInput):
    """
    A row is no licence type; `fields` says what is wrong with which one.
    """

    code = "licence_type_invalid"
    message = _("证照类型数据有误")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReceipt:
    """
    How many types were loaded.
    """

    added: int
    changed: int
    unchanged: int


@business_transaction
def load_licence_types(
    *, rows: Iterable[Mapping[str, Any] | LicenceTypeRow], actor: Actor, at: datetime
) -> LoadReceipt:
    """
    Load types of licences, all or none; a changed one gets a new version. Licences already issued stay as they are.

    :param rows: of the form of `LicenceTypeRow`; what a row says beyond it is ignored
    :raises NotPermitted: only the node itself loads types
    :raises LicenceTypeInvalid: a row is not of this form
    """
    permissions.load_types.require(actor)
    outcomes = [_load(_row(row), at=at) for row in rows]
    receipt = LoadReceipt(
        added=outcomes.count("added"),
        changed=outcomes.count("changed"),
        unchanged=outcomes.count("unchanged"),
    )
    if receipt.added or receipt.changed:
        audit.record(
            action="licences.type.load",
            actor=actor,
            subject="licence types",
            at=at,
            added=receipt.added,
            changed=receipt.changed,
        )
    return receipt


def _row(row: Mapping[str, Any] | LicenceTypeRow) -> LicenceTypeRow:
    if isinstance(row, LicenceTypeRow):
        return row
    try:
        typed = msgspec.convert(row, LicenceTypeRow)
    except msgspec.ValidationError as error:
        raise LicenceTypeInvalid(fields={str(row.get("code", "?")): str(error)}) from error
    if len(typed.code) != TYPE_CODE_LENGTH or not typed.code.isalnum() or not typed.code.isascii():
        raise LicenceTypeInvalid(fields={typed.code: str(_("证照类型代码应为 21 位数字或大写字母"))})
    return typed


def _load(row: LicenceTypeRow, *, at: datetime) -> str:
    wanted: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row))
    code = wanted.pop("code")
    found = LicenceType.objects.select_for_update(no_key=True).filter(code=code).first()
    if found is None:
        LicenceType.objects.create(code=code, loaded_at=at, **wanted)
        return "added"
    if all(getattr(found, name) == value for name, value in wanted.items()):
        return "unchanged"
    for name, value in wanted.items():
        setattr(found, name, value)
    found.version += 1
    found.loaded_at = at
    found.save()
    return "changed"
