import os
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory

from tests.integration.support.documents.conftest import CASE, DRAFT, LI, ZHANG
from tests.unit.support.documents.samples import plain_pdf
from tongban.foundation.actors import (
    ANONYMOUS,
    Actor,
    MandateFunction,
    Principal,
    PrincipalKind,
    system_actor,
)
from tongban.foundation.crypto import SealBroken
from tongban.foundation.errors import NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.foundation.storage import ContentMissing, FolderStore
from tongban.support.documents.models import StoredFile
from tongban.support.documents.permissions import FileNotFound
from tongban.support.documents.selectors import files_of
from tongban.support.documents.services import (
    FileMoved,
    adopt_files,
    discard_file,
    keep_document,
    open_file,
    seal_files_in_clear,
    sweep_storage,
)
from tongban.support.documents.values import FileReceipt, Owner, Purpose
from tongban.support.documents.views import download

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def keep(
    content: bytes = b"notice",
    *,
    name: str = "受理通知书.pdf",
    owner: Owner = DRAFT,
    media_type: str = "application/pdf",
) -> FileReceipt:
    return keep_document(
        content=content,
        name=name,
        media_type=media_type,
        purpose=Purpose.NOTICE,
        owner=owner,
        actor=system_actor("tests"),
        at=AT,
    )


def grow_old(folder: Path) -> None:
    for path in folder.glob("??/??/*"):
        os.utime(path, (0, (AT - timedelta(days=3)).timestamp()))


def on_disk(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.glob("??/??/*")]


def read(receipt: FileReceipt) -> bytes:
    with open_file(file_id=receipt.id, actor=system_actor("tests"), at=AT).content as reader:
        return reader.read()


def keep_in_clear(folder: Path, content: bytes) -> FileReceipt:
    """
    Keep a file as nodes did before files were sealed.
    """
    receipt = keep(content)
    stored = FolderStore(folder).save([content], limit_bytes=len(content))
    StoredFile.objects.filter(id=receipt.id).update(key=None, stored_as=stored.digest)
    return receipt


class TestSealedFiles:
    def test_lie_on_the_disk_in_no_readable_form(self, files_folder: Path) -> None:
        keep(b"id number 511602199001011239")

        (lying,) = on_disk(files_folder)
        assert b"511602199001011239" not in lying

    def test_do_not_show_that_two_people_handed_in_the_same(self, files_folder: Path) -> None:
        keep(b"the same paper")
        keep(b"the same paper", owner=CASE)

        assert len(set(on_disk(files_folder))) == 2

    def test_cannot_be_read_without_their_row(self, files_folder: Path) -> None:
        first, second = keep(b"one"), keep(b"two")
        StoredFile.objects.filter(id=first.id).update(
            stored_as=StoredFile.objects.get(id=second.id).stored_as
        )

        with pytest.raises(SealBroken):
            read(first)

    def test_from_before_can_be_read(self, files_folder: Path) -> None:
        assert read(keep_in_clear(files_folder, b"old notice")) == b"old notice"

    def test_from_before_are_sealed_by_night_and_read_the_same(self, files_folder: Path) -> None:
        receipt = keep_in_clear(files_folder, b"old notice")

        sealed = seal_files_in_clear()
        grow_old(files_folder)
        sweep_storage(at=AT)

        assert (sealed, seal_files_in_clear(), read(receipt)) == (1, 0, b"old notice")
        assert [lying for lying in on_disk(files_folder) if b"old notice" in lying] == []


class TestOpenFile:
    def test_hands_the_content_to_those_who_may_see_the_owner(self) -> None:
        receipt = keep()

        file = open_file(file_id=receipt.id, actor=ZHANG, at=AT)

        with file.content as reader:
            assert reader.read() == b"notice"
        assert (file.name, file.media_type, file.size) == ("受理通知书.pdf", "application/pdf", 6)
        assert AuditEntry.objects.filter(action="documents.file.open", actor_id="account-zhang").count() == 1

    @pytest.mark.parametrize("actor", [LI, ANONYMOUS])
    def test_says_not_found_to_everybody_else(self, actor: Actor) -> None:
        receipt = keep()

        with pytest.raises(FileNotFound):
            open_file(file_id=receipt.id, actor=actor, at=AT)

        assert not AuditEntry.objects.filter(action="documents.file.open").exists()

    def test_says_the_same_for_a_file_that_does_not_exist(self) -> None:
        with pytest.raises(FileNotFound):
            open_file(file_id=uuid.uuid4(), actor=ZHANG, at=AT)

    def test_refuses_an_owner_that_no_app_knows(self) -> None:
        receipt = keep(owner=Owner(kind="nobody.thing", key="zhang"))

        with pytest.raises(FileNotFound):
            open_file(file_id=receipt.id, actor=ZHANG, at=AT)

    def test_says_so_when_the_content_is_lost(self, files_folder: Path) -> None:
        receipt = keep()
        for path in files_folder.glob("??/??/*"):
            path.unlink()

        with pytest.raises(ContentMissing):
            open_file(file_id=receipt.id, actor=ZHANG, at=AT)


class TestAdoptFiles:
    def test_moves_a_drafts_files_to_the_case(self) -> None:
        receipt = keep()

        adopt_files(file_ids=[receipt.id], from_owner=DRAFT, to_owner=CASE, actor=ZHANG, at=AT)

        assert files_of(owner=DRAFT, actor=ZHANG) == []
        assert [file.id for file in files_of(owner=CASE, actor=ZHANG)] == [receipt.id]

    def test_moves_all_or_none(self) -> None:
        mine, discarded = keep(), keep(b"other")
        discard_file(file_id=discarded.id, actor=ZHANG, at=AT)

        with pytest.raises(FileMoved) as refusal:
            adopt_files(file_ids=[mine.id, discarded.id], from_owner=DRAFT, to_owner=CASE, actor=ZHANG, at=AT)

        assert refusal.value.facts == {"file_ids": [str(discarded.id)]}
        assert [file.id for file in files_of(owner=DRAFT, actor=ZHANG)] == [mine.id]

    def test_takes_no_files_of_others(self) -> None:
        receipt = keep(owner=Owner(kind="tests.draft", key="li"))

        with pytest.raises(FileMoved):
            adopt_files(file_ids=[receipt.id], from_owner=DRAFT, to_owner=CASE, actor=ZHANG, at=AT)


class TestFilesOf:
    def test_asks_once_whatever_the_number(self, django_assert_num_queries: Any) -> None:
        for number in range(5):
            keep(b"%d" % number)

        with django_assert_num_queries(1):
            files = files_of(owner=DRAFT, actor=ZHANG)

        assert len(files) == 5

    def test_shows_nothing_to_others(self) -> None:
        keep()

        with pytest.raises(FileNotFound):
            files_of(owner=DRAFT, actor=LI)


class TestDiscardFile:
    def test_hides_the_file_at_once(self) -> None:
        receipt = keep()

        discard_file(file_id=receipt.id, actor=ZHANG, at=AT)

        with pytest.raises(FileNotFound):
            open_file(file_id=receipt.id, actor=ZHANG, at=AT)
        with pytest.raises(FileNotFound):
            discard_file(file_id=receipt.id, actor=ZHANG, at=AT)

    def test_is_not_for_an_agent_who_may_not_apply(self) -> None:
        receipt = keep()
        principal = Principal(
            kind=PrincipalKind.PERSON,
            id=str(ZHANG.person_id),
            name="张*",
            mandate_id="m1",
            functions=frozenset({MandateFunction.QUERY}),
        )

        with pytest.raises(NotPermitted):
            discard_file(file_id=receipt.id, actor=replace(LI, acting_for=principal), at=AT)

        assert StoredFile.objects.available().count() == 1

    def test_is_not_for_others(self) -> None:
        receipt = keep()

        with pytest.raises(FileNotFound):
            discard_file(file_id=receipt.id, actor=LI, at=AT)

        assert StoredFile.objects.available().count() == 1


class TestSweepStorage:
    def test_removes_content_that_nobody_refers_to_any_more(self, files_folder: Path) -> None:
        receipt = keep()
        discard_file(file_id=receipt.id, actor=ZHANG, at=AT)
        grow_old(files_folder)

        removed = sweep_storage(at=AT)

        assert removed == 1
        assert on_disk(files_folder) == []

    def test_keeps_the_same_content_of_somebody_else(self, files_folder: Path) -> None:
        mine = keep()
        others = keep(owner=CASE)
        discard_file(file_id=mine.id, actor=ZHANG, at=AT)
        grow_old(files_folder)

        assert sweep_storage(at=AT) == 1
        assert read(others) == b"notice"

    def test_leaves_fresh_content_alone(self, files_folder: Path) -> None:
        receipt = keep()
        discard_file(file_id=receipt.id, actor=ZHANG, at=AT)

        assert sweep_storage(at=AT) == 0


@pytest.mark.django_db(transaction=True)
class TestSweepAgainstUpload:
    def test_never_removes_what_is_being_kept_at_the_same_moment(self, files_folder: Path) -> None:
        first = keep(b"shared")
        discard_file(file_id=first.id, actor=ZHANG, at=AT)

        def keep_again() -> None:
            for _ in range(10):
                keep(b"shared")
            connection.close()

        uploader = threading.Thread(target=keep_again)
        uploader.start()
        while uploader.is_alive():
            grow_old(files_folder)
            sweep_storage(at=AT)
        uploader.join()

        assert StoredFile.objects.available().filter(digest=first.digest).count() == 10
        assert len(on_disk(files_folder)) == 10


class TestDownload:
    def answer(self, receipt: FileReceipt, *, query: str = "", actor: Actor = ZHANG) -> Any:
        request = RequestFactory().get(f"/files/{receipt.id}{query}")
        request.actor = actor  # type: ignore[attr-defined]
        return download(request, receipt.id)

    def test_saves_the_file_under_its_own_name_and_lets_no_browser_guess(self) -> None:
        response = self.answer(keep(plain_pdf(), name="受理 通知书.pdf"))

        assert b"".join(response) == plain_pdf()
        assert response["Content-Disposition"] == (
            "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%8F%97%E7%90%86%20"
            "%E9%80%9A%E7%9F%A5%E4%B9%A6.pdf"
        )
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Type"] == "application/pdf"
        assert response["Cache-Control"] == "private, no-store"
        assert response["Content-Length"] == str(len(plain_pdf()))
        response.close()

    @pytest.mark.parametrize(
        ("media_type", "disposition", "sandboxed"),
        [
            ("image/png", "inline", True),
            ("image/jpeg", "inline", True),
            ("application/pdf", "inline", False),
            ("application/ofd", "attachment", True),
            ("text/html", "attachment", True),
            ("image/svg+xml", "attachment", True),
        ],
    )
    def test_shows_only_what_was_rebuilt_here(
        self, media_type: str, disposition: str, sandboxed: bool
    ) -> None:
        response = self.answer(keep(media_type=media_type), query="?inline")

        assert response["Content-Disposition"].partition(";")[0] == disposition
        assert ("sandbox" in response["Content-Security-Policy"]) is sandboxed
        assert response["Content-Security-Policy"].startswith("default-src 'none'")
        response.close()

    def test_hands_nothing_to_others(self) -> None:
        with pytest.raises(FileNotFound):
            self.answer(keep(), actor=LI)
