"""
Loading the base registers: idempotent, row by row compared, nothing deleted.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.codes import is_social_credit_code
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.resources.registers import permissions
from tongban.resources.registers.models import Agency, AgencyCode, Division
from tongban.resources.registers.values import AgencyRow, DivisionRow, LoadReceipt, level_of

Row = TypeVar("Row", bound=msgspec.Struct)
BATCH_ROWS = 1000


class RegisterFileInvalid(InvalidInput):
    """
    A line of a register file is not of the form asked for; names the file and the line.
    """

    code = "register_file_invalid"
    message = _("基础数据文件 %(file)s 第 %(line)s 行无法读取：%(reason)s")


def read_rows(path: Path, row_type: type[Row]) -> Iterator[Row]:
    """
    Yield the rows of a JSONL file.

    :raises RegisterFileInvalid: a line is not JSON, or not a `row_type`
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield msgspec.json.decode(line, type=row_type)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise RegisterFileInvalid(file=path.name, line=number, reason=str(error)) from error


def sort_key(name: str) -> str:
    """
    Return the pinyin letters people expect `name` to be sorted by.
    """
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 -- its dictionary takes longer to load than Django

    return "".join(lazy_pinyin(name, style=Style.NORMAL)).lower()[:200]


@business_transaction
def load_divisions(*, rows: Iterable[DivisionRow], actor: Actor, at: datetime) -> LoadReceipt:
    """
    Bring the register of divisions to what `rows` say; divisions they do not name stay as they are.

    :raises NotPermitted: the actor does not keep the registers
    """
    permissions.change_register.require(actor)
    known = Division.objects.in_bulk()
    created: list[Division] = []
    changed: list[Division] = []
    unchanged = 0
    for row in rows:
        division = Division(
            code=row.code,
            gb_code=row.code[:6],
            level=level_of(row.code),
            sort_key=row.sort_key or sort_key(row.name),
            **_facts(row, "name", "name_en", "parent_code", "valid_from", "valid_until", "source"),
        )
        before = known.get(row.code)
        if before is None:
            created.append(division)
        elif _differs(before, division, DIVISION_FIELDS):
            changed.append(division)
        else:
            unchanged += 1
    Division.objects.bulk_create(created, batch_size=BATCH_ROWS)
    if changed:
        Division.objects.bulk_update(changed, DIVISION_FIELDS, batch_size=BATCH_ROWS)
    receipt = LoadReceipt(created=len(created), changed=len(changed), unchanged=unchanged)
    _record("registers.divisions.load", actor=actor, at=at, receipt=receipt)
    return receipt


@business_transaction
def load_agencies(*, rows: Iterable[AgencyRow], actor: Actor, at: datetime) -> LoadReceipt:
    """
    Bring the register of agencies to what `rows` say; agencies they do not name stay as they are.

    Faulty codes are taken and flagged, never repaired.

    :raises NotPermitted: the actor does not keep the registers
    """
    permissions.change_register.require(actor)
    known = {agency.code: agency for agency in Agency.objects.prefetch_related("published_codes")}
    created = changed = unchanged = 0
    for row in rows:
        before = known.get(row.code)
        fresh = Agency(code=row.code, code_is_valid=is_social_credit_code(row.code), **_agency_facts(row))
        codes = {entry.code: entry.note for entry in row.published_codes}
        if before is None:
            fresh.save()
            _replace_codes(fresh, codes)
            created += 1
        elif _differs(before, fresh, AGENCY_FIELDS) or codes != {
            entry.code: entry.note for entry in before.published_codes.all()
        }:
            fresh.pk = before.pk
            fresh.save(force_update=True)
            _replace_codes(fresh, codes)
            changed += 1
        else:
            unchanged += 1
    receipt = LoadReceipt(created=created, changed=changed, unchanged=unchanged)
    _record("registers.agencies.load", actor=actor, at=at, receipt=receipt)
    return receipt


DIVISION_FIELDS = [
    "gb_code",
    "name",
    "name_en",
    "level",
    "parent_code",
    "sort_key",
    "valid_from",
    "valid_until",
    "source",
]
AGENCY_FIELDS = [
    "code_is_valid",
    "name",
    "short_name",
    "name_en",
    "kind",
    "division_code",
    "order",
    "is_demo",
    "source",
]


def _facts(row: msgspec.Struct, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _agency_facts(row: AgencyRow) -> dict[str, Any]:
    return _facts(row, *(name for name in AGENCY_FIELDS if name != "code_is_valid"))


def _differs(before: object, after: object, names: Iterable[str]) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _replace_codes(agency: Agency, codes: dict[str, str]) -> None:
    agency.published_codes.all().delete()
    AgencyCode.objects.bulk_create(
        AgencyCode(agency=agency, code=code, code_is_valid=is_social_credit_code(code), note=note)
        for code, note in codes.items()
    )


def _record(action: str, *, actor: Actor, at: datetime, receipt: LoadReceipt) -> None:
    if receipt.created or receipt.changed:
        audit.record(
            action=action,
            actor=actor,
            subject="registers",
            at=at,
            created=receipt.created,
            changed=receipt.changed,
        )
