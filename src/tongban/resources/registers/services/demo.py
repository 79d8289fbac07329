"""
Small base registers for a demonstration area: which agency is the source of what, a few files, one dispute.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.db import business_transaction
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.registers.models import DisputeCase
from tongban.resources.registers.services.disputing import file_dispute
from tongban.resources.registers.services.loading import appoint_source, load_file
from tongban.resources.registers.values import RegisterCode, SourceRole


class DemoSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An agency that is the source of something.
    """

    register: RegisterCode
    role: SourceRole
    agency_code: str


class DemoLoad(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A file beside the list.
    """

    register: RegisterCode
    agency_code: str
    file: str
    system: str = ""


class DemoDispute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A datum somebody says is wrong.
    """

    register: RegisterCode
    key: str
    field: str
    proposed: str
    words: str
    login_name: str
    agency_code: str


class DemoRegisters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    registers.json of an area.
    """

    sources: tuple[DemoSource, ...]
    loads: tuple[DemoLoad, ...]
    dispute: DemoDispute | None = None


def load_demo_registers(*, path: Path, actor: Actor, at: datetime, calendar: WorkCalendar) -> int:
    """
    Load what `registers.json` in a folder lists; return how many files were new. Doing it again changes nothing.

    :raises msgspec.ValidationError: the list is not of the form asked for
    """
    listed = msgspec.json.decode((path / "registers.json").read_bytes(), type=DemoRegisters)
    for source in listed.sources:
        appoint_source(
            register=source.register, role=source.role, agency_code=source.agency_code, actor=actor, at=at
        )
    count = 0
    for load in listed.loads:
        report = load_file(
            register=load.register,
            path=path / load.file,
            agency_code=load.agency_code,
            system=load.system,
            actor=actor,
            at=at,
        )
        count += report.is_new
    if listed.dispute is not None:
        _dispute(listed.dispute, at=at, calendar=calendar)
    return count


@business_transaction
def _dispute(wanted: DemoDispute, *, at: datetime, calendar: WorkCalendar) -> None:
    if DisputeCase.objects.exists():
        return
    filer = Actor(
        kind=ActorKind.STAFF,
        id=wanted.login_name,
        agency_code=wanted.agency_code,
        roles=frozenset({"DATA_STEWARD"}),
    )
    file_dispute(
        register=wanted.register,
        key=wanted.key,
        field=wanted.field,
        proposed=wanted.proposed,
        words=wanted.words,
        actor=filer,
        at=at,
        calendar=calendar,
    )
