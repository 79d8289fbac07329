"""
Licences as their holder and the agencies see them.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import Licence, LicenceEvent, LicenceQuerySet
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.rules.grades import is_comparable, is_usable
from tongban.business.licences.selectors.masking import public_name
from tongban.business.licences.selectors.verification import verification_url
from tongban.business.licences.values import (
    FaceLine,
    HolderKind,
    LicenceDetail,
    LicenceEventFacts,
    LicenceEventKind,
    LicenceStatus,
    LicenceSummary,
    TrustGrade,
)
from tongban.foundation import crypto, looks
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes.masking import mask, mask_id
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import visible_rows

LARGEST_PAGE: Final = 100
LARGEST_WALLET: Final = 500
_CURSOR: Final = "licences.search"


def wallet_of(*, actor: Actor, on: date) -> list[LicenceSummary]:
    """
    Return the actor's own licences, newest first; versions that were replaced are left out.

    One query, by index `licence_wallet`; at most 500.

    :raises NotPermitted: the actor is no natural person
    """
    permissions.read_wallet.require(actor)
    own = _visible(actor).exclude(status=LicenceStatus.REPLACED)
    return [_summary(licence, actor, on=on) for licence in own.order_by("-issued_at", "-id")[:LARGEST_WALLET]]


def licence_detail(*, identifier: str, actor: Actor, at: datetime) -> LicenceDetail:
    """
    Return one licence with its face and its life. Two queries; one more where it is somebody else's.

    That anybody but the holder looked is written down for the holder to read.

    Personal lines are in full for the holder and masked for everybody else.

    :raises LicenceNotFound: no licence has this identifier, or the actor may not see it
    """
    parsed = rules.parsed_identifier(identifier)
    licence = Licence.objects.filter(identifier=str(parsed)).first() if parsed else None
    if licence is None or not permissions.read_licence.allows(actor, licence):
        raise LicenceNotFound
    is_own = permissions.is_holder(actor, licence)
    if looks.is_foreign(actor):
        principal, thing = licence.person_id, thing_of(licence)
        looks.record(principal_id=principal, act=LookAct.READ, thing=thing, actor=actor, at=at)
    summary = _summary(licence, actor, on=civil_date(at))
    may_act = permissions.change_licence.allows(actor, issuer_code=licence.issuer_code)
    return LicenceDetail(
        summary=summary,
        holder_code=licence.holder_code if is_own else _public_code(licence),
        face=tuple(_line(line, licence, is_own=is_own) for line in licence.face),
        events=_events(licence),
        verification_url=verification_url(licence.token),
        actions=rules.open_acts(summary.status, check_due_date=licence.check_due_date) if may_act else (),
        compared=_compared(licence),
        is_masked=not is_own and licence.holder_kind == HolderKind.PERSON,
        may_compare=summary.status is LicenceStatus.VALID
        and is_comparable(summary.grade)
        and permissions.compare_licence.allows(actor),
    )


def thing_of(licence: Licence) -> Thing:
    """
    Return how the ledger of looks names a licence.
    """
    return Thing(
        kind=ObjectKind.LICENCE, key=licence.number, label=licence.type_name, label_en=licence.type_name_en
    )


def licences_of_case(*, case_number: str, actor: Actor, on: date) -> list[LicenceSummary]:
    """
    Return the licences that a case ended in and the actor may see. One query.
    """
    licences = Licence.objects.filter(case_number=case_number).order_by("issued_at", "id")
    return [
        _summary(licence, actor, on=on)
        for licence in licences
        if permissions.read_licence.allows(actor, licence)
    ]


def search_licences(
    *,
    actor: Actor,
    at: datetime,
    text: str = "",
    type_code: str = "",
    status: LicenceStatus | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[LicenceSummary]:
    """
    Return licences of the actor's agency or area, newest first. One query.

    One more where they were found by the number of their holder: he reads in his ledger that they were.

    :param text: an identifier, a printed number, a case number or the full code of a holder; names are encrypted
        and cannot be searched
    :param status: as stored; what ran out today is `EXPIRED` from tonight on
    :param limit: at most 100
    :raises NotPermitted: the actor is neither staff nor a system with the scope licences:read
    :raises InvalidInput: the cursor is of another list
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    permissions.search_licences.require(actor)
    licences = _visible(actor)
    if text.strip():
        licences = licences.filter(_matches(text))
    if type_code:
        licences = licences.filter(type_code=type_code)
    if status is not None:
        licences = licences.filter(status=status)
    if cursor:
        licences = licences.filter(_after(cursor))
    rows = list(licences.order_by("-issued_at", "-id")[: limit + 1])
    has_more, rows = len(rows) > limit, rows[:limit]
    last = encode_cursor(_CURSOR, [rows[-1].issued_at.isoformat(), str(rows[-1].id)]) if has_more else None
    _note_found(_found_by_holder(rows, text), actor=actor, at=at)
    on = civil_date(at)
    return Page(items=[_summary(licence, actor, on=on) for licence in rows], next_cursor=last)


FOUND = """
WITH found AS MATERIALIZED (SELECT * FROM licences_licence WHERE id = ANY(%(ids)s))
{look}
"""


def _note_found(ids: list[UUID], *, actor: Actor, at: datetime) -> None:
    if not ids or not looks.is_foreign(actor):
        return
    look = looks.inserted_from(
        "found",
        kind=ObjectKind.LICENCE,
        principal="person_id::uuid",
        key="number",
        label="type_name",
        label_en="type_name_en",
        where="TRUE",
    )
    facts = looks.arguments(act=LookAct.FOUND, actor=actor, at=at)
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(look=look), {**facts, "ids": ids})


def _found_by_holder(licences: Sequence[Licence], text: str) -> list[UUID]:
    if not text.strip():
        return []
    index = rules.holder_index(text)
    return [
        licence.id
        for licence in licences
        if looks.is_principal(licence.person_id) and crypto.is_same_index(licence.holder_index, index)
    ]


def _visible(actor: Actor) -> LicenceQuerySet:
    return Licence.objects.filter(visible_rows(permissions.licence_reach(actor), permissions.LICENCE_COLUMNS))


def _matches(text: str) -> Q:
    plain = "".join(text.split()).upper()
    parsed = rules.parsed_identifier(plain)
    if parsed is not None:
        return Q(identifier=str(parsed))
    return Q(number=plain) | Q(case_number=plain) | Q(holder_index=rules.holder_index(plain))


def _after(cursor: str) -> Q:
    issued_at, last_id = decode_cursor(_CURSOR, cursor)
    at = datetime.fromisoformat(str(issued_at))
    return Q(issued_at__lt=at) | Q(issued_at=at, id__lt=UUID(str(last_id)))


def _summary(licence: Licence, actor: Actor, *, on: date) -> LicenceSummary:
    is_own = permissions.is_holder(actor, licence)
    return LicenceSummary(
        id=licence.id,
        identifier=licence.identifier,
        number=licence.number,
        type_code=licence.type_code,
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        holder_name=licence.holder_name if is_own else public_name(licence),
        issuer_code=licence.issuer_code,
        issuer_name=licence.issuer_name,
        status=rules.status_on(LicenceStatus(licence.status), valid_until=licence.valid_until, on=on),
        version=licence.version,
        issued_at=licence.issued_at,
        valid_from=licence.valid_from,
        last_valid_date=rules.last_valid_date(licence.valid_until),
        check_due_date=licence.check_due_date,
        case_number=licence.case_number,
        original_id=licence.original_id,
        file_id=licence.file_id,
        grade=TrustGrade(licence.grade),
        is_usable=is_usable(TrustGrade(licence.grade)),
    )


def _compared(licence: Licence) -> tuple[str, datetime] | None:
    if licence.compared_at is None:
        return None
    return f"{licence.compared_agency} {licence.compared_by}".strip(), licence.compared_at


def _public_code(licence: Licence) -> str:
    is_person = licence.holder_kind == HolderKind.PERSON
    return mask_id(licence.holder_code) if is_person else licence.holder_code


def _line(line: dict[str, str], licence: Licence, *, is_own: bool) -> FaceLine:
    value = line["value"]
    if not is_own and licence.holder_kind == HolderKind.PERSON:
        if line["key"] == "holder_name":
            value = public_name(licence)
        elif line["key"] == "holder_code":
            value = mask_id(value)
        elif line.get("masked"):
            value = mask(value, head=1, tail=1)
    return FaceLine(key=line["key"], label=line["label"], label_en=line["label_en"], value=value)


def _events(licence: Licence) -> tuple[LicenceEventFacts, ...]:
    events = LicenceEvent.objects.filter(licence=licence).order_by("id")
    return tuple(
        LicenceEventFacts(
            kind=LicenceEventKind(event.kind),
            at=event.at,
            reason=event.reason,
            legal_basis=event.legal_basis,
        )
        for event in events
    )
