from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tongban.config.health import readiness
from tongban.foundation.models import Heartbeat

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def beat(*, seconds_ago: int, process: str = "worker:host:1") -> None:
    Heartbeat.objects.create(process=process, at=NOW - timedelta(seconds=seconds_ago), facts={})


class TestReadiness:
    def test_is_given_with_a_living_worker(self) -> None:
        beat(seconds_ago=3)

        checks = readiness(at=NOW)

        assert {name: (check.is_ok, check.detail) for name, check in checks.items()} == {
            "database": (True, "answers"),
            "migrations": (True, "all applied"),
            "worker": (True, "last sign of life 3 s ago"),
        }

    @pytest.mark.parametrize(("seconds_ago", "is_ok"), [(0, True), (29, True), (30, False), (3600, False)])
    def test_ends_thirty_seconds_after_the_last_sign_of_life(self, seconds_ago: int, is_ok: bool) -> None:
        beat(seconds_ago=seconds_ago)

        assert readiness(at=NOW)["worker"].is_ok is is_ok

    def test_counts_the_liveliest_worker(self) -> None:
        beat(seconds_ago=4000)
        beat(seconds_ago=2, process="worker:host:2")

        assert readiness(at=NOW)["worker"].is_ok

    def test_is_not_given_before_any_worker_has_started(self) -> None:
        check = readiness(at=NOW)["worker"]

        assert (check.is_ok, check.detail) == (False, "no worker has started")

    def test_costs_two_statements(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        readiness(at=NOW)

        with django_assert_num_queries(2):
            readiness(at=NOW)


class TestPages:
    def test_say_503_while_no_worker_lives(self, client: Client) -> None:
        response = client.get("/readyz")

        assert response.status_code == 503
        assert response.json()["status"] == "unavailable"

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    def test_take_no_form(self, client: Client, path: str) -> None:
        assert client.post(path).status_code == 405

    @pytest.mark.parametrize(
        ("address", "status"),
        [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 403), ("203.0.113.9", 403), ("", 403)],
    )
    def test_give_metrics_to_this_machine_only(self, client: Client, address: str, status: int) -> None:
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == status
