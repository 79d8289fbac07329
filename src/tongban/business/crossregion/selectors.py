"""
Questions about applications taken here for other cities, and about those that others took for this node.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from tongban.business.casework import selectors as casework
from tongban.business.catalogue.values import FormField
from tongban.business.crossregion import permissions
from tongban.business.crossregion.models import Intake, Received
from tongban.business.crossregion.values import HandIn, IntakeState, OtherNode, Told
from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import visible_rows
from tongban.resources.exchange import ports as exchange
from tongban.support.federation import ports as federation

CURSOR: Final = "crossregion.intakes"
PAGE_ROWS: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakeLine:
    """
    An intake in a list. The name is masked.
    """

    id: UUID
    receipt_number: str
    node_name: str
    service_name: str
    service_name_en: str
    applicant: str
    handed_in_at: datetime
    state: IntakeState
    status: str
    case_number: str
    due: date | None
    wants_correction: bool
    wants_delivery: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakeDetail:
    """
    An intake on its page. Holds no personal data in clear.
    """

    line: IntakeLine
    node: str
    offering_code: str
    handling_agency: str
    clerk_name: str
    terms: dict[str, Any]
    fields: list[FormField]
    """Of the form, in the applicant's situation; what he wrote is not among it."""
    materials: list[tuple[str, bool]]
    """Name, and whether it came as a file."""
    told: Told | None
    """What the deciding node said last; None: nothing yet."""
    supplemented_at: datetime | None
    """When a correction was handed in here that the deciding node has not answered yet."""
    delivered_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenElsewhere:
    """
    Where an application of this node was taken in.
    """

    node: str
    node_name: str
    counter: str
    receipt_number: str
    handed_in_at: datetime


def other_nodes(*, actor: Actor) -> list[OtherNode]:
    """
    Return the nodes whose offerings can be asked for: those that can be asked, through the parent too.

    :raises NotPermitted: the actor does not take applications
    """
    permissions.take_intake.require(actor)
    known = federation.askable()
    return [OtherNode(code=node.code, name=node.title) for node in (*known.nodes, *known.beyond)]


def intakes(*, actor: Actor, cursor: str | None = None, only: str = "") -> Page[IntakeLine]:
    """
    Return what was taken here within the actor's reach, newest first. One query.

    :param only: a state, or empty
    :raises NotPermitted: the actor may know of none
    """
    permissions.list_intakes.require(actor)
    reach = permissions.intake_reach(actor)
    rows = Intake.objects.filter(visible_rows(reach, permissions.INTAKE_COLUMNS))
    if only in IntakeState.values:
        rows = rows.filter(state=only)
    if cursor:
        moment, last = decode_cursor(CURSOR, cursor)
        rows = rows.filter(TupleLessThan(Tuple("handed_in_at", "id"), (str(moment), UUID(str(last)))))
    found = list(rows.order_by("-handed_in_at", "-id")[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    more = len(found) > PAGE_ROWS
    following = encode_cursor(CURSOR, _place(shown[-1])) if more else None
    return Page(items=[_line(row) for row in shown], next_cursor=following)


def _place(row: Intake) -> list[str | int | None]:
    return [row.handed_in_at.isoformat(), str(row.id)]


def intake(*, intake_id: UUID, actor: Actor) -> IntakeDetail:
    """
    Return one intake. One query.

    :raises IntakeUnknown: there is none, or the actor may not know of it
    """
    row = permissions.seen_intake(Intake.objects.filter(pk=intake_id).first(), actor=actor)
    handed_in = msgspec.convert(row.handed_in, HandIn)
    return IntakeDetail(
        line=_line(row),
        node=row.node,
        offering_code=row.offering_code,
        handling_agency=row.handling_agency,
        clerk_name=row.clerk_name,
        terms=row.terms,
        fields=row.fields,
        materials=[(file.name, bool(file.file)) for file in handed_in.files],
        told=row.progress,
        supplemented_at=row.supplemented_at,
        delivered_at=row.delivered_at,
    )


def taken_elsewhere(*, case_number: str, actor: Actor) -> TakenElsewhere | None:
    """
    Return where a case of this node was taken in; None: here, or the actor may not know of the case. Two queries.
    """
    if not casework.may_read_case(actor=actor, number=case_number):
        return None
    row = Received.objects.filter(case_number=case_number).first()
    if row is None or row.handed_in_at is None:
        return None
    return TakenElsewhere(
        node=row.node,
        node_name=exchange.neighbours().name_of(row.node),
        counter=row.counter,
        receipt_number=row.receipt_number,
        handed_in_at=row.handed_in_at,
    )


def may_open_files(actor: Actor, key: str) -> bool:
    """
    Tell whether an actor may open the files of an intake. One query.
    """
    row = Intake.objects.filter(pk=key).first() if _is_uuid(key) else None
    return row is not None and permissions.read_intake.allows(
        actor, agency_code=row.agency_code, division_code=row.division_code
    )


def _is_uuid(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True


def _line(row: Intake) -> IntakeLine:
    told = row.progress
    return IntakeLine(
        id=row.pk,
        receipt_number=row.receipt_number,
        node_name=row.node_name,
        service_name=row.service_name,
        service_name_en=row.service_name_en,
        applicant=row.applicant_masked,
        handed_in_at=row.handed_in_at,
        state=IntakeState(row.state),
        status=row.status,
        case_number=row.case_number,
        due=row.due,
        wants_correction=bool(told and told.correction) and row.supplemented_at is None,
        wants_delivery=bool(told and told.is_delivery_wanted) and row.delivered_at is None,
    )
