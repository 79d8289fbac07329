"""
Exports in the background: made, fetched, stopped and gone; by whoever asked for them, and by nobody else.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from tests.factories import library as make
from tests.integration.resources.caselibrary.test_exports import wanted
from tests.integration.resources.caselibrary.test_selectors import SUPERVISION, staff
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.storage import FolderStore, StorageUnavailable
from tongban.resources.caselibrary import selectors, services
from tongban.resources.caselibrary.models import LibraryExport
from tongban.resources.caselibrary.services import exports
from tongban.resources.caselibrary.values import ExportState

pytestmark = pytest.mark.django_db
WEEK_LATER = make.AT + timedelta(days=8)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.TONGBAN_HOME = tmp_path
    return tmp_path


@pytest.fixture
def reviewer() -> Actor:
    return staff("DATA_REVIEWER")


def ask(actor: Actor, **changes: Any) -> UUID:
    facts = {"wanted": wanted(), "reason": SUPERVISION, "actor": actor, "at": make.AT, **changes}
    return services.ask_for_export(**facts)


def made(actor: Actor) -> UUID:
    export_id = ask(actor)
    services.make_export(export_id=export_id, at=make.AT)
    return export_id


def fetched(export_id: UUID, actor: Actor) -> zipfile.ZipFile:
    opened = services.open_export(export_id=export_id, actor=actor, at=make.AT)
    with opened.content as content:
        packed = content.read()
    assert len(packed) == opened.size
    return zipfile.ZipFile(io.BytesIO(packed))


def state_of(export_id: UUID) -> str:
    return LibraryExport.objects.get(pk=export_id).state


def files_on_disk(home: Path) -> list[Path]:
    return [path for path in (home / "exports").rglob("*") if path.is_file()]


def noted(action: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM foundation_audit WHERE action = %s", [action])
        return int(cursor.fetchone()[0])


class TestAnExport:
    def test_is_made_by_a_job_and_fetched(self, reviewer: Actor, home: Path) -> None:
        make.take(*make.whole())

        export_id = ask(reviewer)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT args->>'export_id' FROM procrastinate_jobs WHERE task_name = %s", [exports.JOB]
            )
            assert cursor.fetchall() == [(str(export_id),)]
        assert state_of(export_id) == ExportState.WAITING
        services.make_export(export_id=export_id, at=make.AT)

        archive = fetched(export_id, reviewer)
        assert "K1" in archive.read("up_pro_accept.csv").decode()
        assert len(archive.namelist()) == 5
        (row,) = selectors.exports(actor=reviewer)
        assert (row.state, row.done, row.total) == (ExportState.READY, 5, 5)
        (file,) = files_on_disk(home)
        assert make.PERSON.id_number.encode() not in file.read_bytes()
        assert noted("caselibrary.cases.export") == noted("caselibrary.export.download") == 1

    def test_tells_how_far_it_is(self, reviewer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        make.take(*(make.case(f"K{number}") for number in range(5)))
        monkeypatch.setattr("tongban.resources.caselibrary.services.exporting.BATCH", 2)
        seen = []
        tell = exports._tell

        def watch(export_id: UUID, cases: int) -> None:
            tell(export_id, cases)
            (row,) = selectors.exports(actor=reviewer)
            seen.append((row.done, row.total))

        monkeypatch.setattr(exports, "_tell", watch)
        made(reviewer)

        assert seen[:3] == [(2, 25), (4, 25), (5, 25)]
        assert seen[-1] == (25, 25)

    def test_begins_anew_after_it_was_broken_off(
        self, reviewer: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make.take(make.case())
        export_id = ask(reviewer)
        with monkeypatch.context() as patch:
            patch.setattr(exports, "_tell", _raising(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                services.make_export(export_id=export_id, at=make.AT)
        assert state_of(export_id) == ExportState.RUNNING

        services.make_export(export_id=export_id, at=make.AT)

        assert "K1" in fetched(export_id, reviewer).read("up_pro_accept.csv").decode()

    def test_fails_where_it_cannot_be_kept(self, reviewer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FolderStore, "save", _raising(StorageUnavailable))

        assert state_of(made(reviewer)) == ExportState.FAILED
        ask(reviewer)


class TestWhoMay:
    def test_is_a_reviewer_of_the_area_who_says_what_for(self, reviewer: Actor) -> None:
        for actor in (staff("SUPERVISOR"), staff("DATA_REVIEWER", division="511602000000")):
            with pytest.raises(NotPermitted):
                ask(actor)
        with pytest.raises(InvalidInput):
            ask(reviewer, reason=None)

        assert not LibraryExport.objects.exists()

    def test_is_one_export_at_a_time(self, reviewer: Actor) -> None:
        first = ask(reviewer)

        with pytest.raises(exports.ExportUnderWay):
            ask(reviewer)
        services.stop_export(export_id=first, actor=reviewer, at=make.AT)

        ask(reviewer)
        assert LibraryExport.objects.count() == 2

    def test_fetches_ones_own_only(self, reviewer: Actor) -> None:
        export_id = made(reviewer)
        other = replace(reviewer, id="somebody-else")

        for act in (services.open_export, services.stop_export):
            with pytest.raises(exports.ExportUnknown):
                act(export_id=export_id, actor=other, at=make.AT)
            with pytest.raises(exports.ExportUnknown):
                act(export_id=uuid4(), actor=reviewer, at=make.AT)
        assert selectors.exports(actor=other) == []

    def test_fetches_nothing_after_the_role_is_gone(self, reviewer: Actor) -> None:
        export_id = made(reviewer)

        with pytest.raises(NotPermitted):
            services.open_export(
                export_id=export_id, actor=replace(reviewer, roles=frozenset({"SUPERVISOR"})), at=make.AT
            )


class TestItsEnd:
    def test_is_at_once_where_it_is_stopped(
        self, reviewer: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make.take(*make.whole())
        export_id = ask(reviewer)
        tell = exports._tell

        def stop_then_tell(export: UUID, cases: int) -> None:
            services.stop_export(export_id=export, actor=reviewer, at=make.AT)
            tell(export, cases)

        monkeypatch.setattr(exports, "_tell", stop_then_tell)
        services.make_export(export_id=export_id, at=make.AT)
        services.make_export(export_id=export_id, at=make.AT)

        assert state_of(export_id) == ExportState.STOPPED
        assert files_on_disk(home) == []
        with pytest.raises(exports.ExportNotReady):
            services.open_export(export_id=export_id, actor=reviewer, at=make.AT)

    def test_is_when_its_file_is_deleted(self, reviewer: Actor, home: Path) -> None:
        export_id = made(reviewer)

        services.stop_export(export_id=export_id, actor=reviewer, at=make.AT)

        assert state_of(export_id) == ExportState.GONE
        assert files_on_disk(home) == []
        assert noted("caselibrary.export.delete") == 1

    def test_comes_after_a_week(self, reviewer: Actor, home: Path) -> None:
        export_id = made(reviewer)

        with pytest.raises(exports.ExportNotReady):
            services.open_export(export_id=export_id, actor=reviewer, at=WEEK_LATER)
        assert services.expire_exports(at=make.AT) == 0
        assert services.expire_exports(at=WEEK_LATER) == 1

        assert files_on_disk(home) == []
        assert state_of(export_id) == ExportState.GONE
        assert LibraryExport.objects.get(pk=export_id).key is None


def _raising(error: type[BaseException]) -> Callable[..., None]:
    def fail(*_args: object, **_facts: object) -> None:
        raise error

    return fail
