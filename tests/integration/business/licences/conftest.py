from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from tests.factories.seals import with_seal
from tongban.business.licences.services import Holder, LicenceReceipt, issue_licence, load_licence_types
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.support.identity.values import Post, Role

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
TODAY = date(2026, 11, 21)
ISSUER = "11510100MB1500000X"
SEVERAL = "11510100MB1500000X001"
ONLY_ONE = "11510100MB1500000X002"
LONG_TERM = "11510100MB1500000X003"

ZHANG = Actor(kind=ActorKind.PERSON, id="account-zhang", person_id="zhang")
LI = Actor(kind=ActorKind.PERSON, id="account-li", person_id="li")
CLERK = Actor(
    kind=ActorKind.STAFF,
    id="clerk",
    agency_code=ISSUER,
    division_code="511602000000",
    posts=frozenset({Post.REVIEW}),
)
DECIDER = Actor(
    kind=ActorKind.STAFF,
    id="decider",
    agency_code=ISSUER,
    division_code="511602000000",
    posts=frozenset({Post.DECISION}),
)
OTHER_AGENCY = Actor(
    kind=ActorKind.STAFF,
    id="other",
    agency_code="11510100MB2600000Y",
    division_code="511602000000",
    posts=frozenset({Post.DECISION}),
)
SUPERVISOR = Actor(
    kind=ActorKind.STAFF,
    id="supervisor",
    agency_code="11510100MB3700000Z",
    division_code="511600000000",
    roles=frozenset({Role.SUPERVISOR}),
)
WITHOUT_POST = Actor(
    kind=ActorKind.STAFF,
    id="operator",
    agency_code=ISSUER,
    division_code="511602000000",
    roles=frozenset({Role.OPERATOR, Role.CATALOGUE_EDITOR}),
)
ELSEWHERE = Actor(
    kind=ActorKind.STAFF,
    id="elsewhere",
    agency_code="11510100MB3700000Z",
    division_code="511300000000",
    roles=frozenset({Role.SUPERVISOR}),
)

FACE = [
    {"key": "holder_name", "label": "持证主体", "label_en": "Holder", "source": "holder.name"},
    {"key": "holder_code", "label": "持证主体代码", "source": "holder.code", "masked": True},
    {"key": "venue", "label": "场所名称", "source": "form.venue_name"},
    {"key": "home", "label": "住址", "source": "form.home", "masked": True},
]


def type_row(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": "演示许可证",
        "name_en": "Demo permit",
        "defining_body_code": code[:18],
        "defining_body_name": "示例区行政审批局",
        "holder_kinds": ["PERSON", "LEGAL"],
        "face": FACE,
        "validity_months": 12,
        "allows_several": True,
        "offering_file": "ignored",
    } | changes


@pytest.fixture
def seal() -> None:
    """
    Give the issuer a seal, with which licences are sealed automatically.
    """
    with_seal(agency_code=ISSUER, agency_name="示例区行政审批局", at=AT)


@pytest.fixture(autouse=True)
def data_folder(settings: Settings, tmp_path: Path) -> None:
    """
    Keep each test's files apart.
    """
    settings.TONGBAN_HOME = tmp_path
    settings.TONGBAN_BASE_URL = "http://localhost:8000"


def load_types() -> None:
    rows = [
        type_row(SEVERAL),
        type_row(ONLY_ONE, allows_several=False),
        type_row(LONG_TERM, validity_months=None, holder_kinds=["LEGAL"]),
    ]
    load_licence_types(rows=rows, actor=system_actor("tests"), at=AT)


@pytest.fixture
def types(db: None) -> None:
    """
    Three types: several per holder, one per holder, long-term for organizations only.
    """
    load_types()


def holder(**changes: Any) -> Holder:
    told: dict[str, Any] = {
        "kind": "1",
        "name": "张小三",
        "code": "11010519491231002X",
        "code_type": "111",
        "person_id": "zhang",
    } | changes
    return Holder(**told)


COMPANY = holder(kind="2", name="示例酒店有限公司", code="91350100M000100Y43", code_type="001")


def issue(type_code: str = SEVERAL, *, case_number: str = "C-1", **changes: Any) -> LicenceReceipt:
    told: dict[str, Any] = {
        "type_code": type_code,
        "holder": holder(),
        "face": {"venue_name": "示例大酒店", "home": "示例路1号", "unused": "x"},
        "issuer_code": ISSUER,
        "issuer_name": "示例区行政审批局",
        "division_code": "511602000000",
        "case_number": case_number,
        "actor": DECIDER,
        "at": AT,
    } | changes
    with transaction.atomic():
        return issue_licence(**told)
