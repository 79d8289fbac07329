import io
import zipfile

import pytest

from tests.unit.support.documents.samples import OFD_XML, ofd, picture, plain_pdf, zipped
from tongban.support.documents.rules import (
    Problem,
    Refused,
    checked_name,
    kind_by_name,
    require_kind,
    require_sound_ofd,
)
from tongban.support.documents.values import FileKind


class TestCheckedName:
    @pytest.mark.parametrize(
        "name", ["身份证.jpg", "a.b.pdf", "租赁合同（最终版）.PDF", "欧阳 娜.png", "𬍛.ofd"]
    )
    def test_keeps_an_ordinary_name(self, name: str) -> None:
        assert checked_name(f" {name} ") == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "   ",
            ".",
            "..",
            ".htaccess",
            "../../etc/passwd.pdf",
            "..\\..\\boot.pdf",
            "/etc/passwd.pdf",
            "C:\\a.pdf",
            "C:a.pdf",
            "a\0.pdf",
            "a\n.pdf",
            "a\r\nX-Header: 1.pdf",
            "a\x1b[31m.pdf",
            "a\x7f.pdf",
            "invoice\u202efdp.exe.pdf",
            "a\u200b.pdf",
            "a\ufeff.pdf",
            "\ue000.pdf",
            "a*.pdf",
            "a?.pdf",
            'a".pdf',
            "<script>.pdf",
            "a|b.pdf",
            "字" * 147 + ".pdf",
        ],
    )
    def test_refuses_what_is_not_a_plain_name(self, name: str) -> None:
        with pytest.raises(Refused) as refusal:
            checked_name(name)

        assert refusal.value.problem is Problem.NAME


class TestKindByName:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("a.pdf", FileKind.PDF),
            ("a.PDF", FileKind.PDF),
            ("a.jpg", FileKind.JPEG),
            ("a.JPeG", FileKind.JPEG),
            ("a.png", FileKind.PNG),
            ("证照.ofd", FileKind.OFD),
            ("a.exe.pdf", FileKind.PDF),
        ],
    )
    def test_reads_the_last_ending(self, name: str, kind: FileKind) -> None:
        assert kind_by_name(name) is kind

    @pytest.mark.parametrize(
        "name",
        [
            "a", "a.", "a.exe", "a.pdf.exe", "a.svg", "a.html", "a.htm", "a.xhtml", "a.xml", "a.js", "a.docx",
            "a.doc", "a.xls", "a.zip", "a.rar", "a.gif", "a.bmp", "a.tiff", "a.heic", "a.webp", "a.php", "a.py",
            "a.jsp", "a.sh", "a.bat", "a.msi", "a.apk", "a.swf", "a.pdfx", "a.p d f", "pdf", "a.pdf.",
        ],
    )  # fmt: skip
    def test_refuses_every_other_ending(self, name: str) -> None:
        with pytest.raises(Refused) as refusal:
            kind_by_name(name)

        assert refusal.value.problem is Problem.TYPE_NOT_ALLOWED


class TestRequireKind:
    @pytest.mark.parametrize(
        ("kind", "declared"),
        [
            (FileKind.PDF, "application/pdf"),
            (FileKind.PDF, "application/pdf; charset=binary"),
            (FileKind.PDF, ""),
            (FileKind.PDF, "application/octet-stream"),
        ],
    )
    def test_accepts_content_that_agrees(self, kind: FileKind, declared: str) -> None:
        require_kind(plain_pdf(), kind=kind, declared_type=declared)

    @pytest.mark.parametrize(
        ("content", "kind", "declared"),
        [
            (plain_pdf(), FileKind.PDF, "text/html"),
            (plain_pdf(), FileKind.PDF, "image/png"),
            (plain_pdf(), FileKind.PNG, "image/png"),
            (picture("PNG"), FileKind.JPEG, "image/jpeg"),
            (picture("GIF"), FileKind.PNG, "image/png"),
            (picture("JPEG"), FileKind.PDF, ""),
            (b"GIF89a" + plain_pdf(), FileKind.PDF, "application/pdf"),
            (b"\n" + plain_pdf(), FileKind.PDF, "application/pdf"),
            (b"<html><script>alert(1)</script>", FileKind.PDF, "application/pdf"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", FileKind.PNG, "image/png"),
            (b"MZ\x90\0", FileKind.PDF, "application/pdf"),
            (b"\x7fELF\x02", FileKind.JPEG, "image/jpeg"),
            (b"#!/bin/sh\nrm -rf /\n", FileKind.PNG, ""),
            (b"%PDF", FileKind.PDF, "application/pdf"),
            (b"\xef\xbb\xbf%PDF-1.7", FileKind.PDF, "application/pdf"),
            (b"Rar!\x1a\x07", FileKind.OFD, ""),
            (b"\0" * 100, FileKind.JPEG, ""),
        ],
    )
    def test_refuses_content_that_is_something_else(
        self, content: bytes, kind: FileKind, declared: str
    ) -> None:
        with pytest.raises(Refused) as refusal:
            require_kind(content, kind=kind, declared_type=declared)

        assert refusal.value.problem is Problem.TYPE_MISMATCH

    def test_refuses_no_content(self) -> None:
        with pytest.raises(Refused) as refusal:
            require_kind(b"", kind=FileKind.PDF, declared_type="application/pdf")

        assert refusal.value.problem is Problem.EMPTY


def ofd_with(name: str, content: bytes = b"x") -> bytes:
    return zipped({"OFD.xml": OFD_XML, name: content})


def ofd_with_link() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("OFD.xml", OFD_XML)
        link = zipfile.ZipInfo("Doc_0/Res/picture.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return output.getvalue()


def ofd_twice_the_same_name() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("OFD.xml", OFD_XML)
        archive.writestr("ofd.XML", OFD_XML)
    return output.getvalue()


def ofd_encrypted() -> bytes:
    content = bytearray(ofd())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = content.find(signature)
        while position >= 0:
            content[position + offset] |= 1
            position = content.find(signature, position + 4)
    return bytes(content)


def ofd_that_lies_about_its_size() -> bytes:
    content = bytearray(ofd_with("Doc_0/Res/a.dat", b"\0" * 500_000))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        position = content.rfind(signature)
        content[position + offset : position + offset + 4] = (1000).to_bytes(4, "little")
    return bytes(content)


class TestRequireSoundOfd:
    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_accepts_a_tidy_document(self, method: int) -> None:
        entries = {
            "OFD.xml": OFD_XML,
            "Doc_0/Document.xml": b"<Document/>" * 1000,
            "Doc_0/Signs/Sign_0/SignedValue.dat": b"0\x82",
            "Doc_0/Res/picture.png": picture("PNG"),
            "Doc_0/Attachs/face.json": b"{}",
        }

        require_sound_ofd(zipped(entries, method=method))

    def test_accepts_a_document_written_as_a_stream(self) -> None:
        class OneWay(io.RawIOBase):
            def __init__(self) -> None:
                self.kept = bytearray()

            def writable(self) -> bool:
                return True

            def write(self, piece: bytes) -> int:  # type: ignore[override]
                self.kept += piece
                return len(piece)

        output = OneWay()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("OFD.xml", OFD_XML)
            archive.writestr("Doc_0/Document.xml", b"<Document/>")

        require_sound_ofd(bytes(output.kept))

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (zipped({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<T/>"}), Problem.TYPE_MISMATCH),
            (zipped({"Doc_0/OFD.xml": OFD_XML}), Problem.TYPE_MISMATCH),
            (zipped({}), Problem.TYPE_MISMATCH),
            (ofd()[:-1], Problem.DAMAGED),
            (ofd()[:60], Problem.DAMAGED),
            (b"PK\x03\x04" + b"\0" * 100, Problem.DAMAGED),
            (
                zipped({"OFD.xml": OFD_XML}, method=zipfile.ZIP_STORED).replace(b"<?xml", b"<?XML"),
                Problem.DAMAGED,
            ),
            (ofd_encrypted(), Problem.ENCRYPTED),
            (ofd_with("Doc_0/big.xml", b"<a>" + b"\0" * 30_000_000), Problem.BOMB),
            (ofd_with("Doc_0/a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), Problem.BOMB),
            (ofd_with("Doc_0/a.xml", "<!DOCTYPE a><a/>".encode("utf-16")), Problem.BOMB),
            (ofd_with("Doc_0/a.xml", b" " * 65_530 + b"<!doctype a><a/>"), Problem.BOMB),
            (zipped({"OFD.xml": OFD_XML} | {f"{i}.xml": b"" for i in range(2_000)}), Problem.BOMB),
            (ofd_that_lies_about_its_size(), Problem.DAMAGED),
            (ofd_with("../../etc/cron.d/x.xml"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("/etc/x.xml"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/../../x.xml"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0//x.xml"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("C:/x.xml"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0\\x.xml"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("a/" * 10 + "x.xml"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/run.exe"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/page.html"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/a.js"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/a.svg"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/no-ending"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/a.zip"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/a.dat", zipped({"a": b"b"})), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/a.png", b"MZ\x90\0program"), Problem.UNSAFE_ARCHIVE),
            (ofd_with("Doc_0/a.dat", b"\x7fELF"), Problem.UNSAFE_ARCHIVE),
            (zipped({"OFD.xml": OFD_XML}, method=zipfile.ZIP_BZIP2), Problem.UNSAFE_ARCHIVE),
            (zipped({"OFD.xml": OFD_XML}, method=zipfile.ZIP_LZMA), Problem.UNSAFE_ARCHIVE),
            (ofd_with_link(), Problem.UNSAFE_ARCHIVE),
            (ofd_twice_the_same_name(), Problem.UNSAFE_ARCHIVE),
            (ofd() + b"<script>alert(1)</script>", Problem.HIDDEN_CONTENT),
            (ofd() + plain_pdf(), Problem.HIDDEN_CONTENT),
            (b"PK\x03\x04" + b"junk" * 20 + ofd(), Problem.HIDDEN_CONTENT),
            (zipped({"OFD.xml": OFD_XML}, comment=b"<?php"), Problem.HIDDEN_CONTENT),
        ],
    )
    def test_refuses_what_an_ofd_does_not_have(self, content: bytes, problem: Problem) -> None:
        with pytest.raises(Refused) as refusal:
            require_sound_ofd(content)

        assert refusal.value.problem is problem
