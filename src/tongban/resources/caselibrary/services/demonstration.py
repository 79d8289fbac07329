"""
Cases of an earlier system for the demonstration: all made up, days counted back from when they are loaded.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from tongban.foundation.db import business_transaction
from tongban.resources.caselibrary.services.own import WholeCase, take_own
from tongban.resources.caselibrary.values import (
    ApplicantContent,
    CaseContent,
    CaseState,
    Content,
    MaterialContent,
    ProcessContent,
    RatingContent,
    ResultContent,
)
from tongban.resources.exchange import ports as exchange

SYSTEM: Final = "demo-old"


class DemoCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One line of an area's case_library.jsonl.
    """

    number: str
    item_code: str
    item_name: str
    agency_code: str
    agency_name: str
    division_code: str
    applicant: ApplicantContent
    applied_days_ago: int
    accepted_days_ago: int | None = None
    ended_days_ago: int | None = None
    result_type: str = ""
    """T22; empty: the system has lost it, and the quality page says so."""
    stars: int = 0
    """0: nobody rated it."""
    materials: tuple[str, ...] = ()


@business_transaction
def load_demo_cases(*, rows: Iterable[DemoCase], at: datetime) -> int:
    """
    Take cases of the demonstration in; return how many rows were new or different. What is wrong with them is listed.
    """
    cases = [WholeCase(number=1, contents=tuple(_contents(row, at=at))) for row in rows]
    return len(take_own(cases, at=at).changed) if cases else 0


def _contents(row: DemoCase, *, at: datetime) -> Iterator[Content]:
    node = exchange.neighbours().own_code
    applied, accepted, ended = (
        at - timedelta(days=days) if days is not None else None
        for days in (row.applied_days_ago, row.accepted_days_ago, row.ended_days_ago)
    )
    assert applied is not None  # noqa: S101 -- an int is always some moment
    known_by: dict[str, Any] = {"node": node, "system": SYSTEM, "number": row.number}
    yield CaseContent(
        **known_by,
        local_task_code=row.item_code,
        item_name=row.item_name,
        handling_kind="2",
        applicant=row.applicant,
        applied_at=applied,
        channel="0",
        agency_code=row.agency_code,
        agency_name=row.agency_name,
        division_code=row.division_code,
        handler="演示",
        accepted_at=accepted,
        state=(CaseState.ENDED if ended else CaseState.ACCEPTED if accepted else CaseState.RECEIVED).value,
        ended_at=ended,
    )
    steps = [("收件", applied), ("受理", accepted), ("办结", ended)]
    for place, (name, moment) in enumerate(steps, start=1):
        if moment is not None:
            yield ProcessContent(
                **known_by,
                part=str(place),
                name=name,
                action="1",
                started_at=moment,
                ended_at=moment,
                handler="演示",
            )
    for place, name in enumerate(row.materials, start=1):
        yield MaterialContent(**known_by, part=str(place), name=name, way="1")
    if ended is not None and row.result_type:
        yield ResultContent(
            **known_by, part="1", result_type=row.result_type, ended_at=ended, is_delivered=True
        )
    if ended is not None and row.stars:
        yield RatingContent(**known_by, part="1", satisfaction=row.stars, rated_at=ended)
