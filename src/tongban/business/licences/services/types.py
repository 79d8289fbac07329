"""
Types of licences out of files: loaded with an area and published at once, or imported as drafts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import LicenceType, LicenceTypeVersion
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.services.compiling import compile_type, compile_version, with_template
from tongban.business.licences.services.versions import put_in_force, record_act
from tongban.business.licences.values import (
    DirectoryAct,
    LicenceTypeRow,
    TypeDefinition,
    TypeState,
    VersionReceipt,
    VersionState,
)
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput

TYPE_CODE_LENGTH: Final = 21
MOST_ROWS: Final = 200
"""Types of one import."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReceipt:
    """
    Which drafts an import has begun, and which types were as the file has them.
    """

    drafts: tuple[VersionReceipt, ...]
    unchanged: tuple[str, ...]


@business_transaction
def load_licence_types(
    *, rows: Iterable[Mapping[str, Any] | LicenceTypeRow], actor: Actor, at: datetime
) -> LoadReceipt:
    """
    Load types of licences, all or none, and put them in force at once; licences already issued stay as they are.

    A type that the file has not changed since it was last loaded is left alone, whatever was published here since.

    :param rows: of the form of `LicenceTypeRow`; what a row says beyond it is ignored
    :raises NotPermitted: only the node itself loads types
    :raises LicenceTypeInvalid: a row is not of this form
    """
    permissions.load_types.require(actor)
    outcomes = Counter(_load(_row(row), _digest(row), actor=actor, at=at) for row in rows)
    return LoadReceipt(added=outcomes["added"], changed=outcomes["changed"], unchanged=outcomes["unchanged"])


@business_transaction
def import_licence_types(*, rows: Iterable[Mapping[str, Any]], actor: Actor, at: datetime) -> ImportReceipt:
    """
    Begin drafts from a file, all or none: of types that are new here, and of those that differ from the file.

    :param rows: of the form of `LicenceTypeRow`, at most 200
    :raises NotPermitted: the actor does not edit the directory
    :raises LicenceTypeInvalid: a row is not of this form, one code stands twice, or there are too many
    :raises VersionAlreadyOpen: a version of one of the types is being compiled
    """
    permissions.compile_types.require(actor)
    typed = _rows(rows)
    drafts, unchanged = [], []
    for code, definition in typed.items():
        receipt = _draft(code, definition, actor=actor, at=at)
        if receipt is None:
            unchanged.append(code)
        else:
            drafts.append(receipt)
    return ImportReceipt(drafts=tuple(drafts), unchanged=tuple(unchanged))


def _rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, TypeDefinition]:
    found: dict[str, TypeDefinition] = {}
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise LicenceTypeInvalid(fields={"rows": str(_("一次最多导入 200 个证照类型"))})
        typed = _row(row)
        if typed.code in found:
            raise LicenceTypeInvalid(fields={typed.code: str(_("同一代码出现了两次"))})
        found[typed.code] = _definition(typed)
    return found


def _draft(code: str, definition: TypeDefinition, *, actor: Actor, at: datetime) -> VersionReceipt | None:
    if not LicenceType.objects.filter(code=code).exists():
        return compile_type(code=code, definition=definition, actor=actor, at=at)
    current = LicenceTypeVersion.objects.filter(type_id=code, state=VersionState.PUBLISHED).first()
    if current is not None and read_definition(current.definition) == definition:
        return None
    return compile_version(code=code, definition=definition, actor=actor, at=at)


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


def _definition(row: LicenceTypeRow) -> TypeDefinition:
    try:
        return with_template(rules.definition_of(row))
    except InvalidInput as error:
        raise LicenceTypeInvalid(fields={row.code: str(error)}) from error


def _digest(row: Mapping[str, Any] | LicenceTypeRow) -> str:
    # Of what the file says, not of what we make of it: a new release leaves what is loaded alone.
    return sm3_hex(msgspec.json.encode(row, order="sorted"))


def _load(row: LicenceTypeRow, digest: str, *, actor: Actor, at: datetime) -> str:
    definition = _definition(row)
    kind = LicenceType.objects.locked().filter(code=row.code).first()
    if kind is None:
        kind = LicenceType.objects.create(code=row.code, changed_at=at)
        _put(kind, definition, digest, actor=actor, at=at)
        return "added"
    if kind.loaded_digest == digest:
        return "unchanged"
    current = LicenceTypeVersion.objects.filter(type=kind, state=VersionState.PUBLISHED).first()
    if current is not None and read_definition(current.definition) == definition:
        kind.loaded_digest = digest
        kind.save(update_fields=["loaded_digest"])
        return "unchanged"
    is_known = kind.state != TypeState.NEW
    _put(kind, definition, digest, actor=actor, at=at)
    return "changed" if is_known else "added"


def _put(kind: LicenceType, definition: TypeDefinition, loaded: str, *, actor: Actor, at: datetime) -> None:
    kind.loaded_digest = loaded
    version = LicenceTypeVersion(
        type=kind,
        definition=msgspec.to_builtins(definition),
        digest=sm3_hex(rules.canonical_definition(definition)),
        based_on=kind.version,
        compiled_by=[actor.id],
        created_at=at,
    )
    put_in_force(kind, version, at=at)
    record_act(kind, version, DirectoryAct.LOAD, actor=actor, at=at)
