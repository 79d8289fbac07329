"""
What operators see of a stream: links, lists, errors, days and the story of one entry, at both ends.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located, two_ends
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind
from tongban.foundation.errors import NotAuthenticated, NotPermitted
from tongban.resources.exchange import selectors
from tongban.resources.exchange.models import DayCompared, Inbound, Position, Stream
from tongban.resources.exchange.selectors.lines import StreamNotFound
from tongban.resources.exchange.values import FeedTrouble
from tongban.resources.exchange.values.watching import ErrorSide, Health, Relation, StepKind

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = Actor(kind=ActorKind.STAFF, id="1", roles=frozenset({"OPERATOR"}))
REVIEWER = Actor(kind=ActorKind.STAFF, id="2", roles=frozenset({"DATA_REVIEWER"}))
STEWARD = Actor(kind=ActorKind.STAFF, id="3", roles=frozenset({"DATA_STEWARD"}))
MONITOR = Actor(kind=ActorKind.CLIENT, id="monitor", scopes=frozenset({"exchange:read"}))


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city that has sent three things to its province, one of which it did not take.
    """
    with two_ends() as made:
        made.library.refuses = lambda row: "bad_title" if row.content.title == "bad" else ""
        for key, title in (("a", "good"), ("b", "bad"), ("c", "good")):
            made.write(key, title)
        made.go_on()
        yield made


def feed() -> int:
    return Position.objects.get().pk


def inbound() -> int:
    return Inbound.objects.get().pk


class TestTheOverview:
    def test_shows_each_link_with_its_streams(self, ends: TwoEnds) -> None:
        seen = selectors.exchange_overview(actor=OPERATOR, at=ends.at_now)

        link = next(link for link in seen.links if link.code == PROVINCE)
        assert (link.relation, link.name, link.waiting, link.errors) == (Relation.PARENT, "四川省", 0, 1)
        assert (link.health, link.trouble, link.heard_at) == (Health.ATTENTION, None, ends.at_now)
        assert [(feed.dataset, feed.last, feed.position) for feed in link.feeds] == [("tests.thing", 3, 3)]

        with located(ends.at_province):
            there = selectors.exchange_overview(actor=OPERATOR, at=ends.at_now)
        assert [(line.source, line.position) for link in there.links for line in link.inbounds] == [(CITY, 3)]

    def test_says_how_far_behind_a_silent_node_is_and_since_when(self, ends: TwoEnds) -> None:
        written_at = ends.at_now
        ends.is_cut = True
        ends.write("d", "good")
        ends.go_on()
        later = ends.at_now + timedelta(minutes=11)

        link = selectors.link_line(peer=PROVINCE, actor=OPERATOR, at=later)

        assert (link.waiting, link.oldest_waiting_at) == (1, written_at)
        assert (link.trouble, link.failing_since, link.health) == (
            FeedTrouble.SILENT,
            written_at,
            Health.STUCK,
        )

    def test_asks_the_same_number_of_questions_however_many_streams_there_are(self, ends: TwoEnds) -> None:
        with CaptureQueriesContext(
            connection,
        ) as before:
            selectors.exchange_overview(actor=OPERATOR, at=ends.at_now)
        for number in range(5):
            stream = Stream.objects.create(dataset=f"tests.{number}", audience="PARENT", chain=b"")
            Position.objects.create(stream=stream, receiver=PROVINCE, chain=b"")

        with CaptureQueriesContext(connection) as after:
            selectors.exchange_overview(actor=OPERATOR, at=ends.at_now)

        assert len(before) == len(after) == 7

    def test_counts_what_has_no_number_yet(self, ends: TwoEnds) -> None:
        ends.write("d", "good")

        seen = selectors.exchange_overview(actor=OPERATOR, at=ends.at_now)

        assert (seen.unnumbered, seen.unnumbered_since) == (1, ends.at_now)

    def test_is_for_those_who_watch(self, ends: TwoEnds) -> None:
        for actor in (REVIEWER, MONITOR):
            assert selectors.exchange_overview(actor=actor, at=ends.at_now).has_joined
        with pytest.raises(NotPermitted):
            selectors.exchange_overview(actor=STEWARD, at=ends.at_now)
        with pytest.raises(NotAuthenticated):
            selectors.exchange_overview(actor=ANONYMOUS, at=ends.at_now)
        assert [selectors.may_operate(actor=each) for each in (OPERATOR, REVIEWER, MONITOR)] == [
            True,
            False,
            False,
        ]


class TestTheLists:
    def test_show_entries_newest_first_in_pages(self, ends: TwoEnds) -> None:
        first = selectors.feed_entries(feed=feed(), actor=OPERATOR, limit=2)
        rest = selectors.feed_entries(feed=feed(), actor=OPERATOR, limit=2, cursor=first.next_cursor)

        assert [(line.number, line.key, line.error) for line in (*first.items, *rest.items)] == [
            (3, "c", ""),
            (2, "b", "bad_title"),
            (1, "a", ""),
        ]
        assert rest.next_cursor is None
        received = selectors.inbound_entries(inbound=inbound(), actor=OPERATOR)
        assert [line.digest for line in received.items] == [
            line.digest for line in (*first.items, *rest.items)
        ]

    def test_are_narrowed_to_a_day_and_to_errors(self, ends: TwoEnds) -> None:
        def numbers(**wanted: object) -> list[int]:
            page = selectors.feed_entries(feed=feed(), actor=OPERATOR, **wanted)  # type: ignore[arg-type]
            return [line.number for line in page.items]

        assert numbers(day=date(2026, 11, 20)) == [3, 2, 1]
        assert numbers(day=date(2026, 11, 21)) == []
        assert numbers(only_errors=True) == [2]
        assert numbers(only_waiting=True) == []

    def test_show_errors_of_both_sides_in_pages_until_they_are_mended(self, ends: TwoEnds) -> None:
        first = selectors.entry_errors(actor=OPERATOR, limit=1)
        second = selectors.entry_errors(actor=OPERATOR, limit=1, cursor=first.next_cursor)

        assert [(line.side, line.number, line.key) for line in (*first.items, *second.items)] == [
            (ErrorSide.SENT, 2, "b"),
            (ErrorSide.RECEIVED, 2, "b"),
        ]
        assert second.next_cursor is None

        ends.write("b", "better")
        ends.go_on()

        assert selectors.entry_errors(actor=OPERATOR).items == []
        assert [line.mended_by for line in selectors.entry_errors(actor=OPERATOR, is_open=False).items] == [
            4,
            4,
        ]

    def test_show_batches_and_days(self, ends: TwoEnds) -> None:
        for day, is_equal in ((19, True), (20, False)):
            DayCompared.objects.create(
                stream=Stream.objects.get(),
                receiver=PROVINCE,
                day=date(2026, 11, day),
                ours=3,
                theirs=3 if is_equal else 2,
                is_equal=is_equal,
                compared_at=ends.at_now,
            )

        assert [
            (line.first, line.last, line.attempts)
            for line in selectors.feed_batches(feed=feed(), actor=OPERATOR)
        ] == [(1, 3, 1)]
        days = selectors.compared_days(actor=OPERATOR, feed=feed(), only_differing=True)
        assert [(line.day.day, line.ours, line.theirs) for line in days.items] == [(20, 3, 2)]
        assert selectors.feed_line(feed=feed(), actor=OPERATOR, at=ends.at_now).differing_days == 1


class TestAStory:
    def test_tells_at_the_sender_what_became_of_an_entry(self, ends: TwoEnds) -> None:
        story = selectors.sent_story(feed=feed(), entry_number=1, actor=OPERATOR)

        assert [step.kind for step in story.steps] == [
            StepKind.MADE,
            StepKind.NUMBERED,
            StepKind.SENT,
            StepKind.TAKEN,
        ]
        assert (story.key, story.source, story.origin) == ("a", CITY, CITY)

    def test_tells_why_an_entry_was_not_taken_and_what_mended_it(self, ends: TwoEnds) -> None:
        ends.write("b", "better")
        ends.go_on()

        here = selectors.sent_story(feed=feed(), entry_number=2, actor=OPERATOR)
        there = selectors.received_story(inbound=inbound(), entry_number=2, actor=OPERATOR)

        assert [step.kind for step in here.steps][2:] == [StepKind.SENT, StepKind.REJECTED, StepKind.MENDED]
        assert here.steps[-1].facts == {"number": 4}
        assert [step.kind for step in there.steps] == [
            StepKind.NUMBERED,
            StepKind.REJECTED,
            StepKind.MENDED,
        ]
        assert here.digest == there.digest

    def test_tells_of_tries_without_an_answer_and_of_what_waits(self, ends: TwoEnds) -> None:
        ends.is_cut = True
        ends.write("d", "good")
        ends.go_on()

        waiting = selectors.sent_story(feed=feed(), entry_number=4, actor=OPERATOR)
        assert [step.kind for step in waiting.steps][2:] == [
            StepKind.SENT,
            StepKind.SILENT,
            StepKind.WAITING,
        ]
        assert waiting.steps[-1].facts == {"trouble": "SILENT", "position": 3}

    def test_is_found_by_the_key_of_the_record(self, ends: TwoEnds) -> None:
        ends.write("a", "again")
        ends.go_on()

        stories = selectors.stories_of_key(dataset="tests.thing", key="a", actor=OPERATOR, at=ends.at_now)

        assert [story.number for story in stories] == [4, 1]
        with pytest.raises(StreamNotFound):
            selectors.sent_story(feed=feed(), entry_number=99, actor=OPERATOR)
        with pytest.raises(StreamNotFound):
            selectors.received_story(inbound=inbound(), entry_number=99, actor=OPERATOR)
