"""
Files that explode, hide, act or are two things at once; texts that are too deep or too large.
"""

import io
import json
import struct
import zipfile
import zlib
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories.database import contents
from tests.identity_proof.attacks.area import OWN_LOGS, Area, count, harm_of, unchanged
from tests.unit.support.documents.samples import ofd, pdf, picture, plain_pdf, png_that_claims, saved
from tongban.foundation import clock
from tongban.portal.apply import services as drafts

pytestmark = pytest.mark.django_db


@pytest.fixture
def area(settings: Any, tmp_path: Any) -> Area:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    settings.TONGBAN_HOME = tmp_path
    return Area()


def nested_zip(depth: int) -> bytes:
    content = b"\0" * 100_000
    for level in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{level}.zip", content)
        content = packed.getvalue()
    return content


def overlapping_zip(names: int) -> bytes:
    """
    One compressed piece that many names of the directory share: each is told with the place of the same content.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OFD.xml", b"<o/>")
        archive.writestr("a00.xml", b"\0" * 900_000)
    content = packed.getvalue()
    first, shared = content.index(b"PK\x01\x02"), content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    entries = [
        content[shared:end].replace(b"a00.xml", f"a{number:02}.xml".encode()) for number in range(names)
    ]
    directory = content[first:shared] + b"".join(entries)
    counts = struct.pack("<HHLLH", names + 1, names + 1, len(directory), first, 0)
    return content[:first] + directory + content[end : end + 8] + counts


def png_that_expands() -> bytes:
    """
    A picture of 7,000 by 9,000 points, all alike: 60 kB that become 190 MB.
    """

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf_of_many_kids() -> bytes:
    """
    A tree of pages that leads back to itself.
    """
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9999999>>endobj\n"
        b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n"
        b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n120\n%%EOF"
    )


def pdf_with_a_packed_stream() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    packed = zlib.compress(zlib.compress(b"\0" * 30_000_000, 9), 9)
    stream = document.make_stream(b"")
    stream.write(packed, filter=pikepdf.Array([pikepdf.Name("/FlateDecode"), pikepdf.Name("/FlateDecode")]))
    document.pages[0].Contents = stream
    return saved(document)


def encrypted_pdf() -> bytes:
    return saved(pdf(), encryption=pikepdf.Encryption(owner="o", user="u"))


REFUSED = {
    "ZIP in ZIP in ZIP": ("a.ofd", nested_zip(6)),
    "ZIP in ZIP in an OFD": ("a.ofd", ofd(**{"Doc_0/a.xml": nested_zip(6)})),
    "ZIP whose names share one piece": ("a.ofd", overlapping_zip(50)),
    "OFD of a part that grows a thousandfold": ("a.ofd", ofd(**{"Doc_0/a.xml": b"\0" * 20_000_000})),
    "OFD of too many parts": ("a.ofd", ofd(**{f"Doc_0/{number}.xml": b"<x/>" for number in range(2100)})),
    "OFD that declares entities": (
        "a.ofd",
        ofd(**{"Doc_0/x.xml": b'<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>'}),
    ),
    "OFD with a program": ("a.ofd", ofd(**{"Doc_0/run.exe": b"MZ"})),
    "OFD with a script": ("a.ofd", ofd(**{"Doc_0/a.js": b"alert(1)"})),
    "OFD that climbs": ("a.ofd", ofd(**{"../../../etc/cron.d/x": b""})),
    "OFD with an absolute path": ("a.ofd", ofd(**{"/etc/passwd": b""})),
    "OFD with a drive": ("a.ofd", ofd(**{"C:/x.xml": b""})),
    "OFD with a page called picture": ("a.ofd", ofd(**{"Doc_0/x.png": b"#!/bin/sh\n"})),
    "picture that expands": ("a.png", png_that_expands()),
    "picture of no size": ("a.png", png_that_claims(0, 0)),
    "picture of a line": ("a.png", png_that_claims(2_000_000_000, 1)),
    "picture cut short": ("a.jpg", picture("JPEG")[:120]),
    "PDF that leads back to itself": ("a.pdf", pdf_of_many_kids()),
    "PDF with a password": ("a.pdf", encrypted_pdf()),
    "PDF of nothing": ("a.pdf", b"%PDF-1.7\n" + b"\xff" * 3000),
    "PDF after a picture": ("a.jpg", plain_pdf()),
    "picture after a PDF": ("a.pdf", picture("PNG")),
    "page as PDF": ("a.pdf", b"<html><script>alert(1)</script>%PDF-1.4"),
    "archive of another kind": ("a.pdf", b"Rar!\x1a\x07\x00" + b"\0" * 100),
    "program as picture": ("a.png", b"\x7fELF" + b"\0" * 100),
    "shell as picture": ("a.jpg", b"#!/bin/sh\nid\n"),
    "vector picture": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "page": ("a.html", b"<script>alert(1)</script>"),
    "macro document": ("a.docm", b"PK\x03\x04" + b"\0" * 60),
    "name turned round": ("a\u202efdp.exe", plain_pdf()),
    "name of a device": ("con<.pdf", plain_pdf()),
    "hidden name": (".htaccess.pdf", plain_pdf()),
    "name of commas": ('a";filename="b.exe', plain_pdf()),
}

WHY = {
    "upload_type_mismatch": (
        "ZIP in ZIP in ZIP",
        "PDF after a picture",
        "picture after a PDF",
        "page as PDF",
        "archive of another kind",
        "program as picture",
        "shell as picture",
    ),
    "upload_archive_unsafe": (
        "ZIP in ZIP in an OFD",
        "OFD with a program",
        "OFD with a script",
        "OFD that climbs",
        "OFD with an absolute path",
        "OFD with a drive",
        "OFD with a page called picture",
    ),
    "upload_hides_content": ("ZIP whose names share one piece",),
    "upload_expands_too_much": (
        "OFD of a part that grows a thousandfold",
        "OFD of too many parts",
        "OFD that declares entities",
    ),
    "upload_too_many_pixels": (
        "picture that expands",
        "picture of a line",
    ),
    "upload_damaged": (
        "picture of no size",
        "picture cut short",
        "PDF that leads back to itself",
        "PDF of nothing",
    ),
    "upload_encrypted": ("PDF with a password",),
    "upload_type_not_allowed": (
        "vector picture",
        "page",
        "macro document",
        "name turned round",
        "name of commas",
    ),
    "upload_name_invalid": (
        "name of a device",
        "hidden name",
    ),
}
"""Code of the refusal -> the files it is for: each is refused by its own check, and not by chance by another."""

TAMED = {
    "name that climbs": ("../../../keys.json.pdf", "keys.json.pdf"),
    "name turned round": ("a\u202eexe.pdf", "aexe.pdf"),
    "name with a zero": ("a\0.exe.pdf", "a.exe.pdf"),
    "name of another machine": ("C:\\\\Windows\\\\x.pdf", "x.pdf"),
}
"""Names that are made harmless: only their last part is kept, without what cannot be seen."""

TEXTS = {
    "deep list": b"[" * 50_000 + b"]" * 50_000,
    "deep object": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "huge number": b'{"login": ' + b"9" * 5_000 + b"}",
    "not a number": b'{"login": NaN}',
    "infinite": b'{"login": 1e999999}',
    "twice the same name": b'{"login": "a", "login": "b", "password": "x", "kind": "PERSON"}',
    "half a pair": b'{"login": "\\ud800", "password": "x", "kind": "PERSON"}',
    "zero": b'{"login": "a\\u0000b", "password": "x", "kind": "PERSON"}',
    "two values": b"{}{}",
    "mark of byte order": b"\xef\xbb\xbf{}",
    "UTF-16": '{"login": "a"}'.encode("utf-16"),
    "not UTF-8": b'{"login": "\xff\xfe"}',
    "comment": b'{"login": "a" /* x */}',
    "single quotes": b"{'login': 'a'}",
    "list instead of object": b"[]",
    "text instead of object": b'"x"',
    "nothing": b"",
    "three megabytes": b'{"login": "' + b"a" * 3_000_000 + b'"}',
    "many fields": json.dumps({f"f{number}": 1 for number in range(30_000)}).encode(),
    "YAML": b"login: a\npassword: b\n",
    "XML": b"<login>a</login>",
}


class TestUploads:
    def test_that_do_harm_are_refused_and_leave_nothing(self, area: Area, tmp_path: Any) -> None:
        draft_id = drafts.start_draft(
            offering_code=area.world.offering_code, actor=area.attacker.actor, at=clock.now()
        )
        before = contents(without=OWN_LOGS)
        files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
        harm, why = {}, dict[str, set[str]]()

        for name, (filename, content) in REFUSED.items():
            file = SimpleUploadedFile("x.pdf", content, content_type="application/octet-stream")
            file.name = filename
            form = {"material_code": "floor_plan", "file": file}
            response = area.attacker.upload(f"/drafts/{draft_id}/files", form)
            told = harm_of(response)
            harm[name] = told or ("let in" if response.status_code < 400 else "")
            why.setdefault(response.json()["code"], set()).add(name)

        count("upload", len(harm))
        assert {name: told for name, told in harm.items() if told} == {}
        assert why == {code: set(names) for code, names in WHY.items()}
        assert unchanged(before) == []
        assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == files

    def test_with_odd_names_are_kept_under_plain_ones(self, area: Area) -> None:
        draft_id = drafts.start_draft(
            offering_code=area.world.offering_code, actor=area.attacker.actor, at=clock.now()
        )
        kept = {}

        for name, (filename, _plain) in TAMED.items():
            file = SimpleUploadedFile("x.pdf", plain_pdf(), content_type="application/pdf")
            file.name = filename
            form = {"material_code": "floor_plan", "file": file}
            kept[name] = area.attacker.upload(f"/drafts/{draft_id}/files", form).json()["name"]

        count("upload", len(kept))
        assert kept == {name: plain for name, (_filename, plain) in TAMED.items()}


class TestTexts:
    def test_that_are_no_proper_json_are_refused(self, area: Area) -> None:
        before = contents(without=OWN_LOGS)
        harm = {}

        for name, body in TEXTS.items():
            for path in ("/api/v1/sessions", "/api/v1/codes", "/api/v1/drafts"):
                response = Browser(raise_request_exception=False).post(
                    path, body, "application/json", headers=area.attacker.headers({})
                )
                told = harm_of(response)
                harm[name, path] = told or ("let in" if response.status_code < 400 else "")

        count("text", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before) == []
