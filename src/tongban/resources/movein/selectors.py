"""
Questions to moving in: how far each old platform is, what came along and what did not, what waits for somebody.
"""

from datetime import date, datetime
from typing import Final

from django.db.models import Count, Q, QuerySet
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.resources.movein import permissions
from tongban.resources.movein.models import MoveConflict, MovedItem, MoveRun, OldPlatform
from tongban.resources.movein.rules import mapping as mappings
from tongban.resources.movein.values import (
    ConflictLine,
    ItemLine,
    Matter,
    OldPlace,
    PlatformDetail,
    PlatformLine,
    PlatformState,
    Rule,
    RunLine,
)

PAGE: Final = 20
RUNS: Final = 10
CURSOR: Final = "movein.conflicts"


def old_place(*, offering_code: str, on: date) -> OldPlace | None:
    """
    Return the old platform at which an item is applied for on a day; None: it is applied for here. One query. Public.
    """
    held = MovedItem.objects.filter(offering_code=offering_code).exclude(platform__address="")
    held = held.exclude(platform__state=PlatformState.ENDED).exclude(cut_over_on__lte=on)
    row = held.values_list("platform__name", "platform__address").first()
    return OldPlace(name=row[0], address=row[1]) if row else None


def may_watch(*, actor: Actor) -> bool:
    """
    Return whether the actor may see old platforms.
    """
    return permissions.watch_platforms.allows(actor)


def may_manage(*, actor: Actor) -> bool:
    """
    Return whether the actor runs them.
    """
    return permissions.manage_platforms.allows(actor)


def may_decide(*, actor: Actor) -> bool:
    """
    Return whether the actor decides conflicts.
    """
    return permissions.decide_conflicts.allows(actor)


def platforms(*, actor: Actor, at: datetime) -> list[PlatformLine]:
    """
    Return the old platforms with how they stand. One query.

    :raises NotPermitted: the actor may not see them
    """
    permissions.watch_platforms.require(actor)
    return [_line(platform) for platform in _counted(at)]


def platform(*, code: str, actor: Actor, at: datetime) -> PlatformDetail:
    """
    Return one old platform with everything of it. Three queries.

    :raises NotFound: there is none
    """
    permissions.watch_platforms.require(actor)
    row = _counted(at).filter(code=code).first()
    if row is None:
        raise NotFound(platform=code)
    mapping = mappings.read(row.mapping)
    today = civil_date(at)
    items = [
        ItemLine(
            id=item.pk,
            old_code=item.old_code,
            offering_code=item.offering_code,
            cut_over_on=item.cut_over_on,
            is_here=item.cut_over_on is not None and item.cut_over_on <= today,
        )
        for item in row.items.order_by("old_code")
    ]
    runs = [run.line for run in row.runs.order_by("-id")[:RUNS]]
    return PlatformDetail(
        line=_line(row),
        items=items,
        runs=runs,
        rules=mapping.conflicts,
        place=_place(str(row.settings.get("dsn", ""))),
        writes_back=row.writes_back,
        back_waiting=row.written.filter(written_at=None).count(),
        tables={kind.value: table.table for kind, table in mapping.tables().items()},
    )


def mapping_of(*, code: str, actor: Actor) -> str:
    """
    Return the mapping file of an old platform.

    :raises NotFound: there is none
    """
    permissions.watch_platforms.require(actor)
    text = OldPlatform.objects.filter(code=code).values_list("mapping", flat=True).first()
    if text is None:
        raise NotFound(platform=code)
    return text


def conflicts(
    *, code: str, actor: Actor, only_open: bool = True, cursor: str | None = None
) -> Page[ConflictLine]:
    """
    Return conflicts of an old platform, newest first. One query.
    """
    permissions.watch_platforms.require(actor)
    rows = MoveConflict.objects.filter(platform_id=code)
    if only_open:
        rows = rows.filter(decision="")
    if cursor is not None:
        (last,) = decode_cursor(CURSOR, cursor)
        rows = rows.filter(id__lt=last)
    found = list(rows.order_by("-id")[: PAGE + 1])
    next_cursor = encode_cursor(CURSOR, [found[PAGE - 1].pk]) if len(found) > PAGE else None
    return Page(items=[_conflict(row) for row in found[:PAGE]], next_cursor=next_cursor)


def conflict(*, code: str, conflict_id: int, actor: Actor) -> ConflictLine:
    """
    Return a conflict of an old platform.

    :raises NotFound: there is none
    """
    permissions.decide_conflicts.require(actor)
    row = MoveConflict.objects.filter(platform_id=code, pk=conflict_id).first()
    if row is None:
        raise NotFound(conflict=conflict_id)
    return _conflict(row)


def run(*, run_id: int, actor: Actor) -> RunLine:
    """
    Return a run with its report.

    :raises NotFound: there is none
    """
    permissions.watch_platforms.require(actor)
    row = MoveRun.objects.filter(pk=run_id).first()
    if row is None:
        raise NotFound(run=run_id)
    return row.line


def _counted(at: datetime) -> "QuerySet[OldPlatform]":
    here = Q(items__cut_over_on__lte=civil_date(at))
    return OldPlatform.objects.annotate(
        item_count=Count("items", distinct=True),
        here_count=Count("items", filter=here, distinct=True),
        open_count=Count("conflicts", filter=Q(conflicts__decision=""), distinct=True),
    ).order_by("code")


def _line(row: OldPlatform) -> PlatformLine:
    counts = vars(row)
    return PlatformLine(
        code=row.code,
        name=row.name,
        address=row.address,
        state=PlatformState(row.state),
        items=counts["item_count"],
        cut_over=counts["here_count"],
        conflicts=counts["open_count"],
        followed_at=row.followed_at,
        last_error=row.last_error,
    )


def _conflict(row: MoveConflict) -> ConflictLine:
    return ConflictLine(
        id=row.pk,
        matter=Matter(row.matter),
        case_number=row.case_number,
        old_item=row.old_item,
        old_state=row.old_state,
        our_state=row.our_state,
        found_at=row.found_at,
        rule=Rule(row.rule),
        decision=Rule(row.decision) if row.decision else None,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
    )


def _place(dsn: str) -> str:
    try:
        url = make_url(dsn)
    except ArgumentError:
        return ""
    return f"{url.drivername}://{url.host}/{url.database or ''}" if url.host else ""
