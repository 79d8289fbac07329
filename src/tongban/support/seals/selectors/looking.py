"""
Seals as those see them who have a part in their life: lists, one seal with everything, its uses.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import OuterRef, Q, Subquery

from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.support.identity.values import Role
from tongban.support.seals import permissions
from tongban.support.seals.models import Seal, SealAuthorisation, SealDocument, SealEvent, SealUse
from tongban.support.seals.rules import life, pictures
from tongban.support.seals.values import (
    ApplicationKind,
    AuthorisationKind,
    Limits,
    SealAction,
    SealKind,
    SealPurpose,
    SealState,
    StepFacts,
)

PAGE: Final = 50
MOST_STEPS: Final = 500
SEALS: Final = "seals.seals"
USES: Final = "seals.uses"


@dataclass(frozen=True, kw_only=True, slots=True)
class SealLine:
    """
    A seal in a list.
    """

    id: uuid.UUID
    code: str
    version: int
    name: str
    kind: SealKind
    agency_code: str
    agency_name: str
    state: SealState
    state_changed_at: datetime
    valid_until: datetime | None
    is_demonstration: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAuthorisation:
    """
    An authorisation of a seal.
    """

    id: uuid.UUID
    kind: AuthorisationKind
    account_id: uuid.UUID | None
    account_name: str
    node_code: str
    """The other node whose jobs may; empty: this one."""
    limits: Limits
    valid_from: datetime
    valid_until: datetime
    given_at: datetime
    ended_at: datetime | None
    end_note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SealDetail:
    """
    One seal with its life, its authorisations, and what the actor may do with it now.
    """

    line: SealLine
    caption: str
    division_code: str
    application_kind: ApplicationKind
    basis: str
    suspension: str
    valid_from: datetime | None
    picture: bytes
    """SVG, as it is or as it would be."""
    steps: tuple[StepFacts, ...]
    authorisations: tuple[GivenAuthorisation, ...]
    actions: tuple[SealAction, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class UseLine:
    """
    One use of a seal.
    """

    id: int
    at: datetime
    purpose: SealPurpose
    case_number: str
    method: str
    digest: str
    actor_kind: str
    actor_id: str
    account_name: str
    """Who was authorised by name; empty: the node itself, another one, or before seals were cryptographic."""
    version: int | None


def seals_seen(
    *, actor: Actor, states: frozenset[SealState] | None = None, cursor: str | None = None
) -> Page[SealLine]:
    """
    Return the seals the actor may see, the ones that changed last first. One query.

    :param states: only these; None: all
    """
    seals = Seal.objects.filter(_reached(actor))
    if states is not None:
        seals = seals.filter(state__in=[state.value for state in states])
    if cursor is not None:
        changed_at, last_id = decode_cursor(SEALS, cursor)
        moment = datetime.fromisoformat(str(changed_at))
        seals = seals.filter(
            Q(state_changed_at__lt=moment) | Q(state_changed_at=moment, id__lt=uuid.UUID(str(last_id)))
        )
    rows = list(seals.defer("content", "picture").order_by("-state_changed_at", "-id")[: PAGE + 1])
    shown = rows[:PAGE]
    more = None
    if len(rows) > PAGE:
        more = encode_cursor(SEALS, [shown[-1].state_changed_at.isoformat(), str(shown[-1].id)])
    return Page(items=[line_of(seal) for seal in shown], next_cursor=more)


def seal_detail(*, seal_id: uuid.UUID, actor: Actor) -> SealDetail:
    """
    Return one seal with everything that happened to it. Three queries.

    :raises SealNotFound: no such seal that the actor may know of
    """
    seal = _seen(seal_id, actor)
    written = SealDocument.objects.filter(event=OuterRef("id")).values("file_id")
    events = (
        SealEvent.objects.filter(seal=seal).annotate(file_id=Subquery(written)).order_by("id")[:MOST_STEPS]
    )
    given = SealAuthorisation.objects.filter(seal=seal).order_by("-given_at")[:MOST_STEPS]
    return SealDetail(
        line=line_of(seal),
        caption=seal.caption,
        division_code=seal.division_code,
        application_kind=ApplicationKind(seal.application_kind),
        basis=seal.basis,
        suspension=seal.suspension,
        valid_from=seal.valid_from,
        picture=pictures.seal_picture(
            pictures.Face(
                name=seal.agency_name,
                kind=seal.kind,
                code=seal.code,
                caption=seal.caption,
                is_demonstration=seal.is_demonstration,
            )
        ),
        steps=tuple(
            StepFacts(
                at=event.at,
                action=SealAction(event.action),
                actor_id=event.actor_id,
                actor_name=event.actor_name,
                note=event.note,
                facts=event.facts,
                file_id=event.file_id,
            )
            for event in events
        ),
        authorisations=tuple(map(_given, given)),
        actions=_actions(seal, actor),
    )


def uses_of_seal(*, seal_id: uuid.UUID, actor: Actor, cursor: str | None = None) -> Page[UseLine]:
    """
    Return what a seal was used for, all its versions, newest first. Two queries.

    :raises SealNotFound: no such seal that the actor may know of
    """
    seal = _seen(seal_id, actor)
    uses = SealUse.objects.filter(seal_id=seal.code).order_by("-id")
    if cursor is not None:
        (last,) = decode_cursor(USES, cursor)
        uses = uses.filter(id__lt=int(str(last)))
    named = SealAuthorisation.objects.filter(id=OuterRef("authorisation_id")).values("account_name")
    rows = list(uses.defer("proof").annotate(account_name=Subquery(named))[: PAGE + 1])
    shown = rows[:PAGE]
    return Page(
        items=[
            UseLine(
                id=use.id,
                at=use.sealed_at,
                purpose=SealPurpose(use.purpose),
                case_number=use.case_number,
                method=use.method,
                digest=use.digest,
                actor_kind=use.actor_kind,
                actor_id=use.actor_id,
                account_name=use.account_name or "",
                version=use.seal_version,
            )
            for use in shown
        ],
        next_cursor=encode_cursor(USES, [shown[-1].id]) if len(rows) > PAGE else None,
    )


def line_of(seal: Seal) -> SealLine:
    """
    Return a seal as it stands in a list.
    """
    return SealLine(
        id=seal.id,
        code=seal.code,
        version=seal.version,
        name=seal.name,
        kind=SealKind(seal.kind),
        agency_code=seal.agency_code,
        agency_name=seal.agency_name,
        state=SealState(seal.state),
        state_changed_at=seal.state_changed_at,
        valid_until=seal.valid_until,
        is_demonstration=seal.is_demonstration,
    )


def _seen(seal_id: uuid.UUID, actor: Actor) -> Seal:
    seal = Seal.objects.defer("content", "picture").filter(id=seal_id).first()
    if seal is None:
        # Noted like the refusal of one that is hidden: what never was must not answer more quickly.
        permissions.read_seal.refuse(actor, policy.no(policy.Reason.NOT_OWN))
    permissions.read_seal.require(actor, agency_code=seal.agency_code, division_code=seal.division_code)
    return seal


def _reached(actor: Actor) -> Q:
    """
    Return the filter that keeps exactly the seals `permissions.read_seal` lets the actor see.
    """
    if actor.is_system:
        return Q()
    held = actor.roles & permissions.READERS if actor.is_staff else frozenset()
    reached = policy.NOTHING
    if Role.SEAL_KEEPER in held and actor.agency_code:
        reached |= Q(agency_code=actor.agency_code)
    prefix = policy.area_prefix(actor)
    if held - {Role.SEAL_KEEPER} and prefix is not None:
        reached |= Q(division_code__startswith=prefix)
    return reached


def _actions(seal: Seal, actor: Actor) -> tuple[SealAction, ...]:
    place = {"agency_code": seal.agency_code, "division_code": seal.division_code}
    possible = life.actions_of(state=SealState(seal.state), roles=frozenset(actor.roles))
    return tuple(action for action in possible if permissions.STEPS[action].allows(actor, **place))


def _given(row: SealAuthorisation) -> GivenAuthorisation:
    return GivenAuthorisation(
        id=row.id,
        kind=AuthorisationKind(row.kind),
        account_id=row.account_id,
        account_name=row.account_name,
        node_code=row.node_code,
        limits=limits_of(row),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        given_at=row.given_at,
        ended_at=row.ended_at,
        end_note=row.end_note,
    )


def limits_of(given: SealAuthorisation) -> Limits:
    """
    Return what an authorisation lets its seal be used for.
    """
    return Limits(
        purposes=frozenset(SealPurpose(purpose) for purpose in given.purposes),
        offerings=None if given.offerings is None else tuple(given.offerings),
        licence_types=None if given.licence_types is None else tuple(given.licence_types),
        most_fen=given.most_fen,
        from_hour=given.from_hour,
        until_hour=given.until_hour,
        uses_a_day=given.uses_a_day,
        uses_in_all=given.uses_in_all,
    )
