"""
Counting requests in memory.
"""

from tongban.config.rates import WINDOW_SECONDS, RateTable

NOW = 1_800_000_000 - 1_800_000_000 % WINDOW_SECONDS


class TestRateTable:
    def test_lets_a_quota_through_and_no_more(self) -> None:
        table = RateTable()

        standings = [table.hit("person", "wang", quota=3, now=NOW) for _ in range(5)]

        assert [one.is_exceeded for one in standings] == [False, False, False, True, True]
        assert [one.remaining for one in standings] == [2, 1, 0, 0, 0]

    def test_begins_anew_with_the_minute(self) -> None:
        table = RateTable()
        for _ in range(4):
            table.hit("person", "wang", quota=3, now=NOW)

        standing = table.hit("person", "wang", quota=3, now=NOW + WINDOW_SECONDS)

        assert (standing.remaining, standing.is_exceeded) == (2, False)

    def test_says_when_it_begins_anew(self) -> None:
        assert RateTable().hit("person", "wang", quota=3, now=NOW + 13.9).reset_seconds == 47

    def test_counts_everybody_for_himself(self) -> None:
        table = RateTable()

        for number in range(2000):
            table.hit("person", f"person {number}", quota=1, now=NOW)
        second = [table.hit("person", f"person {number}", quota=1, now=NOW) for number in range(2000)]

        assert sum(one.is_exceeded for one in second) == 2000
        assert not table.hit("address", "person 1", quota=1, now=NOW).is_exceeded

    def test_seldom_counts_two_as_one(self) -> None:
        table = RateTable()

        first = [table.hit("person", f"person {number}", quota=1, now=NOW) for number in range(5000)]

        assert sum(one.is_exceeded for one in first) < 100
