"""
The interface: pushed cases, fetched cases, reports by the API, and a system that is slow, wrong, silent or away.
"""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as node

from simulators.agency.interface import Interface, Server
from simulators.agency.office import Office, OfficeDials
from tests.factories import api
from tests.factories import casework as make
from tests.factories import docking as dock
from tests.factories.docking import AT, settle
from tongban.business.casework.models import CaseEvent
from tongban.foundation import clock
from tongban.resources.caselibrary.services import held_contents
from tongban.resources.caselibrary.values import CaseContent, ResultContent
from tongban.resources.docking import services
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.rules.rows import local
from tongban.resources.docking.services import rounds
from tongban.resources.docking.values import SystemState, TakesFrom, Way
from tongban.resources.exchange import ports as exchange

pytestmark = pytest.mark.django_db

FULL = ["SUBMITTED", "ACCEPTED", "REVIEWED", "GRANTED", "ISSUED", "DELIVERED", "CLOSED"]
SECRET = "s" * 32
CLIENT = "health-client"


def caller() -> api.Caller:
    return api.system("handling:write", client_id=CLIENT)


def agency(**dials: float) -> Interface:
    client = caller()

    def call(method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        answer = client.get(path) if method == "GET" else client.post(path, body)
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    office = Office(dials=OfficeDials(**dials))
    moments = iter(local(AT) + timedelta(seconds=30 * turn) for turn in range(1, 1000))
    return Interface(
        call=call, system=dock.CODE, secret=SECRET.encode(), office=office, clock=lambda: next(moments)
    )


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """
    An agency that listens on a port of this machine.
    """
    chosen = node.TONGBAN_OUTGOING.model_copy(update={"networks": "127.0.0.1"})
    monkeypatch.setattr(node, "TONGBAN_OUTGOING", chosen)
    server = Server(agency())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def settings(url: str = "") -> dict[str, str]:
    return {"client_id": CLIENT, "secret": SECRET, **({"url": f"{url}/cases"} if url else {})}


def turns(system: DockedSystem, office: Interface, *, most: int = 8) -> None:
    for _turn in range(most):
        receipt = rounds.exchange(code=system.code, at=clock.now())
        settle()
        if office.work() + receipt.given == 0:
            return


def kinds(number: str) -> list[str]:
    return list(CaseEvent.objects.filter(case_number=number).order_by("seq").values_list("kind", flat=True))


class TestPull:
    def test_leads_a_case_from_submission_to_the_licence(self) -> None:
        system = dock.live(way=Way.INTERFACE, settings=settings(), takes_from=TakesFrom.SUBMISSION)
        make.publish_permit()
        number = make.submit("test-permit").case_number
        settle()
        office = agency(twice=1.0)

        turns(system, office)

        assert kinds(number) == FULL
        assert office.office.cases[number].licence.startswith("1.2.156")
        assert set(DockMessage.objects.filter(direction="OUT").values_list("state", flat=True)) == {"TAKEN"}

    def test_answers_each_report_with_code_and_sentence(self) -> None:
        system = dock.live(way=Way.INTERFACE, settings=settings())
        number = dock.given()
        office = agency(wrong=1.0)

        turns(system, office)

        assert office.office.complaints[0] == "unknown_code"
        assert "GRANTED" in kinds(number)

    def test_is_for_the_client_that_is_registered(self) -> None:
        dock.live(way=Way.INTERFACE, settings=settings())
        stranger = api.system("handling:write", client_id="stranger")
        reader = api.system("cases:read", client_id="reader")

        assert stranger.get("/docking/messages").status_code == 404
        assert reader.get("/docking/messages").status_code == 403
        assert api.nobody().get("/docking/messages").status_code == 401


class TestPush:
    def test_leads_a_case_to_the_licence(self, pushed: Server) -> None:
        system = dock.live(way=Way.INTERFACE, settings=settings(pushed.url))
        number = dock.given()

        turns(system, pushed.agency)

        assert kinds(number) == FULL
        assert pushed.office.cases[number].told == ["GRANTED", "ISSUED", "DELIVERED"]

    def test_is_tried_again_with_growing_pauses_and_dies_after_a_week(self, pushed: Server) -> None:
        system = dock.live(way=Way.INTERFACE, settings=settings(pushed.url))
        dock.given()
        pushed.dials.turn({"down": 1.0})
        begun = DockMessage.objects.get().created_at

        waits = []
        for _try in range(3):
            rounds.exchange(code=system.code, at=begun)
            waits.append((DockMessage.objects.get().next_attempt_at or begun) - begun)
            DockMessage.objects.update(next_attempt_at=None)
        rounds.exchange(code=system.code, at=begun + timedelta(days=8))

        assert [wait.total_seconds() for wait in waits] == [15, 30, 60]
        message = DockMessage.objects.get()
        assert (message.state, message.code) == ("DEAD", "HTTP 503")
        pushed.dials.turn({"down": 0.0})
        services.replay(message_id=message.pk, actor=dock.operator(), at=AT)
        rounds.exchange(code=system.code, at=clock.now())
        message.refresh_from_db()
        assert message.state == "TAKEN"

    def test_holds_up_what_follows_about_the_same_case_only(self, pushed: Server) -> None:
        system = dock.live(way=Way.INTERFACE, settings=settings(pushed.url))
        first = dock.given()
        second = make.submit("test-permit").case_number
        settle()
        make.accept(second)
        settle()
        make.hold_hearing(first, at=AT)
        settle()
        DockMessage.objects.filter(case_number=first, kind="CASE").update(
            next_attempt_at=clock.now() + timedelta(hours=1)
        )

        rounds.exchange(code=system.code, at=clock.now())

        states = dict(DockMessage.objects.values_list("event", "state").filter(case_number=first))
        assert states == {"ACCEPTED": "QUEUED", "CLOCK_STOPPED": "QUEUED"}
        assert DockMessage.objects.get(case_number=second).state == "TAKEN"

    def test_is_signed(self, pushed: Server) -> None:
        system = dock.live(way=Way.INTERFACE, settings={**settings(pushed.url), "secret": "x" * 32})
        dock.given()

        receipt = rounds.exchange(code=system.code, at=clock.now())

        assert "HTTP 401" in receipt.error
        assert pushed.office.cases == {}


class TestConformance:
    def test_certifies_a_system_that_handles_its_trial_case(self, pushed: Server) -> None:
        system = dock.register(way=Way.INTERFACE, settings=settings(pushed.url))
        services.begin_tests(code=system.code, actor=dock.operator(), at=AT)
        services.check(code=system.code, way=Way.INTERFACE, actor=dock.operator(), at=clock.now())
        turns(system, pushed.agency)

        report = services.check(code=system.code, way=Way.INTERFACE, actor=dock.operator(), at=clock.now())

        system.refresh_from_db()
        assert [finding.id for finding in report.findings if not finding.is_met] == []
        assert system.state == SystemState.CONFORMANT

    def test_names_a_secret_that_is_too_short(self) -> None:
        system = dock.register(way=Way.INTERFACE, settings={"url": "http://127.0.0.1:1/x", "secret": "short"})
        services.begin_tests(code=system.code, actor=dock.operator(), at=AT)

        report = services.check(code=system.code, way=Way.INTERFACE, actor=dock.operator(), at=clock.now())

        missing = {finding.id for finding in report.findings if not finding.is_met}
        assert {"interface.client", "interface.address", "interface.signature"} <= missing


class TestOwnCases:
    def test_of_the_system_are_taken_into_the_library(self) -> None:
        dock.live(way=Way.INTERFACE, settings=settings())
        begun = dock.begun_row("WJ-1", apply_date="2026-11-15T09:00:00+08:00")
        del begun["project_no"]
        accepted = {"id": "1", "case_number": "WJ-1", "kind": "ACCEPTED", "at": "2026-11-16T09:00:00+08:00"}
        ended = {"id": "2", "case_number": "WJ-1", "kind": "GRANTED", "at": "2026-11-16T10:00:00+08:00"}
        elsewhere = {**accepted, "id": "3", "case_number": "WJ-2", "case": {**begun, "org_code": "1"}}

        answer = caller().post(
            "/docking/reports",
            {"reports": [{**accepted, "case": begun}, {**ended, "opinion": "准予"}, elsewhere]},
        )

        states = [(receipt["state"], receipt["code"]) for receipt in answer.json()["receipts"]]
        assert states == [("APPLIED", ""), ("APPLIED", ""), ("REFUSED", "foreign_agency")], answer.json()
        (case, result) = held_contents({(exchange.neighbours().own_code, dock.CODE, "WJ-1")}).popitem()[1]
        assert isinstance(case, CaseContent)
        assert isinstance(result, ResultContent)
        assert (case.applicant.id_number, result.explanation) == ("11010519491231002X", "准予")
