"""
The level, proofs and fresh checks through the API: the same services as behind the pages.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories.authority import fixed_authorities
from tests.factories.identity import PASSWORD, citizen, mobile, staff
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity import services
from tongban.support.identity.models import AccessToken, Account
from tongban.support.identity.ports import FixedAuthorities, RecordingCodeSender
from tongban.support.identity.values import AccountKind, Answer, AssuranceLevel, Post

pytestmark = pytest.mark.django_db

PHONE = mobile(881)


@pytest.fixture
def authorities() -> Iterator[FixedAuthorities]:
    with fixed_authorities() as fixed:
        yield fixed


@pytest.fixture
def me() -> Actor:
    return citizen(phone=PHONE, level=AssuranceLevel.MOBILE, at=clock.now())


def token_of(actor: Actor) -> str:
    login = Account.objects.get(id=actor.id).login_name
    kind = AccountKind.STAFF if actor.is_staff else AccountKind.PERSON
    return services.issue_session_token(
        login=login, password=PASSWORD, kind=kind, actor=actor, address=None, at=clock.now()
    ).token


def call(token: str, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    response = Browser().generic(
        method,
        f"/api/v1{path}",
        data=json.dumps(body).encode() if body is not None else b"",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return response.status_code, response.json() if response.content else None


class TestTheLevel:
    def test_is_told_with_its_proofs_ways_and_other_schemes(self, me: Actor) -> None:
        status, told = call(token_of(me), "GET", "/me/assurance")

        assert status == 200
        assert (told["level"], told["expires_at"]) == (1, None)
        assert [proof["means"] for proof in told["proofs"]] == ["MOBILE_CODE"]
        assert "BANK_CARD" in {way["code"] for way in told["ways"]}
        assert told["schemes"] == {"NATIONAL": "1", "NATIONAL_1_TO_5": "2", "ANHUI": "匿名", "TICKET": "1"}

    def test_is_raised_by_a_fact(self, me: Actor, authorities: FixedAuthorities) -> None:
        token = token_of(me)

        proved = call(token, "POST", "/me/proofs", {"means": "BANK_CARD", "value": "6222000000000000012"})

        assert proved == (
            200,
            {"person_id": me.person_id, "means": "BANK_CARD", "assurance_level": 2},
        )
        assert call(token, "GET", "/me")[1]["assurance_level"] == 2

    @pytest.mark.parametrize(
        ("answer", "status", "code"),
        [(Answer.NO, 409, "proof_refused"), (Answer.UNAVAILABLE, 503, "authority_unavailable")],
    )
    def test_stays_where_the_authority_does_not_confirm(
        self, me: Actor, answer: Answer, status: int, code: str
    ) -> None:
        with fixed_authorities(POPULATION=answer):
            refused = call(token_of(me), "POST", "/me/proofs", {"means": "POPULATION_REGISTER"})

        assert (refused[0], refused[1]["code"]) == (status, code)

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", "/me/assurance", None),
            ("POST", "/me/proofs", {"means": "BANK_CARD", "value": "1"}),
            ("POST", "/me/checks", {"code": "123456"}),
            ("POST", "/me/checks/codes", {}),
            ("POST", "/me/checks/faces", {}),
        ],
    )
    def test_is_no_matter_of_staff(self, method: str, path: str, body: dict[str, Any] | None) -> None:
        clerk = staff(at=clock.now())

        assert call(token_of(clerk), method, path, body)[0] == 403
        assert call("tb_unknown", method, path, body)[0] == 401


class TestAFreshCheck:
    def test_is_made_by_code_and_kept_with_the_token(self, me: Actor, codes: RecordingCodeSender) -> None:
        token = token_of(me)
        sent = call(token, "POST", "/me/checks/codes", {})

        checked = call(token, "POST", "/me/checks", {"code": codes.sent[-1][1]})

        assert (sent[0], sent[1]["mobile_masked"]) == (202, f"{PHONE[:3]}****{PHONE[-4:]}")
        assert (checked[0], checked[1]["checked_level"]) == (200, 1)
        assert AccessToken.objects.get().checked_level == 1

    def test_is_made_by_face_and_raises_the_level(self, me: Actor, authorities: FixedAuthorities) -> None:
        token = token_of(me)
        capture = call(token, "POST", "/me/checks/faces", {})[1]["capture"]
        authorities.capture = None

        waiting = call(token, "POST", "/me/checks", {"capture": capture})
        authorities.capture = Answer.YES
        seen = call(token, "POST", "/me/checks", {"capture": capture})

        assert (waiting[0], waiting[1]["code"]) == (409, "face_not_seen")
        assert (seen[0], seen[1]["checked_level"], seen[1]["assurance_level"]) == (200, 3, 3)

    def test_takes_nobody_elses_face(self, me: Actor, authorities: FixedAuthorities) -> None:
        capture = call(token_of(me), "POST", "/me/checks/faces", {})[1]["capture"]
        other = citizen(at=clock.now())

        refused = call(token_of(other), "POST", "/me/checks", {"capture": capture})

        assert (refused[0], refused[1]["code"]) == (422, "capture_invalid")

    @pytest.mark.parametrize("body", [{}, {"code": "1", "capture": "x"}, {"code": ""}])
    def test_is_one_of_the_two(self, me: Actor, body: dict[str, str]) -> None:
        assert call(token_of(me), "POST", "/me/checks", body)[0] == 422

    @pytest.mark.parametrize("capture", ["x", "%%%", "AAAA", "é", "a" * 1024])
    def test_refuses_what_is_no_capture(self, me: Actor, capture: str) -> None:
        assert call(token_of(me), "POST", "/me/checks", {"capture": capture})[0] == 422


class TestTheCertificate:
    def test_is_a_text_to_sign_and_a_check(self, me: Actor, authorities: FixedAuthorities) -> None:
        token = token_of(me)

        status, begun = call(token, "POST", "/me/checks/certificates")
        body = {"challenge": begun["challenge"], "certificate": "AAAA", "signature": "BBBB"}
        checked = call(token, "POST", "/me/checks", body)
        again = call(token, "POST", "/me/checks", body)

        assert (status, begun["text"].split()[0]) == (201, "identity-check")
        assert (checked[0], checked[1]["checked_level"], checked[1]["assurance_level"]) == (200, 4, 4)
        assert authorities.asked[-1][1]["text"] == begun["text"]
        assert (again[0], again[1]["code"]) == (422, "challenge_invalid")
        assert AccessToken.objects.get().checked_level == 4

    def test_goes_alone(self, me: Actor) -> None:
        token = token_of(me)

        status, told = call(token, "POST", "/me/checks", {"challenge": "x", "capture": "x"})

        assert (status, told["code"]) == (422, "invalid_input")

    def test_is_of_people(self) -> None:
        clerk = staff(Post.COUNTER, at=clock.now())

        assert call(token_of(clerk), "POST", "/me/checks/certificates")[0] == 403
