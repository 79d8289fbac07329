"""
Batches of licences issued before, as who keeps the directory sees them.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Func, Q

from tongban.business.licences import permissions
from tongban.business.licences.models import Licence, LicenceType, StockBatch, StockLicence
from tongban.business.licences.permissions import StockNotFound
from tongban.business.licences.values import (
    TAKEABLE,
    BatchLine,
    BatchState,
    StockDetail,
    StockLine,
    StockState,
    Supply,
    TrustGrade,
)
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.paging import Page, decode_cursor, encode_cursor

PAGE: Final = 50
_BATCHES: Final = "licences.batches"
_ROWS: Final = "licences.stock_rows"


def may_collect(*, actor: Actor) -> bool:
    """
    Tell whether the actor brings files of licences for his agency. No query.
    """
    return permissions.collect_licences.allows(actor, agency_code=actor.agency_code or "")


def may_read_stock(*, actor: Actor) -> bool:
    """
    Tell whether the actor is shown batches. No query.
    """
    return permissions.read_stock.allows(actor, agency_code=actor.agency_code or "")


def stock_batches(*, actor: Actor, cursor: str | None = None, limit: int = PAGE) -> Page[BatchLine]:
    """
    Return batches, newest first; to a system those of its agency. One query, index `stock_batch_newest`.

    :raises StockNotFound: the actor is shown none
    """
    if not may_read_stock(actor=actor):
        raise StockNotFound
    rows = StockBatch.objects.all()
    if actor.kind is ActorKind.CLIENT:
        rows = rows.filter(agency_code=actor.agency_code)
    if cursor:
        at, key = decode_cursor(_BATCHES, cursor)
        moment = datetime.fromisoformat(str(at))
        rows = rows.filter(Q(brought_at__lt=moment) | Q(brought_at=moment, id__lt=UUID(str(key))))
    found = list(rows.order_by("-brought_at", "-id")[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(
        items=[_line(batch, actor) for batch in shown],
        next_cursor=encode_cursor(_BATCHES, [last.brought_at.isoformat(), str(last.id)]) if last else None,
    )


def stock_batch(*, batch_id: UUID, actor: Actor) -> BatchLine:
    """
    Return a batch with the counts of its rows. Three queries.

    :raises StockNotFound: there is none, or the actor is not shown it
    """
    batch = _seen(batch_id, actor)
    rows = StockLicence.objects.filter(batch=batch)
    counted = rows.values_list("state", "problem").annotate(rows=Count("id"))
    states: dict[str, int] = {}
    problems: dict[str, int] = {}
    for state, problem, count in counted:
        states[state] = states.get(state, 0) + count
        if problem and state in {StockState.DISPUTED, StockState.REFUSED}:
            problems[problem] = problems.get(problem, 0) + count
    repairs = rows.annotate(repair=Func("repairs", function="unnest")).values_list("repair")
    repaired = dict(repairs.annotate(rows=Count("id")))
    return _line(batch, actor, states=states, problems=problems, repairs=repaired)


def stock_rows(
    *,
    batch_id: UUID,
    actor: Actor,
    state: StockState | None = None,
    sampled: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[StockLine]:
    """
    Return rows of a batch by line. Two queries.

    :param sampled: "open": those of the sample that nobody has checked; "all": the whole sample
    :raises StockNotFound: there is no such batch, or the actor is not shown it
    """
    batch = _seen(batch_id, actor)
    rows = StockLicence.objects.filter(batch=batch).defer("content")
    if state is not None:
        rows = rows.filter(state=state)
    if sampled:
        rows = rows.filter(is_sampled=True)
    if sampled == "open":
        rows = rows.filter(is_right__isnull=True)
    if cursor:
        (after,) = decode_cursor(_ROWS, cursor)
        rows = rows.filter(line__gt=int(str(after)))
    found = list(rows.order_by("line")[: limit + 1])
    shown = found[:limit]
    next_cursor = encode_cursor(_ROWS, [shown[-1].line]) if len(found) > limit else None
    return Page(items=[_row(row) for row in shown], next_cursor=next_cursor)


def stock_report(*, batch_id: UUID, actor: Actor) -> Iterator[StockLine]:
    """
    Return every row of a batch with what became of it, in batches of the database's; no personal data.

    :raises StockNotFound: there is no such batch, or the actor is not shown it
    """
    batch = _seen(batch_id, actor)
    rows = StockLicence.objects.filter(batch=batch).defer("content").order_by("line")
    return (_row(row) for row in rows.iterator(chunk_size=2_000))


def stock_row(*, row_id: UUID, actor: Actor) -> StockDetail:
    """
    Return a row of a sample, or a disputed one, in full, for whoever compares it with its scan. Three queries.

    :raises StockNotFound: there is none, it is neither, or the actor does not keep the directory
    """
    row = StockLicence.objects.select_related("batch").filter(id=row_id).first()
    if row is None or not permissions.decide_stock.allows(actor):
        raise StockNotFound
    is_disputed = row.state == StockState.DISPUTED
    if row.content is None or not (is_disputed or row.is_sampled):
        raise StockNotFound
    content: dict[str, Any] = row.content
    is_open = row.is_sampled and row.is_right is None and row.batch.state == BatchState.SAMPLING
    until = date.fromisoformat(content["valid_until"]) if content["valid_until"] else None
    begins = date.fromisoformat(content["valid_from"])
    return StockDetail(
        row=_row(row),
        batch_id=row.batch_id,
        grade=TrustGrade(row.grade),
        type_name=_type_name(row),
        issuer_name=content["issuer_name"],
        holder_name=content["holder"]["name"],
        holder_code=content["holder"]["code"],
        issued_date=row.issued_date or begins,
        valid_from=begins,
        last_valid_date=until - timedelta(days=1) if until else None,
        face=tuple((line["label"], line["value"]) for line in content["face"]),
        known=_known(row) if is_disputed else (),
        scan_file_id=row.scan_file_id,
        may_check=is_open and permissions.check_sample.allows(actor, brought_by=row.batch.brought_by),
        may_take=is_disputed and row.problem in TAKEABLE,
    )


def _known(row: StockLicence) -> tuple[tuple[str, str], ...]:
    same = Licence.objects.filter(number=row.number, type_code=row.type_code, issuer_code=row.issuer_code)
    licence = same.order_by("-version").first()
    if licence is None:
        return ()
    return tuple((line["label"], line["value"]) for line in licence.face)


def _type_name(row: StockLicence) -> str:
    return str(LicenceType.objects.filter(code=row.type_code).values_list("name", flat=True).first() or "")


def _seen(batch_id: UUID, actor: Actor) -> StockBatch:
    batch = StockBatch.objects.filter(id=batch_id).first()
    if batch is None or not permissions.read_stock.allows(actor, agency_code=batch.agency_code):
        raise StockNotFound
    return batch


def _line(
    batch: StockBatch,
    actor: Actor,
    *,
    states: dict[str, int] | None = None,
    problems: dict[str, int] | None = None,
    repairs: dict[str, int] | None = None,
) -> BatchLine:
    is_open = batch.state == BatchState.SAMPLING
    return BatchLine(
        id=batch.id,
        source=batch.source,
        file_name=batch.file_name,
        agency_code=batch.agency_code,
        agency_name=batch.agency_name,
        supply=Supply(batch.supply),
        state=BatchState(batch.state),
        lines=batch.lines,
        brought_at=batch.brought_at,
        sample_percent=batch.sample_percent,
        wanted_percent=batch.wanted_percent,
        sampled=batch.sampled,
        checked=batch.checked,
        right=batch.right,
        states=states or {},
        problems=problems or {},
        repairs=repairs or {},
        may_check=is_open and permissions.check_sample.allows(actor, brought_by=batch.brought_by),
        may_decide=permissions.decide_stock.allows(actor),
    )


def _row(row: StockLicence) -> StockLine:
    return StockLine(
        id=row.id,
        line=row.line,
        type_code=row.type_code,
        issuer_code=row.issuer_code,
        number=row.number,
        state=StockState(row.state),
        problem=row.problem,
        repairs=tuple(row.repairs),
        grade=row.grade,
        is_sampled=row.is_sampled,
        is_right=row.is_right,
    )
