"""
What a process beside a node is told to do with licences.
"""

from typing import Any

from django.db import transaction

from tongban.business.licences import services
from tongban.business.licences.services import Holder
from tongban.foundation import clock
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.support.identity.values import Post

HOLDER = "11010519491231002X"


def issue(agency_code: str, division_code: str) -> dict[str, Any]:
    """
    Issue a licence; its identifier.
    """
    at, code = clock.now(), f"{agency_code}001"
    row = {
        "code": code,
        "name": "公共场所卫生许可证",
        "defining_body_code": agency_code,
        "defining_body_name": "广安区卫生健康局",
        "face": [
            {"key": "holder_name", "label": "持证主体", "source": "holder.name"},
            {"key": "venue", "label": "场所名称", "source": "form.venue"},
        ],
    }
    services.load_licence_types(rows=[row], actor=system_actor("tests"), at=at)
    with transaction.atomic():
        receipt = services.issue_licence(
            type_code=code,
            holder=Holder(kind="1", name="张小三", code=HOLDER, code_type="111", person_id="zhang"),
            face={"venue": "清风理发店"},
            issuer_code=agency_code,
            issuer_name="广安区卫生健康局",
            division_code=division_code,
            case_number="C-1",
            actor=_decider(agency_code, division_code),
            at=at,
        )
    return {"identifier": receipt.identifier}


def show(identifier: str) -> dict[str, Any]:
    """
    Show the licence; a code.
    """
    at, holder = clock.now(), Actor(kind=ActorKind.PERSON, id="account-zhang", person_id="zhang")
    shown = services.open_presentation(identifier=identifier, keys=["holder_name"], actor=holder, at=at)
    return {"code": services.next_code(presentation_id=shown.id, actor=holder, at=at).code}


def revoke(identifier: str, agency_code: str, division_code: str) -> dict[str, Any]:
    """
    Revoke the licence.
    """
    receipt = services.revoke_licence(
        identifier=identifier,
        reason="隐瞒情况取得",
        legal_basis="行政许可法第六十九条",
        actor=_decider(agency_code, division_code),
        at=clock.now(),
    )
    return {"status": receipt.status.value}


def _decider(agency_code: str, division_code: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id="decider",
        agency_code=agency_code,
        division_code=division_code,
        posts=frozenset({Post.DECISION}),
    )
