import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from django.db import connection
from pytest_django import Settings

from tests.integration.support.documents.conftest import DRAFT, LI, ZHANG
from tests.unit.support.documents.samples import ofd, pdf, picture, plain_pdf, png_that_claims, saved, zipped
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.models import AuditEntry
from tongban.support.documents import ports
from tongban.support.documents.adapters.clamd import Clamd, ScannerUnavailable
from tongban.support.documents.models import StoredFile
from tongban.support.documents.permissions import FileNotFound
from tongban.support.documents.services import UploadRefused, check_request_size, open_file, receive_upload
from tongban.support.documents.values import FileReceipt

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def upload(
    content: bytes = b"",
    *,
    name: str = "身份证.pdf",
    declared_type: str = "",
    declared_bytes: int | None = None,
    actor: Actor = ZHANG,
) -> FileReceipt:
    return receive_upload(
        content=io.BytesIO(content),
        name=name,
        declared_type=declared_type,
        declared_bytes=declared_bytes,
        owner=DRAFT,
        actor=actor,
        at=AT,
    )


class Endless:
    """
    A sender that never stops; counts what was taken from it.
    """

    taken = 0

    def read(self, size: int = -1, /) -> bytes:
        self.taken += size
        return b"%PDF-1.7 " + b"x" * (size - 9)


class TestReceiveUpload:
    @pytest.mark.parametrize(
        ("name", "content", "media_type"),
        [
            ("张三身份证.pdf", plain_pdf(), "application/pdf"),
            ("照片.JPG", picture("JPEG"), "image/jpeg"),
            ("扫描件.png", picture("PNG"), "image/png"),
            ("营业执照.ofd", ofd(), "application/ofd"),
        ],
    )
    @pytest.mark.usefixtures("files_folder")
    def test_keeps_an_honest_file(self, name: str, content: bytes, media_type: str) -> None:
        receipt = upload(content, name=name)

        with open_file(file_id=receipt.id, actor=ZHANG, at=AT).content as reader:
            kept = reader.read()
        assert (receipt.name, receipt.media_type, receipt.size) == (name, media_type, len(kept))
        assert sm3_hex(kept) == receipt.digest
        assert StoredFile.objects.get().original_digest == sm3_hex(content)

    def test_keeps_the_name_unreadable_in_the_database(self) -> None:
        upload(plain_pdf(), name="张三身份证.pdf")

        with connection.cursor() as cursor:
            cursor.execute("SELECT f::text || encode(f.name, 'escape') FROM documents_storedfile f")
            (row,) = cursor.fetchone()
        assert "张三" not in row
        assert "张三".encode() not in bytes(row, "utf-8")

    def test_writes_down_who_added_what(self) -> None:
        receipt = upload(plain_pdf())

        entry = AuditEntry.objects.get(subject=str(receipt.id))
        assert (entry.action, entry.actor_id) == ("documents.file.keep", "account-zhang")

    def test_tells_what_cleaning_took_out(self) -> None:
        document = pdf()
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="app.alert(1)")

        receipt = upload(saved(document))

        assert receipt.removed == ("ACTION",)

    @pytest.mark.parametrize(
        ("name", "content", "declared_type", "code", "status"),
        [
            ("a.pdf", b"", "application/pdf", "upload_empty", 422),
            ("a.jpg", b"", "", "upload_empty", 422),
            ("a.ofd", b"", "", "upload_empty", 422),
            ("", plain_pdf(), "", "upload_name_invalid", 422),
            ("../../a.pdf", plain_pdf(), "", "upload_name_invalid", 422),
            ("a\0.pdf", plain_pdf(), "", "upload_name_invalid", 422),
            ("a\u202efdp.exe", plain_pdf(), "", "upload_name_invalid", 422),
            ("字" * 200 + ".pdf", plain_pdf(), "", "upload_name_invalid", 422),
            ("a", plain_pdf(), "", "upload_type_not_allowed", 415),
            ("a.exe", b"MZ", "", "upload_type_not_allowed", 415),
            ("a.pdf.exe", plain_pdf(), "application/pdf", "upload_type_not_allowed", 415),
            ("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml", "upload_type_not_allowed", 415),
            ("a.html", b"<script>", "text/html", "upload_type_not_allowed", 415),
            ("a.docx", zipped({"word/document.xml": b""}), "", "upload_type_not_allowed", 415),
            ("a.zip", zipped({"a": b"b"}), "application/zip", "upload_type_not_allowed", 415),
            ("a.pdf", picture("JPEG"), "application/pdf", "upload_type_mismatch", 415),
            ("a.jpg", plain_pdf(), "image/jpeg", "upload_type_mismatch", 415),
            ("a.png", picture("GIF"), "image/png", "upload_type_mismatch", 415),
            ("a.pdf", plain_pdf(), "text/html", "upload_type_mismatch", 415),
            ("a.pdf", b"<html>", "application/pdf", "upload_type_mismatch", 415),
            ("a.pdf", b"GIF89a;" + plain_pdf(), "application/pdf", "upload_type_mismatch", 415),
            ("a.ofd", plain_pdf(), "", "upload_type_mismatch", 415),
            ("a.ofd", zipped({"word/document.xml": b""}), "", "upload_type_mismatch", 415),
            ("a.pdf", b"%PDF-1.7\n" + b"\xff" * 100, "", "upload_damaged", 422),
            ("a.pdf", plain_pdf()[:90], "", "upload_damaged", 422),
            ("a.jpg", picture("JPEG")[:150], "", "upload_damaged", 422),
            ("a.png", picture("PNG")[:50], "", "upload_damaged", 422),
            ("a.ofd", ofd()[:-30], "", "upload_damaged", 422),
            ("a.pdf", saved(pdf(), encryption=pikepdf.Encryption(owner="o", user="u")), "", "upload_encrypted", 422),
            ("a.png", png_that_claims(30_000, 30_000), "", "upload_too_many_pixels", 422),
            ("a.ofd", ofd(**{"Doc_0/big.xml": b"\0" * 20_000_000}), "", "upload_expands_too_much", 422),
            ("a.ofd", ofd(**{"Doc_0/x.xml": b"<!DOCTYPE x>"}), "", "upload_expands_too_much", 422),
            ("a.ofd", ofd(**{"../../x.xml": b""}), "", "upload_archive_unsafe", 422),
            ("a.ofd", ofd(**{"Doc_0/run.exe": b"MZ"}), "", "upload_archive_unsafe", 422),
            ("a.ofd", ofd() + plain_pdf(), "", "upload_hides_content", 422),
            ("a.pdf", saved(pdf(pages=2001)), "", "upload_too_complex", 422),
        ],
    )  # fmt: skip
    def test_refuses_a_bad_file_and_changes_nothing(  # noqa: PLR0917
        self, name: str, content: bytes, declared_type: str, code: str, status: int, files_folder: Path
    ) -> None:
        # The trail keeps what tests of whole transactions wrote before.
        audited = AuditEntry.objects.count()

        with pytest.raises(UploadRefused) as refusal:
            upload(content, name=name, declared_type=declared_type)

        assert (refusal.value.code, refusal.value.status) == (code, status)
        assert str(refusal.value)
        assert not StoredFile.objects.exists()
        assert AuditEntry.objects.count() == audited
        assert not list(files_folder.rglob("*"))

    def test_refuses_200_megabytes_without_reading_them(self) -> None:
        sender = Endless()

        with pytest.raises(UploadRefused) as refusal:
            receive_upload(
                content=sender, name="a.pdf", declared_bytes=200_000_000, owner=DRAFT, actor=ZHANG, at=AT
            )

        assert (refusal.value.code, refusal.value.status) == ("upload_too_large", 413)
        assert sender.taken == 0

    def test_stops_reading_a_sender_who_lies_about_the_length(self, settings: Settings) -> None:
        sender = Endless()

        with pytest.raises(UploadRefused) as refusal:
            receive_upload(content=sender, name="a.pdf", declared_bytes=10, owner=DRAFT, actor=ZHANG, at=AT)

        assert refusal.value.facts["limit_bytes"] == 20 * 1024 * 1024
        assert sender.taken <= 20 * 1024 * 1024 + 256 * 1024
        assert str(refusal.value) == "文件超过 20 MB 的上限，请压缩或拆分后再上传"

    def test_refuses_somebody_who_may_not_see_the_owner(self) -> None:
        with pytest.raises(FileNotFound):
            upload(plain_pdf(), actor=LI)

        assert not StoredFile.objects.exists()


class TestCheckRequestSize:
    def test_lets_a_form_with_one_file_through(self) -> None:
        check_request_size(declared_bytes=20 * 1024 * 1024 + 1000)
        check_request_size(declared_bytes=None)

    def test_refuses_a_body_that_cannot_hold_an_allowed_file(self) -> None:
        with pytest.raises(UploadRefused) as refusal:
            check_request_size(declared_bytes=200_000_000)

        assert refusal.value.status == 413


@pytest.fixture
def scanner() -> Iterator[Callable[[bytes], list[bytes]]]:
    """
    Run a clamd of our own that answers once; returns what it was asked.
    """
    before = ports.engines()

    def start(answer: bytes) -> list[bytes]:
        server = socket.create_server(("127.0.0.1", 0))
        received: list[bytes] = []

        def serve() -> None:
            with server, server.accept()[0] as client, client.makefile("rb") as reader:
                assert reader.read(10) == b"zINSTREAM\0"
                body = b""
                while size := struct.unpack("!I", reader.read(4))[0]:
                    body += reader.read(size)
                received.append(body)
                client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        ports.install(ports.Engines(cleaner=before.cleaner, scanner=Clamd(address)))
        return received

    yield start
    ports.install(before)


class TestVirusScan:
    def test_keeps_a_file_that_the_scanner_finds_clean(self, scanner: Callable[[bytes], list[bytes]]) -> None:
        received = scanner(b"stream: OK\0")
        content = plain_pdf()

        upload(content)

        assert received == [content]
        assert StoredFile.objects.count() == 1

    def test_refuses_an_infected_file(self, scanner: Callable[[bytes], list[bytes]]) -> None:
        scanner(b"stream: Eicar-Test-Signature FOUND\0")

        with pytest.raises(UploadRefused) as refusal:
            upload(plain_pdf())

        assert refusal.value.code == "upload_infected"
        assert refusal.value.facts == {"found": "Eicar-Test-Signature"}
        assert not StoredFile.objects.exists()

    @pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0"])
    def test_accepts_nothing_unscanned(self, answer: bytes, scanner: Callable[[bytes], list[bytes]]) -> None:
        scanner(answer)

        with pytest.raises(ScannerUnavailable):
            upload(plain_pdf())

        assert not StoredFile.objects.exists()

    def test_accepts_nothing_when_the_scanner_is_down(self) -> None:
        before = ports.engines()
        ports.install(ports.Engines(cleaner=before.cleaner, scanner=Clamd("127.0.0.1:1")))

        with pytest.raises(ScannerUnavailable):
            upload(plain_pdf())

        ports.install(before)
        assert not StoredFile.objects.exists()
