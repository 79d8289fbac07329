"""
What the quality rules have found, for those who answer for it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from tongban.business.licences import permissions
from tongban.business.licences.models import QualityFinding
from tongban.business.licences.permissions import FindingNotFound
from tongban.business.licences.values.quality import (
    ACTS,
    FindingCount,
    FindingDetail,
    FindingLine,
    FindingState,
    QualityRule,
)
from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import visible_rows

PAGE: Final = 50
LARGEST_PAGE: Final = 200
_CURSOR: Final = "licences.findings"


def may_read_quality(*, actor: Actor) -> bool:
    """
    Tell whether the actor is shown what the quality rules found. No query.
    """
    return permissions.read_quality.allows(actor)


def quality_findings(
    *,
    actor: Actor,
    rule: QualityRule | None = None,
    state: FindingState | None = None,
    agency: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[FindingLine]:
    """
    Return findings of the actor's agency or area, newest first; keepers of the directory see all. One query.

    :param limit: at most 200
    :raises NotPermitted: the actor is neither staff nor a system with the scope licences:read
    :raises InvalidInput: the cursor is of another list
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = _chosen(actor, rule=rule, state=state, agency=agency)
    if cursor:
        at, key = decode_cursor(_CURSOR, cursor)
        moment = datetime.fromisoformat(str(at))
        rows = rows.filter(Q(found_at__lt=moment) | Q(found_at=moment, id__lt=UUID(str(key))))
    found = list(rows.order_by("-found_at", "-id")[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(
        items=[_line(row) for row in shown],
        next_cursor=encode_cursor(_CURSOR, [last.found_at.isoformat(), str(last.id)]) if last else None,
    )


def exported_findings(
    *,
    actor: Actor,
    rule: QualityRule | None = None,
    state: FindingState | None = None,
    agency: str = "",
) -> Iterator[FindingLine]:
    """
    Return every finding that `quality_findings` returns, in batches of the database's; no personal data.

    :raises NotPermitted: as there
    """
    rows = _chosen(actor, rule=rule, state=state, agency=agency)
    return (_line(row) for row in rows.order_by("rule", "subject").iterator(chunk_size=2_000))


def quality_counts(*, actor: Actor, agency: str = "") -> list[FindingCount]:
    """
    Return how many findings of each rule are in each state, of those the actor is shown. One query.

    :raises NotPermitted: as there
    """
    rows = _chosen(actor, agency=agency).values_list("rule", "state").annotate(rows=Count("id"))
    return [
        FindingCount(rule=QualityRule(rule), state=FindingState(state), count=count)
        for rule, state, count in rows.order_by("rule", "state")
    ]


def quality_finding(*, finding_id: UUID, actor: Actor) -> FindingDetail:
    """
    Return one finding with what was said about it. One query.

    :raises FindingNotFound: there is none, or the actor may not know of it
    """
    row = QualityFinding.objects.filter(id=finding_id).first()
    if row is None or not permissions.read_finding.allows(actor, row):
        raise FindingNotFound
    acts = tuple(act for act, (open_in, _after) in ACTS.items() if row.state in open_in)
    return FindingDetail(
        line=_line(row),
        note=row.note,
        acted_at=row.acted_at,
        acts=acts if permissions.answer_finding.allows(actor, row) else (),
    )


def _chosen(
    actor: Actor,
    *,
    rule: QualityRule | None = None,
    state: FindingState | None = None,
    agency: str = "",
) -> QuerySet[QualityFinding]:
    permissions.read_quality.require(actor)
    reach = permissions.quality_reach(actor)
    rows = QualityFinding.objects.filter(visible_rows(reach, permissions.FINDING_COLUMNS)).defer("note")
    if rule is not None:
        rows = rows.filter(rule=rule)
    if state is not None:
        rows = rows.filter(state=state)
    return rows.filter(agency_code=agency) if agency else rows


def _line(row: QualityFinding) -> FindingLine:
    return FindingLine(
        id=row.id,
        rule=QualityRule(row.rule),
        state=FindingState(row.state),
        subject=row.subject,
        is_type=row.licence_id is None,
        name=row.name,
        number=row.number,
        agency_code=row.agency_code,
        detail=row.detail,
        found_at=row.found_at,
        times_found=row.times_found,
        seen_at=row.seen_at,
    )
