"""
Questions to handling; every answer is limited to the actor's agency and posts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, Q

from tongban.business.handling import permissions, rules
from tongban.business.handling.models import Dossier, WorkItem
from tongban.business.handling.permissions import is_agency_system, worker_id
from tongban.business.handling.values import DossierState, Outcome, Stage, WorkItemState
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import visible_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItemRow:
    """
    One item of the inbox.
    """

    id: UUID
    case_number: str
    service_name: str
    service_name_en: str
    applicant_masked: str
    stage: Stage
    state: WorkItemState
    is_mine: bool
    claimed_name: str
    is_stopped: bool
    due: date | None
    created_at: datetime
    note: str
    outcomes: tuple[Outcome, ...]
    """How this stage may end."""
    may_work: bool
    """The actor holds the post, and nobody else works on it."""
    for_colleague: str
    """Absent colleague for whom the actor holds the post; empty: it is his own."""


def work_items(
    *,
    actor: Actor,
    mine_only: bool = False,
    stage: Stage | None = None,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[WorkItemRow]:
    """
    Return the open items of the actor's posts, of a system all of its agency, the nearest date first. One query.

    :param mine_only: only what the actor has taken up
    :param stage: only items of this stage
    :raises NotPermitted: the actor is neither staff nor a system of an agency with the scope handling:write
    """
    permissions.list_work.require(actor)
    items = WorkItem.objects.open().select_related("dossier").filter(agency_code=actor.agency_code)
    items = items.order_by(F("due").asc(nulls_last=True), "id")
    if not is_agency_system(actor):
        items = items.filter(post__in=sorted(actor.posts))
    if mine_only:
        items = items.filter(claimed_by=worker_id(actor))
    if stage is not None:
        items = items.filter(stage=stage)
    if cursor:
        due, last = decode_cursor("work_items", cursor)
        later = Q(due=None, id__gt=last)
        items = items.filter(later if due is None else Q(due=due, id__gt=last) | Q(due__gt=due) | Q(due=None))
    rows = list(items[: limit + 1])
    page = [_row(item, actor) for item in rows[:limit]]
    if len(rows) <= limit:
        return Page(items=page, next_cursor=None)
    key = [page[-1].due.isoformat() if page[-1].due else None, str(page[-1].id)]
    return Page(items=page, next_cursor=encode_cursor("work_items", key))


def work_counts(*, actor: Actor) -> dict[Stage, int]:
    """
    Return how many items of the actor's posts are open, by stage; a stage that has none is left out. One query.

    :raises NotPermitted: as `work_items`
    """
    permissions.list_work.require(actor)
    items = WorkItem.objects.open().filter(agency_code=actor.agency_code)
    if not is_agency_system(actor):
        items = items.filter(post__in=sorted(actor.posts))
    return {Stage(stage): count for stage, count in items.values_list("stage").annotate(count=Count("id"))}


def is_reported(*, actor: Actor, case_number: str) -> bool:
    """
    Return whether the agency's decision is reported and the case has not taken it over yet. One query.

    Always False for an actor who may not know of the agency's work.
    """
    agency_code = (
        Dossier.objects.filter(pk=case_number, state=DossierState.REPORTED)
        .values_list("agency_code", flat=True)
        .first()
    )
    return agency_code is not None and permissions.read_work.allows(actor, agency_code=agency_code)


def is_elsewhere(*, actor: Actor, case_number: str) -> bool:
    """
    Return whether a case is in the hands of the agency's own system. One query.

    Always False for an actor who may not know of the agency's work.
    """
    agency_code = (
        Dossier.objects.filter(pk=case_number, state=DossierState.ELSEWHERE)
        .values_list("agency_code", flat=True)
        .first()
    )
    return agency_code is not None and permissions.read_work.allows(actor, agency_code=agency_code)


def open_item_of(*, actor: Actor, case_number: str) -> WorkItemRow | None:
    """
    Return the open item of a case, None where handling has nothing to do. One query.
    """
    item = WorkItem.objects.open().select_related("dossier").filter(dossier_id=case_number).first()
    if item is None or not permissions.read_work.allows(actor, agency_code=item.agency_code):
        return None
    return _row(item, actor)


def item_to_work_on(*, actor: Actor, case_number: str, agency_code: str) -> WorkItemRow | None:
    """
    Return the open item of a case to whoever means to work on it, None where handling has nothing to do. One query.

    :param agency_code: whose case it is; the actor sees the case, so that it is no secret that he may not work on it
    :raises NotPermitted: he works for another agency, or does not hold the post of the item
    """
    known = permissions.read_work.decide(actor, agency_code=agency_code)
    if not known:
        permissions.work.refuse(actor, known)
    item = open_item_of(actor=actor, case_number=case_number)
    if item is not None:
        permissions.work.require(actor, post=rules.POST_OF[item.stage])
    return item


def work_item(*, actor: Actor, item_id: UUID) -> WorkItemRow:
    """
    Return one item. One query.

    :raises NotFound: no such item, or the actor may not know of it
    """
    item = WorkItem.objects.select_related("dossier").filter(pk=item_id).first()
    if item is None or not permissions.read_work.allows(actor, agency_code=item.agency_code):
        raise NotFound(item_id=str(item_id))
    return _row(item, actor)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoneItem:
    """
    A stage somebody has ended.
    """

    case_number: str
    service_name: str
    service_name_en: str
    stage: Stage
    outcome: Outcome
    opinion: str
    done_at: datetime


def done_items(*, actor: Actor, limit: int = 50) -> list[DoneItem]:
    """
    Return what the actor did last, as far as he may still know of it: not what he did for an agency before this one.

    One query.

    :raises NotPermitted: the actor is no staff
    """
    permissions.list_done.require(actor)
    items = (
        WorkItem.objects.select_related("dossier")
        .filter(visible_rows(permissions.work_reach(actor), permissions.WORK_COLUMNS))
        .filter(claimed_by=UUID(actor.id), state=WorkItemState.DONE)
        .order_by("-done_at")[:limit]
    )
    return [
        DoneItem(
            case_number=item.dossier_id,
            service_name=item.dossier.service_name,
            service_name_en=item.dossier.service_name_en,
            stage=Stage(item.stage),
            outcome=Outcome(item.outcome),
            opinion=item.opinion,
            done_at=item.done_at,
        )
        for item in items
        if item.done_at is not None
    ]


def _row(item: WorkItem, actor: Actor) -> WorkItemRow:
    mine = item.claimed_by is not None and item.claimed_by == worker_id(actor)
    stage = Stage(item.stage)
    absent = actor.stand_in(item.post)
    return WorkItemRow(
        id=item.id,
        case_number=item.dossier_id,
        service_name=item.dossier.service_name,
        service_name_en=item.dossier.service_name_en,
        applicant_masked=item.dossier.applicant_masked,
        stage=stage,
        state=WorkItemState(item.state),
        is_mine=mine,
        claimed_name=item.claimed_name,
        is_stopped=item.dossier.is_stopped,
        due=item.due,
        created_at=item.created_at,
        note=item.note,
        outcomes=tuple(sorted(rules.allowed_outcomes(stage, item.dossier.handling_kind))),
        may_work=permissions.work.allows(actor, post=item.post) and (mine or item.claimed_by is None),
        for_colleague=absent.name if absent else "",
    )
