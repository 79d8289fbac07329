"""
Limits: one row, one statement, exact under parallel tries.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from tests.factories.identity import NOW
from tongban.foundation.errors import TooManyRequests
from tongban.foundation.models import RateWindow
from tongban.support.identity import services

MINUTE = timedelta(minutes=1)


def hit(*, at_second: int = 0, key: str = "k", limit: int = 3) -> None:
    services.hit_limit(key, limit=limit, window=MINUTE, at=NOW + timedelta(seconds=at_second))


@pytest.mark.django_db
class TestHitLimit:
    def test_lets_so_many_through_and_says_how_long_to_wait(self) -> None:
        for second in range(3):
            hit(at_second=second)

        with pytest.raises(TooManyRequests) as refusal:
            hit(at_second=15)

        assert refusal.value.retry_after_seconds == 45

    def test_begins_anew_when_the_window_is_over(self) -> None:
        for _ in range(4):
            try:
                hit()
            except TooManyRequests:
                continue

        hit(at_second=60)

        assert RateWindow.objects.get().hits == 1

    def test_costs_one_statement(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            hit()

    def test_keeps_keys_apart_and_unreadable(self) -> None:
        hit(key="login:19900000001", limit=1)
        hit(key="login:19900000002", limit=1)

        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(w::text, ' ') FROM foundation_ratewindow w")
            (rows,) = cursor.fetchone()
        assert RateWindow.objects.count() == 2
        assert "1990000000" not in rows

    def test_can_be_forgotten(self) -> None:
        hit(limit=1)

        services.forget_limit("k")

        hit(limit=1)

    def test_can_be_asked_without_counting(self) -> None:
        hit(limit=1)

        for _ in range(2):
            with pytest.raises(TooManyRequests):
                services.require_below_limit("k", limit=1, window=MINUTE, at=NOW)
        services.require_below_limit("k", limit=2, window=MINUTE, at=NOW)

        assert RateWindow.objects.get().hits == 1


@pytest.mark.django_db(transaction=True)
class TestParallelTries:
    def test_let_exactly_so_many_through(self) -> None:
        def attempt(_: int) -> bool:
            try:
                hit(limit=7)
            except TooManyRequests:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(attempt, range(40)))

        assert outcomes.count(True) == 7
