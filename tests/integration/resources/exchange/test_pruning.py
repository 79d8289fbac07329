"""
What everybody has is let go of; what is kept can change its key.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.factories.exchange import two_ends
from tongban.config import keys as key_module
from tongban.config.keys import KeyFile
from tongban.foundation import rotation
from tongban.foundation.actors import system_actor
from tongban.foundation.partitions import ensure_partitions
from tongban.resources.exchange import services
from tongban.resources.exchange.models import Entry, Inbound, Outbox, Stream
from tongban.resources.exchange.values import FeedTrouble

pytestmark = pytest.mark.django_db(transaction=True)
LATER = datetime.fromisoformat("2028-02-01T02:00:00+08:00")
KEEP = timedelta(days=400)


@pytest.fixture(autouse=True)
def months() -> Iterator[None]:
    """
    Bring back the months that a test lets go of.
    """
    yield
    ensure_partitions(today=datetime.fromisoformat("2026-01-01T00:00:00+08:00").date())


def months_left(table: str) -> set[str]:
    """
    Return the partitions of a table.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(%s)", [table]
        )
        return {name for (name,) in cursor.fetchall()}


class TestPruning:
    def test_drops_the_months_that_every_receiver_has(self) -> None:
        with two_ends(is_alone=True) as ends:
            ends.write("a", "1")
            ends.go_on()

            services.prune(at=LATER, keep=KEEP)

            assert "exchange_entry_202611" not in months_left("exchange_entry")
            assert "exchange_receipt_202611" not in months_left("exchange_receipt")
            assert Stream.objects.get().first_kept == 2
            assert Inbound.objects.get().after == 1
            ends.at_now = LATER
            ends.write("b", "2")
            assert ends.go_on() == 1
            actor = system_actor("tests")
            assert services.reconcile(actor=actor, at=LATER).differing == 0

    def test_keeps_what_somebody_does_not_have(self) -> None:
        with two_ends(is_alone=True) as ends:
            ends.is_cut = True
            ends.write("a", "1")
            ends.go_on()

            services.prune(at=LATER, keep=KEEP)

            assert Entry.objects.count() == 1

    def test_lets_go_where_a_snapshot_can_take_its_place(self) -> None:
        with two_ends(is_alone=True, has_snapshot=True) as ends:
            ends.is_cut = True
            ends.write("a", "1")
            ends.go_on()
            services.prune(at=LATER, keep=KEEP)
            ends.is_cut = False
            ends.at_now = LATER

            ends.go_on()

            assert Entry.objects.count() == 0
            assert ends.are_equal
            assert FeedTrouble.GONE not in Stream.objects.values_list("positions__trouble", flat=True)


class TestAChangeOfKeys:
    def test_seals_anew_what_waits_and_what_is_kept(
        self, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_module, "LOOK_AGAIN_SECONDS", 0.0)
        file = KeyFile(tmp_path)
        file.load()
        settings.TONGBAN_KEYS = file
        with two_ends(is_alone=True) as ends:
            for number in range(3):
                ends.write(f"k{number}", "x")
            services.number_entries(at=ends.at_now)
            ends.write("k3", "x")
            with file.changing() as change:
                second = change.add_key(at=ends.at_now, is_standby=False)

            report = rotation.seal_anew(batch=2, pause_seconds=0.01)

            assert (report.sealed["exchange.Entry"], report.sealed["exchange.Outbox"]) == (3, 1)
            contents = [*Entry.objects.values_list("content", flat=True), Outbox.objects.get().content]
            assert {bytes(content)[1] for content in contents} == {second}
            assert ends.go_on() == 4
            assert ends.are_equal
