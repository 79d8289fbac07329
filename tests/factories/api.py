"""
Callers of the API: a citizen, members of staff and another system, each with a token.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

from django.db import transaction
from django.test import Client as Http
from PIL import Image

from tests.factories import casework as make
from tests.factories import identity
from tongban.business.handling import selectors as handling
from tongban.business.licences import selectors as licences
from tongban.business.licences.services import Holder, issue_licence, load_licence_types
from tongban.config import api_document, openapi
from tongban.foundation import clock, events
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.portal.apply import services as drafts
from tongban.support.identity import services
from tongban.support.identity.values import AccountKind, AssuranceLevel, Post, Role
from tongban.support.messaging.selectors import inbox

ROOT = "/api/v1"
CITIZEN_MOBILE = "19900000001"
SCOPES = ("cases:read", "cases:write", "catalogue:write", "licences:read")
ADDRESS = "192.0.2.1"
"""Not the address of calls: what is tried there must not lock callers out."""
CLIENT_ID = "agency-system"
LICENCE_TYPE: dict[str, Any] = {
    "code": "11510100MB1500000X001",
    "name": "演示许可证",
    "defining_body_code": "11510100MB1500000X",
    "defining_body_name": "示例区行政审批局",
    "face": [{"key": "shop", "label": "场所名称"}],
}


def described() -> list[tuple[str, str, dict[str, Any]]]:
    """
    Return path, method and operation of everything the committed document describes, which is quick to read.

    That it says what the code says is tested in `contracts/test_openapi.py`.
    """
    return list(api_document.operations(json.loads(openapi.SNAPSHOT.read_text(encoding="utf-8"))))


@dataclass(frozen=True, kw_only=True)
class Caller:
    """
    Somebody with a token, or nobody.
    """

    actor: Actor
    token: str = ""
    renew: Callable[[], str] | None = None
    """Gives a fresh token."""

    def renewed(self) -> "Caller":
        """
        Return the same caller with another token.
        """
        return replace(self, token=self.renew()) if self.renew else self

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        """
        Ask.
        """
        return Http().get(f"{ROOT}{path}", query, headers=self.headers(headers))

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """
        Send JSON.
        """
        return Http().generic(
            method,
            f"{ROOT}{path}",
            b"" if body is None else json.dumps(body).encode(),
            "application/json",
            headers=self.headers(headers),
        )

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        """
        Send JSON by POST.
        """
        return self.send("POST", path, {} if body is None else body, **headers)

    def upload(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        """
        Send a form with files.
        """
        return Http().post(f"{ROOT}{path}", form, headers=self.headers(headers))

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        """
        Return the headers of a call.
        """
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {**own, **{name.replace("_", "-"): value for name, value in more.items()}}


def nobody() -> Caller:
    """
    Return a caller without a token.
    """
    return Caller(actor=ANONYMOUS)


def citizen(
    *, name: str = "王小明", phone: str = CITIZEN_MOBILE, level: AssuranceLevel = AssuranceLevel.MOBILE
) -> Caller:
    """
    Return a citizen who has just logged in.
    """
    at = clock.now()
    actor = identity.citizen(name=name, phone=phone, level=level, at=at)
    return _caller(actor, lambda: _session(phone, AccountKind.PERSON))


def staff(
    *posts: Post, roles: tuple[Role, ...] = (), login_name: str, agency_code: str = make.AGENCY
) -> Caller:
    """
    Return a member of staff who has just logged in.
    """
    actor = identity.staff(
        *posts, roles=roles, login_name=login_name, agency_code=agency_code, division_code=make.DIVISION
    )
    return _caller(actor, lambda: _session(login_name, AccountKind.STAFF))


def system(*scopes: str, client_id: str = CLIENT_ID, agency_code: str = make.AGENCY) -> Caller:
    """
    Return another system with these scopes, by default with all.
    """
    at = clock.now()
    receipt = services.create_client(
        client_id=client_id,
        name="业务系统（演示）",
        scopes=scopes or SCOPES,
        agency_code=agency_code,
        division_code=make.DIVISION,
        actor=identity.NODE,
        at=at,
    )

    def token() -> str:
        return services.issue_client_token(
            client_id=client_id,
            client_secret=receipt.client_secret,
            scopes=(),
            address=ADDRESS,
            at=clock.now(),
        ).token

    return _caller(ANONYMOUS, token)


def _caller(actor: Actor, renew: Callable[[], str]) -> Caller:
    return Caller(actor=actor, token=renew(), renew=renew)


def _session(login: str, kind: AccountKind) -> str:
    receipt = services.issue_session_token(
        login=login, password=identity.PASSWORD, kind=kind, actor=ANONYMOUS, address=ADDRESS, at=clock.now()
    )
    return receipt.token


@dataclass(frozen=True, kw_only=True)
class World:
    """
    A small area in which something has happened.
    """

    citizen: Caller
    clerk: Caller
    system: Caller
    offering_code: str
    case_number: str
    query_code: str
    draft_id: str
    file_id: str
    message_id: str
    work_item_id: str
    licence_identifier: str
    licence_token: str


def world() -> World:
    """
    Return an area with one case that was accepted, a second that waits, a draft with a file, a message, a licence.
    """
    at = clock.now()
    applicant = citizen()
    clerk = staff(*Post, roles=(Role.CATALOGUE_EDITOR,), login_name="clerk.all")
    offering = make.publish(at=at)
    person_id = str(applicant.actor.person_id)
    accepted = make.submit(applicant_id=person_id, actor=applicant.actor, at=at)
    make.accept(accepted.case_number, at=at)
    waiting = make.submit(applicant_id=person_id, actor=applicant.actor, at=at)
    events.deliver_all(at=at)
    item = handling.open_item_of(actor=clerk.actor, case_number=accepted.case_number)
    draft_id = drafts.start_draft(offering_code=offering, actor=applicant.actor, at=at)
    plan = picture()
    file = drafts.attach_file(
        draft_id=draft_id,
        material_code="floor_plan",
        content=BytesIO(plan),
        name="plan.png",
        declared_type="image/png",
        declared_bytes=len(plan),
        actor=applicant.actor,
        at=at,
    )
    licence = _licence(person_id, case_number=accepted.case_number, at=at)
    return World(
        citizen=applicant,
        clerk=clerk,
        system=system(),
        offering_code=offering,
        case_number=waiting.case_number,
        query_code=waiting.query_code,
        draft_id=str(draft_id),
        file_id=str(file.id),
        message_id=str(inbox(actor=applicant.actor).items[0].id),
        work_item_id=str(item.id) if item else "",
        licence_identifier=licence,
        licence_token=_token_of(licence, actor=applicant.actor, at=at),
    )


def _licence(person_id: str, *, case_number: str, at: datetime) -> str:
    load_licence_types(rows=[LICENCE_TYPE], actor=identity.NODE, at=at)
    with transaction.atomic():
        receipt = issue_licence(
            type_code=LICENCE_TYPE["code"],
            holder=Holder(
                kind="1", name="王小明", code="11010519491231002X", code_type="111", person_id=person_id
            ),
            face={"shop": "清风理发店"},
            issuer_code=make.AGENCY,
            issuer_name="广安区卫生健康局",
            division_code=make.DIVISION,
            case_number=case_number,
            actor=identity.NODE,
            at=at,
        )
    return receipt.identifier


def _token_of(identifier: str, *, actor: Actor, at: datetime) -> str:
    detail = licences.licence_detail(identifier=identifier, actor=actor, at=at)
    return detail.verification_url.rpartition("/")[2]


def picture() -> bytes:
    """
    Return a small PNG.
    """
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "white").save(drawn, "PNG")
    return drawn.getvalue()
