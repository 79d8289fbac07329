"""
Places, and the line before them.
"""

import pytest

from tongban.config.waiting_room import AGAIN_SECONDS, UNCALLED_SECONDS, Room, Waiting

NOW = 1_800_000_000
IDLE = 60


def full_room(places: int = 3) -> Room:
    room = Room(places, idle_seconds=IDLE)
    for number in range(places):
        assert room.enter(f"first{number}", ticket=None, now=NOW) is None
    return room


class TestRoom:
    def test_lets_in_as_many_as_there_are_places(self) -> None:
        room = full_room(3)

        waiting = room.enter("fourth", ticket=None, now=NOW)

        assert room.occupied(NOW) == 3
        assert isinstance(waiting, Waiting)
        assert waiting.ahead == 0

    def test_lets_whoever_is_in_go_on(self) -> None:
        room = full_room()

        assert [room.enter(f"first{n}", ticket=None, now=NOW + 30) for n in range(3)] == [None] * 3
        assert room.occupied(NOW + 30) == 3

    def test_gives_a_place_to_the_next_when_somebody_has_gone(self) -> None:
        room = full_room()
        waiting = room.enter("fourth", ticket=None, now=NOW)
        assert waiting is not None

        assert room.enter("fourth", ticket=waiting.number, now=NOW + IDLE) is None

    def test_keeps_the_line(self) -> None:
        room = full_room(1)
        first = room.enter("a", ticket=None, now=NOW)
        second = room.enter("b", ticket=None, now=NOW)
        assert first is not None
        assert second is not None

        too_early = room.enter("b", ticket=second.number, now=NOW + IDLE)
        admitted = room.enter("a", ticket=first.number, now=NOW + IDLE)
        newcomer = room.enter("c", ticket=None, now=NOW + IDLE)

        assert (first.ahead, second.ahead) == (0, 1)
        assert too_early is not None
        assert admitted is None
        assert newcomer is not None
        assert newcomer.number > second.number

    def test_lets_nobody_jump_the_line_with_a_place_that_is_free(self) -> None:
        room = full_room(1)
        waiting = room.enter("a", ticket=None, now=NOW)
        assert waiting is not None

        newcomer = room.enter("b", ticket=None, now=NOW + IDLE)

        assert newcomer is not None
        assert newcomer.number == waiting.number + 1

    def test_calls_the_next_when_somebody_in_line_went_home(self) -> None:
        room = full_room(1)
        room.enter("went home", ticket=None, now=NOW)
        patient = room.enter("patient", ticket=None, now=NOW)
        assert patient is not None
        at = NOW + IDLE

        while room.enter("patient", ticket=patient.number, now=at) is not None:
            at += AGAIN_SECONDS

        assert at - NOW <= IDLE + UNCALLED_SECONDS + AGAIN_SECONDS

    @pytest.mark.parametrize("ticket", [0, -1, 999])
    def test_does_not_believe_a_number_it_never_gave(self, ticket: int) -> None:
        room = full_room()

        waiting = room.enter("forger", ticket=ticket, now=NOW)

        assert waiting is not None
        assert waiting.number == 4

    def test_estimates_by_how_many_got_in(self) -> None:
        room = full_room(6)

        waits = [room.enter(f"late{number}", ticket=None, now=NOW) for number in range(12)]

        assert [wait.minutes for wait in waits if wait] == [1] * 6 + [2] * 6

    def test_says_that_it_does_not_know(self) -> None:
        room = full_room(1)

        waiting = room.enter("late", ticket=None, now=NOW + 5)
        much_later = NOW + 5
        for _ in range(4):
            much_later += 50
            room.enter("first0", ticket=None, now=much_later)
        again = room.enter("late", ticket=waiting.number if waiting else None, now=much_later)

        assert again is not None
        assert again.minutes is None

    def test_is_open_to_all_without_places(self) -> None:
        room = Room(0, idle_seconds=IDLE)

        assert [room.enter(f"{number}", ticket=None, now=NOW) for number in range(100)] == [None] * 100

    def test_is_filled_by_thousands(self) -> None:
        room = Room(1000, idle_seconds=IDLE)

        answers = [room.enter(f"visitor {number}", ticket=None, now=NOW) for number in range(1500)]

        admitted = answers.count(None)
        assert 1000 <= admitted <= 1005, "a place may be taken over where eight neighbours are taken"
        assert [wait.ahead for wait in answers if wait][:3] == [0, 1, 2]
