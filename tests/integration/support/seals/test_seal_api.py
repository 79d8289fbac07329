"""
Seals over the open interface: their state for everybody, the rest for those who have a part in it.
"""

import io
import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories.identity import PASSWORD, staff
from tests.factories.ofd import plain_ofd
from tests.factories.seals import (
    AGENCY,
    AGENCY_NAME,
    AT,
    DIVISION,
    NODE,
    People,
    applied,
    issued,
    people,
    standing,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotPermitted
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow
from tongban.support.identity import services as identity
from tongban.support.identity.models import Account
from tongban.support.identity.values import AccountKind
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealUse
from tongban.support.seals.values import AuthorisationKind, FileVerdictKind, Limits, SealPurpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db: None) -> People:
    """
    Who has a part in the life of seals.
    """
    return people()


@pytest.fixture
def seal(by: People) -> Seal:
    """
    A seal in use.
    """
    made = issued(applied(by), by)
    standing(made, by)
    return made


@pytest.fixture
def sealer(by: People) -> Actor:
    """
    Somebody who may put his agency's seal on documents.
    """
    at = clock.now()
    clerk = staff(agency_code=AGENCY, division_code=DIVISION, at=at)
    seal = issued(applied(by), by)
    services.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.PERSONAL,
        limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
        valid_from=AT,
        valid_until=AT + timedelta(days=300),
        account_id=uuid.UUID(clerk.id),
        actor=by.keeper,
        at=AT,
    )
    return clerk


def call(
    method: str, path: str, body: Any = None, *, actor: Actor | None = None, **more: str
) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {token_of(actor)}"} if actor else {}
    response = Client().generic(
        method,
        f"/api/v1{path}",
        data=b"" if body is None else json.dumps(body).encode(),
        content_type="application/json",
        headers={**headers, **more},
    )
    return response.status_code, response.json()


def token_of(actor: Actor) -> str:
    return identity.issue_session_token(
        login=Account.objects.get(id=actor.id).login_name,
        password=PASSWORD,
        kind=AccountKind.STAFF,
        actor=actor,
        address=None,
        at=clock.now(),
    ).token


class TestTheState:
    def test_is_told_to_everybody(self, seal: Seal) -> None:
        status, told = call("GET", f"/seals/states/{seal.code}")

        assert status == 200
        assert (told["code"], told["state"], told["version"]) == (seal.code, "IN_USE", 1)

    def test_says_of_a_loss_at_once(self, seal: Seal, by: People) -> None:
        services.report_loss(seal_id=seal.id, note="遗失", actor=by.keeper, at=AT)

        _status, told = call("GET", f"/seals/states/{seal.code}")

        assert (told["state"], told["suspension"]) == ("SUSPENDED", "LOST")

    def test_of_a_seal_nobody_has_handed_out_is_nobodys_business(self, by: People) -> None:
        asked_for = Seal.objects.get(id=applied(by))

        status, told = call("GET", f"/seals/states/{asked_for.code}")

        assert (status, told["code"]) == (404, "seal_not_found")

    @pytest.mark.parametrize("code", ["1", "x" * 13, "51160200000012"])
    def test_needs_a_code(self, seal: Seal, code: str) -> None:
        status, _told = call("GET", f"/seals/states/{code}")

        assert status == 422


class TestReading:
    def test_shows_a_seal_whole_to_its_keeper(self, seal: Seal, by: People) -> None:
        status, told = call("GET", f"/seals/{seal.id}", actor=by.keeper)

        assert status == 200
        assert [step["action"] for step in told["steps"]] == [
            "APPLY",
            "REVIEW",
            "MAKE",
            "FILE",
            "ISSUE",
            "RECEIVE",
            "AUTHORISE",
        ]
        (given,) = told["authorisations"]
        assert given["limits"]["purposes"] == ["LICENCE", "NOTICE"]
        assert given["limits"]["most_fen"] is None

    def test_lists_by_state(self, seal: Seal, by: People) -> None:
        waiting = applied(by, name="另一枚")

        _status, told = call("GET", "/seals?state=APPLIED", actor=by.reviewer)

        assert [line["id"] for line in told["items"]] == [str(waiting)]

    def test_pages_the_log(self, seal: Seal, by: People) -> None:
        status, told = call("GET", f"/seals/{seal.id}/uses", actor=by.keeper)

        assert (status, told) == (200, {"items": [], "next_cursor": None})

    def test_asks_who_calls(self, seal: Seal) -> None:
        assert call("GET", "/seals")[0] == 401
        assert call("GET", f"/seals/{seal.id}")[0] == 401

    def test_knows_no_seal_that_is_none(self, by: People) -> None:
        assert call("GET", f"/seals/{uuid.uuid4()}", actor=by.keeper)[0] == 404


class TestSteps:
    def test_are_taken_by_whose_turn_it_is(self, by: People) -> None:
        asked_for = applied(by)

        refused, _told = call("POST", f"/seals/{asked_for}/steps", {"action": "REVIEW"}, actor=by.maker)
        taken, told = call("POST", f"/seals/{asked_for}/steps", {"action": "REVIEW"}, actor=by.reviewer)

        assert (refused, taken) == (403, 201)
        assert told["state"] == "REVIEWED"

    def test_are_taken_once_with_a_key(self, by: People) -> None:
        asked_for = applied(by)
        path, key = f"/seals/{asked_for}/steps", {"Idempotency-Key": "k-1"}

        first = call("POST", path, {"action": "REVIEW"}, actor=by.reviewer, **key)
        again = call("POST", path, {"action": "REVIEW"}, actor=by.reviewer, **key)
        other = call("POST", path, {"action": "REVIEW"}, actor=by.reviewer)

        assert first == again
        assert (other[0], other[1]["code"]) == (409, "seal_state_forbids_step")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"action": "FILE", "filing_number": " "}, "filing_number"),
            ({"action": "EXPIRE"}, "action"),
            ({"action": "REPORT_LOSS", "note": ""}, "note"),
        ],
    )
    def test_say_what_is_missing(self, seal: Seal, by: People, body: dict[str, str], field: str) -> None:
        status, told = call("POST", f"/seals/{seal.id}/steps", body, actor=by.registrar)

        assert status == 422
        assert field in told["fields"]


class TestAskingAndAuthorising:
    def test_lead_to_a_seal_that_may_be_used_and_no_more(self, by: People) -> None:
        registers.load_divisions(rows=[DivisionRow(code=DIVISION, name="示例区")], actor=NODE, at=AT)
        agency = AgencyRow(code=AGENCY, name=AGENCY_NAME, division_code=DIVISION)
        registers.load_agencies(rows=[agency], actor=NODE, at=AT)
        form = {"name": "示例区民政局专用章", "kind": 99, "basis": "批复", "years": 3}
        limits = {"purposes": ["NOTICE"], "most_fen": 100}
        term = {"valid_until": f"{clock.now() + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"}

        refused = call("POST", "/seals", form, actor=by.reviewer)
        asked = call("POST", "/seals", form, actor=by.keeper, **{"Idempotency-Key": "s-1"})
        again = call("POST", "/seals", form, actor=by.keeper, **{"Idempotency-Key": "s-1"})
        seal = issued(uuid.UUID(asked[1]["seal_id"]), by)
        next_one = call(
            "POST", f"/seals/{seal.id}/versions", {"kind": "RENEWAL", "basis": "到期"}, actor=by.keeper
        )
        given = call(
            "POST",
            f"/seals/{seal.id}/authorisations",
            {"kind": "STANDING", "limits": limits, **term},
            actor=by.keeper,
        )
        path = f"/seal-authorisations/{given[1].get('authorisation_id')}/end"
        foreign = call("POST", path, {}, actor=people(agency_code="11510100MB1500000Y").keeper)
        ended = call("POST", path, {"note": "收回"}, actor=by.keeper)

        assert (refused[0], asked) == (403, again)
        assert (next_one[0], next_one[1]["version"]) == (201, 2)
        assert (given[0], foreign[0], ended[0]) == (201, 404, 200)
        (line,) = call("GET", f"/seals/{seal.id}", actor=by.keeper)[1]["authorisations"]
        assert (line["limits"]["most_fen"], line["ended_at"] is not None) == (100, True)


class TestSealing:
    def test_puts_a_seal_on_a_file_that_was_brought(self, by: People, sealer: Actor) -> None:
        brought = bring(sealer, "决定书.ofd")
        facts = {"file_id": brought, "purpose": "DOCUMENT", "case_number": "C-7"}

        hidden = call("POST", "/seal-documents", facts, actor=by.keeper)
        outside = call("POST", "/seal-documents", {**facts, "purpose": "LICENCE"}, actor=sealer)
        status, sealed = call(
            "POST", "/seal-documents", {**facts, "places": [{"x": 20, "y": 200}]}, actor=sealer
        )

        assert (hidden[0], outside[0], status) == (404, 403, 201)
        content = Client().get(
            f"/api/v1/files/{sealed['file_id']}", headers={"authorization": f"Bearer {token_of(sealer)}"}
        )
        verdict = services.verify_file(content=content.getvalue(), name="决定书.ofd", at=clock.now())
        assert verdict.verdict is FileVerdictKind.VALID
        assert SealUse.objects.get().digest == sealed["digest"]

    def test_of_a_system_needs_its_scope_and_a_standing_authorisation(self, by: People) -> None:
        seal = issued(applied(by), by)
        system = Actor(kind=ActorKind.CLIENT, id="archive", agency_code=AGENCY, division_code=DIVISION)
        scoped = replace(system, scopes=frozenset({"seals:use"}))
        file = services.bring_file(
            content=io.BytesIO(plain_ofd()),
            name="证明.ofd",
            declared_type="application/ofd",
            declared_bytes=None,
            actor=scoped,
            at=AT,
        )

        def seal_by(actor: Actor) -> services.SealedFile:
            return services.seal_kept_file(
                file_id=file.id, purpose=SealPurpose.NOTICE, case_number="C-1", actor=actor, at=AT
            )

        with pytest.raises(services.SealNotAuthorised):
            seal_by(scoped)
        standing(seal, by)
        with pytest.raises(NotPermitted):
            seal_by(system)
        assert seal_by(scoped).seal_code == seal.code


class TestBatches:
    def test_are_begun_watched_and_stopped(self, by: People, sealer: Actor) -> None:
        files = [{"file_id": bring(sealer, f"{name}.ofd"), "case_number": name} for name in ("1", "2")]

        status, begun = call("POST", "/seal-batches", {"purpose": "DOCUMENT", "files": files}, actor=sealer)
        path = f"/seal-batches/{begun['batch_id']}"
        services.sign_waiting(batch_id=uuid.UUID(begun["batch_id"]), at=clock.now())
        _status, told = call("GET", path, actor=sealer)
        stopped = call("POST", f"{path}/stop", actor=sealer)

        assert (status, told["sealed"], told["files"]) == (201, 1, 2)
        assert [entry["state"] for entry in told["entries"]] == ["SEALED", "WAITING"]
        assert stopped == (200, {"state": "STOPPED"})
        assert [line["id"] for line in call("GET", "/seal-batches", actor=sealer)[1]] == [begun["batch_id"]]
        assert call("GET", path, actor=by.keeper)[0] == 404


class TestSignings:
    def test_go_from_agency_to_agency(self, by: People, sealer: Actor) -> None:
        other = "11510100MB1500000Y"
        body = {
            "file_id": bring(sealer, "协议.ofd"),
            "purpose": "DOCUMENT",
            "parties": [{"agency_code": AGENCY, "place": {"x": 20, "y": 200}}, {"agency_code": other}],
        }
        colleague = staff(agency_code=other, division_code=DIVISION, at=AT)

        status, begun = call("POST", "/seal-signings", body, actor=sealer)
        path = f"/seal-signings/{begun['request_id']}"
        early = call("POST", f"{path}/steps", {"action": "DECLINE", "note": "早"}, actor=colleague)
        missing = call("POST", f"{path}/steps", {"action": "SEAL", "seal_code": "5" * 13}, actor=sealer)
        sealed = call("POST", f"{path}/steps", {"action": "SEAL"}, actor=sealer)
        declined = call("POST", f"{path}/steps", {"action": "DECLINE", "note": "不符"}, actor=colleague)
        over = call("POST", f"{path}/steps", {"action": "WITHDRAW"}, actor=sealer)

        assert (status, early[1]["code"]) == (201, "signing_not_your_turn")
        assert missing[1]["code"] == "no_seal_in_use"
        assert (sealed[1]["state"], declined[1]["state"]) == ("OPEN", "DECLINED")
        assert over[1]["code"] == "signing_over"
        told = call("GET", path, actor=colleague)[1]
        assert (told["turn"], [party["state"] for party in told["parties"]]) == (None, ["SEALED", "DECLINED"])
        assert [line["id"] for line in call("GET", "/seal-signings", actor=sealer)[1]] == [told["id"]]


def bring(actor: Actor, name: str) -> str:
    """
    Bring a file over the interface and return its id.
    """
    answer = Client().post(
        "/api/v1/seal-files",
        {"file": SimpleUploadedFile(name, plain_ofd(), content_type="application/ofd")},
        headers={"authorization": f"Bearer {token_of(actor)}"},
    )
    assert answer.status_code == 201, answer.content.decode()
    found: str = answer.json()["id"]
    return found
