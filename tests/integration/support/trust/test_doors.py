"""
What programs of others ask: certificates, lists, status answers, time-stamps; and the API.
"""

import json
from typing import Any

import pytest
from django.test import Client

from tests.factories.trust import AT, administrator, establish, issue
from tongban.foundation import clock
from tongban.foundation.crypto import asn1, stamping, status, timestamps
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.crypto.revocation import read_revocation_list
from tongban.foundation.crypto.status import Answer, NotAStatus
from tongban.support.trust import ports, selectors, services
from tongban.support.trust.models import Authority
from tongban.support.trust.ports import KeysInMemory, KeyStoreFailed
from tongban.support.trust.values import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def ask(client: Client, path: str, content: bytes) -> bytes:
    answer = client.post(path, content, content_type="application/octet-stream")
    assert answer.status_code == 200
    return bytes(answer.content)


class TestFiles:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_show_the_authorities(self, client: Client, algorithm: Algorithm) -> None:
        establish()

        answers = [
            client.get(f"/trust/{name}.cer?algorithm={algorithm.value.lower()}")
            for name in ("root", "issuing")
        ]

        root, issuing = (read_certificate(answer.content) for answer in answers)
        assert issuing.is_signed_by(root)
        assert root.algorithm is algorithm
        assert answers[0]["Content-Type"] == "application/pkix-cert"

    def test_stand_where_certificates_say(self, client: Client) -> None:
        establish()
        receipt = issue()
        (address,) = read_certificate(receipt.der).crl_urls

        answer = client.get("/trust/" + address.rpartition("/trust/")[2])

        issuer = read_certificate(receipt.chain[0])
        assert read_revocation_list(answer.content).is_signed_by(issuer)
        assert answer["Content-Type"] == "application/pkix-crl"

    def test_are_not_there_before_there_is_an_authority(self, client: Client) -> None:
        for path in ("root.cer", "issuing.cer", "00000000-0000-4000-8000-000000000000.crl"):
            assert client.get(f"/trust/{path}").status_code == 404


class TestStatus:
    def question(self, serials: list[int], issuer: bytes) -> bytes:
        return status.make_status_request(
            serials=serials, issuer=read_certificate(issuer), algorithm=Algorithm.SM2, nonce=b"nonce"
        )

    def test_says_what_became_of_certificates(self, client: Client) -> None:
        establish()
        good, gone = issue(), issue()
        services.revoke_certificate(
            certificate_id=gone.certificate_id, reason=Reason.SUPERSEDED, actor=administrator(), at=AT
        )
        serials = [int(good.serial, 16), int(gone.serial, 16), 5]

        answer = status.read_status_answer(
            ask(client, "/trust/status", self.question(serials, good.chain[0]))
        )

        assert answer.states[serials[0]] is Answer.GOOD
        assert answer.states[serials[1]].reason.value == "SUPERSEDED"  # type: ignore[union-attr]
        assert answer.states[serials[2]] is Answer.UNKNOWN
        assert answer.nonce == b"nonce"
        assert answer.is_signed_by(read_certificate(good.chain[0]))

    def test_says_it_of_authorities_too(self, client: Client) -> None:
        establish()
        receipt = issue()
        serial = read_certificate(receipt.chain[0]).serial

        answer = status.read_status_answer(
            ask(client, "/trust/status", self.question([serial], receipt.chain[1]))
        )

        assert answer.states == {serial: Answer.GOOD}

    def test_answers_for_nobody_else(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        establish()
        root = Authority.objects.get(role="ROOT", algorithm="P256")
        question = status.make_status_request(
            serials=[1], issuer=read_certificate(bytes(root.der)), algorithm=Algorithm.P256
        )
        monkeypatch.setattr(clock, "now", lambda: AT.replace(year=2040))

        with pytest.raises(NotAStatus, match="06"):
            status.read_status_answer(ask(client, "/trust/status", question))

    def test_says_that_a_question_is_none(self, client: Client) -> None:
        with pytest.raises(NotAStatus, match="01"):
            status.read_status_answer(ask(client, "/trust/status", b"?"))

    def test_is_not_asked_by_a_form(self, client: Client) -> None:
        answer = client.post("/trust/status", {"question": "x"})

        with pytest.raises(NotAStatus, match="01"):
            status.read_status_answer(answer.content)

    def test_is_asked_by_post_only(self, client: Client) -> None:
        assert client.get("/trust/status").status_code == 405


class TestTimestamps:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_are_given_to_everybody(self, client: Client, algorithm: Algorithm) -> None:
        establish()
        question = stamping.make_request(algorithm=algorithm, digest=b"1" * 32, nonce=3)

        token = timestamps.read_answer(ask(client, "/trust/timestamp", question))

        report = selectors.timestamp_report(token=token, digest=b"1" * 32)
        assert (report.at, report.problems, report.is_trusted) == (AT, (), True)
        assert report.signer == f"测试市政务服务平台时间戳 {algorithm.value}"
        assert timestamps.read_token(token).nonce == 3

    def test_come_without_certificates_where_none_are_wanted(self, client: Client) -> None:
        establish()
        question = stamping.make_request(algorithm=Algorithm.SM2, digest=b"1" * 32, nonce=3)
        bare = asn1.built(0x30, question[2:-3])

        token = timestamps.read_token(timestamps.read_answer(ask(client, "/trust/timestamp", bare)))

        assert (token.digest, token.nonce, token.certificates) == (b"1" * 32, 3, ())

    def test_are_refused_where_the_settings_say_so(self, client: Client, settings: Any) -> None:
        establish()
        settings.TONGBAN_TRUST = settings.TONGBAN_TRUST.model_copy(update={"stamps_for_others": False})
        question = stamping.make_request(algorithm=Algorithm.SM2, digest=b"1" * 32, nonce=3)

        with pytest.raises(timestamps.Refused):
            timestamps.read_answer(ask(client, "/trust/timestamp", question))

    def test_are_refused_for_what_is_no_question(self, client: Client) -> None:
        with pytest.raises(timestamps.Refused):
            timestamps.read_answer(ask(client, "/trust/timestamp", b"?"))

    def test_report_says_what_is_wrong(self) -> None:
        establish()
        stamp = services.timestamp(digest=b"1" * 32, algorithm=Algorithm.SM2, at=AT)

        other = selectors.timestamp_report(token=stamp.token, digest=b"2" * 32)
        broken = selectors.timestamp_report(token=stamp.token[:-3], digest=b"1" * 32)

        assert stamp.is_local
        assert other.problems == ("OTHER_DIGEST",)
        assert (broken.at, broken.problems, broken.is_trusted) == (None, ("MALFORMED",), False)

    def test_come_from_an_outside_service_where_there_is_one(self) -> None:
        establish()
        own = services.timestamp(digest=b"1" * 32, algorithm=Algorithm.SM2, at=AT).token

        class Outside:
            def stamp(self, **_asked: object) -> bytes:
                return own

        before = ports.stamp_by(Outside())
        try:
            stamp = services.timestamp(digest=b"1" * 32, algorithm=Algorithm.SM2, at=AT)
        finally:
            ports.stamp_by(before)

        assert (stamp.token, stamp.is_local, stamp.at) == (own, False, AT)


class TestApi:
    def test_says_what_became_of_a_certificate(self, client: Client) -> None:
        establish()
        receipt = issue()

        answer = client.get(f"/api/v1/trust/certificates/{receipt.serial.lower()}")

        assert answer.status_code == 200
        assert json.loads(answer.content) == {
            "serial": receipt.serial,
            "state": "VALID",
            "revoked_at": None,
            "reason": "",
            "not_after": receipt.not_after.isoformat().replace("+00:00", "Z"),
        }

    def test_does_not_know_those_of_others(self, client: Client) -> None:
        assert json.loads(client.get("/api/v1/trust/certificates/AB").content)["state"] == "UNKNOWN"

    def test_refuses_what_is_no_serial_number(self, client: Client) -> None:
        assert client.get("/api/v1/trust/certificates/xyz").status_code == 422

    def test_lists_the_authorities(self, client: Client) -> None:
        establish()

        items = json.loads(client.get("/api/v1/trust/authorities").content)["items"]

        assert [(one["role"], one["algorithm"], one["list_number"]) for one in items] == [
            ("ROOT", "SM2", 1),
            ("ROOT", "P256", 1),
            ("ISSUING", "SM2", 1),
            ("ISSUING", "P256", 1),
        ]
        assert read_certificate(items[0]["certificate"].encode()).fingerprint == items[0]["fingerprint"]


class TestKeyStores:
    @pytest.fixture
    def memory(self, settings: Any) -> Any:
        settings.TONGBAN_TRUST = settings.TONGBAN_TRUST.model_copy(update={"key_store": ports.SERVICE})
        store = KeysInMemory()
        before = ports.keep_keys_in(ports.SERVICE, store)
        yield store
        ports.keep_keys_in(ports.SERVICE, before)

    def test_keep_new_keys_where_the_settings_say(self, memory: KeysInMemory) -> None:
        establish()

        issue()

        assert len(memory.secrets) == 7

    def test_that_are_down_leave_nothing_half_done(self, memory: KeysInMemory) -> None:
        establish()
        memory.is_down = True

        with pytest.raises(KeyStoreFailed):
            issue()

        assert [
            one.name
            for one in selectors.certificates(actor=administrator(), at=AT).items
            if one.bearer == "seal:test"
        ] == []
