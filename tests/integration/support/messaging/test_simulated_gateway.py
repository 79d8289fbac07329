"""
A node and a gateway that misbehaves, over HTTP.
"""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from simulators.sms.gateway import Gateway
from simulators.sms.templates import TEXTS
from tests.factories.identity import citizen, mobile
from tongban.foundation.signed_requests import signed_headers
from tongban.support.messaging import ports, services
from tongban.support.messaging.adapters.http_gateway import HttpGateway
from tongban.support.messaging.models import OutgoingText
from tongban.support.messaging.ports import GatewayDown, ShortMessage, TextRefused
from tongban.support.messaging.values import DeliveryReport, TextState

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    """
    The gateway has a clock of its own and refuses requests of another day.
    """
    return datetime.now(UTC)  # noqa: TID251


@pytest.fixture
def adapter(simulator: Gateway) -> HttpGateway:
    """
    The adapter that speaks to the simulated gateway.
    """
    wired = ports.sms_gateway()
    assert isinstance(wired, HttpGateway)
    return wired


def short_message(**changed: object) -> ShortMessage:
    facts = {"id": uuid4(), "mobile": mobile(1), "sms_template_id": "SMS_CODE", "params": {"code": "123456"}}
    return ShortMessage(**(facts | changed))  # type: ignore[arg-type]


def queue(*, at: datetime) -> UUID:
    receipt = services.send_once(
        key="k",
        template="tests.accepted",
        person_id=UUID(citizen(phone=mobile(1)).person_id),
        params={"case_number": "1", "due_date": "2026-12-08"},
        subject="1",
        actor=services.MESSENGER,
        at=at,
    )
    assert receipt.text_id is not None
    return receipt.text_id


def state_of(text_id: UUID) -> str:
    return OutgoingText.objects.get(id=text_id).state


def signed(adapter: HttpGateway, path: str, body: bytes, *, at: datetime) -> dict[str, str]:
    return signed_headers(path=path, body=body, app_id=adapter.app_id, secret=adapter.secret, at=at)


class TestWellBehaved:
    def test_delivers_what_was_queued(self, simulator: Gateway, now: datetime) -> None:
        text_id = queue(at=now)

        services.send_text(text_id=text_id, at=now)
        services.collect_reports(at=now)

        (arrived,) = simulator.messages(mobile=mobile(1), limit=10)
        assert (arrived["template_id"], arrived["params"]["due_date"]) == ("SMS_ACCEPTED", "2026-12-08")
        assert state_of(text_id) == TextState.DELIVERED

    def test_sends_once_what_it_is_given_twice(
        self, simulator: Gateway, adapter: HttpGateway, now: datetime
    ) -> None:
        message = short_message()

        numbers = {adapter.send(message, at=now) for _ in range(3)}

        assert len(numbers) == 1
        assert len(simulator.messages(mobile=None, limit=10)) == 1

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"mobile": "0000-1234567"}, "MOBILE_ILLEGAL"),
            ({"sms_template_id": "none"}, "TEMPLATE_ILLEGAL"),
            ({"params": {"code": 1}}, "PARAMS_ILLEGAL"),
        ],
    )
    def test_refuses_for_ever(
        self, simulator: Gateway, adapter: HttpGateway, now: datetime, changed: dict[str, object], reason: str
    ) -> None:
        with pytest.raises(TextRefused) as refusal:
            adapter.send(short_message(**changed), at=now)

        assert refusal.value.facts == {"reason": reason}
        assert simulator.messages(mobile=None, limit=10) == []

    def test_shows_the_text_that_is_filed_under_the_template(
        self, simulator: Gateway, adapter: HttpGateway, now: datetime
    ) -> None:
        adapter.send(short_message(params={"code": "123456", "minutes": "5"}), at=now)
        adapter.send(short_message(params={"code": "{x.__class__}"}), at=now)
        adapter.send(short_message(sms_template_id="SMS_OTHER", params={"a": "1"}), at=now)

        assert [message["text"] for message in simulator.messages(mobile=None, limit=10)] == [
            "【通办演示】a 1",
            "【通办演示】验证码 {x.__class__}，… 分钟内有效。请勿告诉他人。",
            "【通办演示】验证码 123456，5 分钟内有效。请勿告诉他人。",
        ]

    def test_has_a_text_for_every_template_of_the_node(self) -> None:
        wanted = {
            template.sms_template_id
            for template in ports._templates.values()
            if template.sms_template_id and not template.code.startswith("tests.")
        }

        assert wanted == TEXTS.keys()


class TestSignature:
    def test_with_another_key_is_refused(
        self, simulator: Gateway, adapter: HttpGateway, now: datetime
    ) -> None:
        stranger = HttpGateway(url=adapter.url, app_id="tongban", secret=b"guess")

        with pytest.raises(TextRefused) as refusal:
            stranger.send(short_message(), at=now)

        assert refusal.value.facts == {"reason": "SIGNATURE_INVALID"}
        assert simulator.messages(mobile=None, limit=10) == []

    def test_of_an_unknown_customer_is_refused(self, adapter: HttpGateway, now: datetime) -> None:
        stranger = HttpGateway(url=adapter.url, app_id="nobody", secret=b"secret")

        with pytest.raises(TextRefused) as refusal:
            stranger.send(short_message(), at=now)

        assert refusal.value.facts == {"reason": "APP_UNKNOWN"}

    def test_of_another_time_is_refused(self, adapter: HttpGateway, now: datetime) -> None:
        with pytest.raises(TextRefused) as refusal:
            adapter.send(short_message(), at=now - 6 * MINUTE)

        assert refusal.value.facts == {"reason": "TIMESTAMP_EXPIRED"}

    def test_serves_once_and_for_one_body(self, adapter: HttpGateway, now: datetime) -> None:
        body = b'{"biz_ids": []}'
        headers = signed(adapter, "/reports", body, at=now)

        answers = [
            httpx.post(f"{adapter.url}/reports", content=content, headers=headers).json()["code"]
            for content in (b'{"biz_ids": [""]}', body, body)
        ]

        assert answers == ["SIGNATURE_INVALID", "OK", "NONCE_REUSED"]


class TestDials:
    def test_down_is_tried_again_until_it_is_up(self, simulator: Gateway, now: datetime) -> None:
        text_id = queue(at=now)
        simulator.dials.down = 1.0
        services.send_text(text_id=text_id, at=now)
        waiting = state_of(text_id)
        simulator.dials.down = 0.0

        services.send_due_texts(at=now + MINUTE)

        assert (waiting, state_of(text_id)) == (TextState.QUEUED, TextState.SENT)
        assert len(simulator.messages(mobile=None, limit=10)) == 1

    def test_slow_is_given_up_and_tried_again_and_the_phone_rings_once(
        self, simulator: Gateway, now: datetime
    ) -> None:
        text_id = queue(at=now)
        simulator.dials.slow_seconds = 0.8
        services.send_text(text_id=text_id, at=now)
        waiting = OutgoingText.objects.get(id=text_id)
        simulator.dials.slow_seconds = 0.0

        services.send_due_texts(at=now + MINUTE)

        assert (waiting.state, waiting.last_error) == (TextState.QUEUED, "ReadTimeout")
        assert state_of(text_id) == TextState.SENT
        assert len(simulator.messages(mobile=None, limit=10)) == 1

    def test_wrong_answers_are_no_answers_and_the_phone_rings_once(
        self, simulator: Gateway, now: datetime
    ) -> None:
        text_id = queue(at=now)
        simulator.dials.wrong = 1.0
        services.send_text(text_id=text_id, at=now)
        waiting = state_of(text_id)
        simulator.dials.wrong = 0.0

        services.send_due_texts(at=now + MINUTE)

        assert (waiting, state_of(text_id)) == (TextState.QUEUED, TextState.SENT)
        assert len(simulator.messages(mobile=None, limit=10)) == 1

    def test_lost_is_shown_as_unconfirmed_after_half_an_hour(self, simulator: Gateway, now: datetime) -> None:
        text_id = queue(at=now)
        simulator.dials.lost = 1.0
        services.send_text(text_id=text_id, at=now)
        services.collect_reports(at=now)
        waiting = state_of(text_id)
        OutgoingText.objects.update(sent_at=now - 30 * MINUTE)

        services.collect_reports(at=now)

        assert (waiting, state_of(text_id)) == (TextState.SENT, TextState.UNCONFIRMED)
        assert simulator.messages(mobile=None, limit=10) == []

    def test_undelivered_is_shown(self, simulator: Gateway, now: datetime) -> None:
        text_id = queue(at=now)
        simulator.dials.undelivered = 1.0
        services.send_text(text_id=text_id, at=now)

        services.collect_reports(at=now)

        assert state_of(text_id) == TextState.UNDELIVERED

    def test_a_gateway_that_is_not_there_is_down(self, now: datetime) -> None:
        nowhere = HttpGateway(url="http://127.0.0.1:9", app_id="tongban", secret=b"secret")

        with pytest.raises(GatewayDown):
            nowhere.send(short_message(), at=now)
        with pytest.raises(GatewayDown):
            nowhere.reports(["x"], at=now)

    def test_reports_that_fail_leave_everything_as_it_was(self, simulator: Gateway, now: datetime) -> None:
        text_id = queue(at=now)
        services.send_text(text_id=text_id, at=now)
        simulator.dials.wrong = 1.0

        settled = services.collect_reports(at=now + 40 * MINUTE)

        assert (settled, state_of(text_id)) == (0, TextState.SENT)

    def test_are_turned_and_read_over_http(self, simulator: Gateway, adapter: HttpGateway) -> None:
        turned = httpx.put(f"{adapter.url}/dials", json={"lost": 0.5})

        assert turned.json() == httpx.get(f"{adapter.url}/dials").json()
        assert simulator.dials.lost == 0.5

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{",
            b'{"lost": 2}',
            b'{"lost": -1}',
            b'{"nothing": 1}',
            b'{"lost": true}',
            b'{"lost": 1, "down": "x"}',
        ],
    )
    def test_are_not_turned_by_nonsense(self, simulator: Gateway, adapter: HttpGateway, body: bytes) -> None:
        answer = httpx.put(f"{adapter.url}/dials", content=body)

        assert answer.status_code == 422
        assert set(vars(simulator.dials).values()) == {0.0}


class TestServer:
    def test_shows_what_arrived_to_whom(self, adapter: HttpGateway, now: datetime) -> None:
        for number in (1, 2):
            adapter.send(short_message(mobile=mobile(number)), at=now)

        shown = httpx.get(f"{adapter.url}/messages", params={"mobile": mobile(2)}).json()["messages"]

        assert [message["mobile"] for message in shown] == [mobile(2)]

    def test_forgets_when_asked(self, adapter: HttpGateway, now: datetime) -> None:
        adapter.send(short_message(), at=now)

        httpx.delete(f"{adapter.url}/messages")

        assert httpx.get(f"{adapter.url}/messages").json() == {"messages": []}

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 30_000])
    def test_survives_any_body(self, adapter: HttpGateway, now: datetime, body: bytes) -> None:
        answer = httpx.post(
            f"{adapter.url}/send", content=body, headers=signed(adapter, "/send", body, at=now)
        )

        assert answer.json()["code"] == "BODY_ILLEGAL"

    @pytest.mark.parametrize(
        "request_body",
        [{}, {"out_id": 1}, {"out_id": ""}, {"out_id": "x" * 65}, {"out_id": "x", "mobile": None}],
    )
    def test_refuses_what_is_no_message(
        self, adapter: HttpGateway, now: datetime, request_body: dict[str, object]
    ) -> None:
        body = json.dumps(request_body).encode()

        answer = httpx.post(
            f"{adapter.url}/send", content=body, headers=signed(adapter, "/send", body, at=now)
        )

        assert answer.json()["code"] in {"OUT_ID_ILLEGAL", "MOBILE_ILLEGAL"}

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/"), ("PUT", "/x"), ("DELETE", "/x"), ("POST", "/x")]
    )
    def test_has_no_other_addresses(self, adapter: HttpGateway, method: str, path: str) -> None:
        assert httpx.request(method, f"{adapter.url}{path}").status_code == 404

    def test_knows_the_states_of_the_node(self, adapter: HttpGateway, now: datetime) -> None:
        biz_id = adapter.send(short_message(), at=now)

        assert adapter.reports([biz_id, "unknown"], at=now) == {biz_id: DeliveryReport.DELIVERED}
