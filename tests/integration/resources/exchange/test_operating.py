"""
The same for machines: the API of systems that watch and act, and the commands of a terminal.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from tests.factories import api, identity
from tests.factories.exchange import CITY, PROVINCE, TwoEnds, two_ends
from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.resources.exchange import services
from tongban.resources.exchange.management import watching
from tongban.resources.exchange.models import Inbound, Position, ReceivedError
from tongban.resources.exchange.services.alarming import raise_alarms
from tongban.support.identity.values import Role, Scope
from tongban.support.messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city that has sent three things to its province, of which one was not taken.
    """
    with two_ends() as made:
        made.at_now = clock.now() - timedelta(minutes=20)
        made.library.refuses = lambda row: "bad_title" if row.content.title == "bad" else ""
        for key, title in (("a", "good"), ("b", "bad"), ("c", "good")):
            made.write(key, title)
        made.go_on()
        made.at_now = clock.now()
        made.go_on()
        yield made


def feed() -> str:
    return f"/exchange/feeds/{Position.objects.get().pk}"


def lose(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM exchange_receipt WHERE number = %s", [number])


def audited() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT action, subject FROM foundation_audit WHERE action = 'exchange.stream.stall'")
        return [(action, subject) for action, subject in cursor.fetchall()]


class TestTheApi:
    def test_tells_a_monitor_how_everything_stands(self, ends: TwoEnds) -> None:
        monitor = api.system(Scope.EXCHANGE_READ)

        status = monitor.get("/exchange/status").json()
        entries = monitor.get(f"{feed()}/entries", {"limit": 1}).json()
        errors = monitor.get("/exchange/errors", {"side": "SENT"}).json()
        story = monitor.get(f"{feed()}/entries/2").json()
        found = monitor.get("/exchange/stories", {"dataset": "tests.thing", "key": "a"}).json()

        link = next(link for link in status["links"] if link["code"] == PROVINCE)
        assert (status["own_code"], link["health"], link["errors"]) == (CITY, "ATTENTION", 1)
        assert (link["feeds"][0]["last"], link["feeds"][0]["waiting"]) == (3, 0)
        assert [entry["number"] for entry in entries["items"]] == [3]
        assert [error["code"] for error in errors["items"]] == ["bad_title"]
        assert [step["kind"] for step in story["steps"]] == ["MADE", "NUMBERED", "SENT", "REJECTED"]
        assert [each["number"] for each in found["items"]] == [1]
        assert monitor.get(f"{feed()}/batches").json()["items"][0]["outcome"] == "PARTLY"

    def test_lets_a_system_act_that_was_given_the_scope(self, ends: TwoEnds) -> None:
        acting = api.system(Scope.EXCHANGE_READ, Scope.EXCHANGE_WRITE)
        lose(3)

        assert acting.post(f"{feed()}/comparison", {}).json()["differing"] == 1
        assert acting.get("/exchange/days", {"only_differing": True}).json()["items"][0]["theirs"] == 2
        assert acting.post(f"{feed()}/replay", {"after": 2}).json() == {"after": 2}
        ends.go_on()
        assert acting.post(f"{feed()}/comparison", {}).json()["differing"] == 0
        assert acting.post(f"{feed()}/retry", {}).json() == {"streams": 0}
        assert acting.post(f"{feed()}/snapshot", {}).json()["code"] == "no_snapshot"
        assert acting.post(f"{feed()}/continuation", {}).json()["code"] == "nothing_to_continue"

    def test_refuses_everybody_else(self, ends: TwoEnds) -> None:
        monitor, stranger = (
            api.system(Scope.EXCHANGE_READ),
            api.system(Scope.CASES_READ, client_id="other-system"),
        )

        assert monitor.post(f"{feed()}/replay", {"after": 0}).status_code == 403
        assert stranger.get("/exchange/status").status_code == 403
        assert api.nobody().get("/exchange/status").status_code == 401


class TestAlarms:
    def test_are_raised_once_for_a_link_until_it_is_well_again(self, ends: TwoEnds) -> None:
        operator = identity.staff(roles=(Role.OPERATOR,))
        watcher = system_actor("tests.exchange")
        ReceivedError.objects.all().delete()
        Inbound.objects.all().delete()  # the province's, in the same database
        ends.at_now = clock.now() - timedelta(minutes=15)
        ends.is_cut = True
        ends.write("d", "good")
        ends.go_on()

        raised = [raise_alarms(actor=watcher, at=clock.now()) for _ in range(2)]

        assert raised == [1, 0]
        told = Message.objects.filter(recipient_person_id=operator.id, template="exchange.link_stuck")
        assert [message.subject for message in told] == [PROVINCE]
        assert audited() == [("exchange.stream.stall", PROVINCE)]

        Position.objects.update(failing_since=None, trouble="")
        assert raise_alarms(actor=watcher, at=clock.now()) == 0
        Position.objects.update(failing_since=ends.at_now, trouble="SILENT")
        assert raise_alarms(actor=watcher, at=clock.now()) == 1

    def test_are_raised_where_the_two_ends_differ(self, ends: TwoEnds) -> None:
        watcher = system_actor("tests.exchange")
        assert raise_alarms(actor=watcher, at=clock.now()) == 0
        lose(3)
        services.reconcile(actor=watcher, at=clock.now())

        assert raise_alarms(actor=watcher, at=clock.now()) == 1


class TestTheCommands:
    def test_tell_how_everything_stands_and_the_story_of_an_entry(
        self, ends: TwoEnds, capsys: pytest.CaptureFixture[str]
    ) -> None:
        watching.exchange_status(as_json=True)
        status = json.loads(capsys.readouterr().out)
        watching.exchange_story("tests.thing", "b", as_json=True)
        by_key = json.loads(capsys.readouterr().out)["items"]
        watching.exchange_story("tests.thing", "2", number=True, source=CITY)
        by_number = capsys.readouterr().out

        assert status["own_code"] == CITY
        assert [step["kind"] for step in by_key[0]["steps"]][-1] == "REJECTED"
        assert "bad_title" in by_number
        with pytest.raises(watching.ExchangeProblem):
            watching.exchange_story("tests.thing", "nothing")

    def test_end_with_a_code_of_their_own_where_a_link_is_stuck(self, ends: TwoEnds) -> None:
        ends.at_now = clock.now() - timedelta(minutes=15)
        ends.is_cut = True
        ends.write("d", "good")
        ends.go_on()

        with pytest.raises(watching.ExchangeProblem, match=PROVINCE):
            watching.exchange_status()

        assert watching.ExchangeProblem.exit_code == 43

    def test_compare_and_send_again(self, ends: TwoEnds, capsys: pytest.CaptureFixture[str]) -> None:
        lose(3)
        with pytest.raises(watching.ExchangeProblem):
            watching.exchange_compare("tests.thing", as_json=True)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["differing"] == 1

        watching.exchange_replay("tests.thing", number=3)
        ends.go_on()
        watching.exchange_compare()
        watching.exchange_retry(PROVINCE)

        with pytest.raises(watching.ExchangeProblem):
            watching.exchange_replay("tests.other")
        with pytest.raises(watching.ExchangeProblem):
            watching.exchange_replay("tests.thing", snapshot=True)
