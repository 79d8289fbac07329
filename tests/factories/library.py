"""
Rows of the case library for tests, as another node's system tells them.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tests.factories.exchange import CITY
from tongban.foundation.clock import CHINA
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.services import Taken
from tongban.resources.caselibrary.values import (
    ApplicantContent,
    CaseContent,
    CaseState,
    Content,
    LicenceContent,
    MaterialContent,
    ProcessContent,
    RatingContent,
    ResultContent,
    SpecialContent,
    key_of,
    kind_of,
)
from tongban.resources.exchange.values import Operation, Received

AT = datetime(2026, 11, 20, 10, 0, tzinfo=CHINA)
APPLIED = AT - timedelta(days=9)
AGENCY = "12441500196720244T"
PERSON = ApplicantContent(
    name="王小明", kind="1", id_type="111", id_number="11010519491231002X", contact_mobile="13900000001"
)


def known_by(number: str = "K1", **changes: Any) -> dict[str, Any]:
    """
    Return what a case is known by.
    """
    return {"node": CITY, "system": "old", "number": number, **changes}


def case(number: str = "K1", **changes: Any) -> CaseContent:
    """
    Return a case that was accepted a day after it was applied for; `changes` replace some.
    """
    values: dict[str, Any] = {
        **known_by(number),
        "local_task_code": "L-001",
        "item_name": "公共场所卫生许可",
        "summary": "王小明的许可",
        "handling_kind": "2",
        "applicant": PERSON,
        "applied_at": APPLIED,
        "channel": "1",
        "agency_code": AGENCY,
        "agency_name": "广安区卫生健康局",
        "division_code": "511602000000",
        "accepted_at": APPLIED + timedelta(days=1),
        "state": CaseState.ACCEPTED.value,
    }
    return CaseContent(**{**values, **changes})


def ended_case(number: str = "K1", **changes: Any) -> CaseContent:
    """
    Return a case that has ended.
    """
    return case(
        number, **{"state": CaseState.ENDED.value, "ended_at": APPLIED + timedelta(days=5), **changes}
    )


def step(number: str = "K1", part: str = "1", **changes: Any) -> ProcessContent:
    """
    Return a step of it.
    """
    at = APPLIED + timedelta(days=2)
    values = {"name": "审查", "action": "1", "started_at": at, "ended_at": at, "handler": "李审查"}
    return ProcessContent(**{**known_by(number), "part": part, **values, **changes})


def special(number: str = "K1", **changes: Any) -> SpecialContent:
    """
    Return a special procedure of it.
    """
    at = APPLIED + timedelta(days=2)
    values = {"special_type": "2", "name": "专家评审", "started_at": at, "reason": "需要评审", "ended_at": at}
    return SpecialContent(**{**known_by(number), "part": "1", **values, **changes})


def material(number: str = "K1", **changes: Any) -> MaterialContent:
    """
    Return a material of it.
    """
    return MaterialContent(**{**known_by(number), "part": "1", "name": "平面图", "way": "2", **changes})


def result(number: str = "K1", **changes: Any) -> ResultContent:
    """
    Return its result.
    """
    values = {"result_type": "0", "ended_at": APPLIED + timedelta(days=5), "handler": "赵决定"}
    return ResultContent(**{**known_by(number), "part": "1", **values, **changes})


def licence(number: str = "K1", **changes: Any) -> LicenceContent:
    """
    Return the licence that it led to.
    """
    values = {
        "identifier": "1.2.156.3005.2.demo",
        "name": "卫生许可证",
        "issued_at": APPLIED + timedelta(days=5),
    }
    return LicenceContent(**{**known_by(number), "part": "1", **values, **changes})


def rating(number: str = "K1", **changes: Any) -> RatingContent:
    """
    Return how it was rated.
    """
    values = {"satisfaction": 5, "rated_at": APPLIED + timedelta(days=6), "text": "很快"}
    return RatingContent(**{**known_by(number), "part": "1", **values, **changes})


def received(content: Content, number: int, operation: Operation = Operation.UPDATE) -> Received:
    """
    Return a row as the exchange hands it over.
    """
    return Received(
        number=number,
        key=key_of(content),
        operation=operation,
        made_at=AT,
        origin=content.node,
        content=content,
    )


def take(*contents: Content, source: str = CITY, first: int = 1, at: datetime = AT) -> list[Taken]:
    """
    Take rows as they come, each in a batch of its own, numbered one after the other.
    """
    taken = []
    for number, content in enumerate(contents, start=first):
        with transaction.atomic():
            taken.append(services.take(kind_of(content), [received(content, number)], source, at))
    return taken


def whole(number: str = "K1") -> list[Content]:
    """
    Return an ended case with everything of it.
    """
    return [
        ended_case(number),
        step(number),
        special(number),
        material(number),
        result(number),
        licence(number),
        rating(number),
    ]
