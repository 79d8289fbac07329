"""
Signed OFD as GB/T 33190-2016 (chapter 18) and GB/T 38540-2020 ask for it, and as an independent reader takes it.
"""

import base64
import hashlib
import io
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import ofdkit
import pytest

from tests.unit.support.documents.licences import licence
from tongban.support.documents.rules import require_sound_ofd
from tongban.support.documents.services import UnsignedOfd, read_ofd, unsigned_ofd, with_signature, write_ofd
from tongban.support.documents.values import SignatureProvider

OFD = "{http://www.ofdspec.org/2016}"
SEAL = b"\x30 seal"
VALUE = b"\x30 value with \x30 seal"


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return write_ofd(licence())


@pytest.fixture(scope="module")
def signed(unsigned: bytes) -> bytes:
    return sealed(unsigned)


def sealed(content: bytes | UnsignedOfd) -> bytes:
    return with_signature(
        content,
        provider=SignatureProvider(name="通办", version="1.0", company="演示"),
        at=datetime(2026, 11, 22, 2, 3, 4, tzinfo=UTC),
        stamps=licence().seal_places,
        seal=SEAL,
        value=lambda _digest, _path: VALUE,
    )


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def root(content: bytes, name: str) -> ET.Element:
    return ET.fromstring(part(content, name))


class TestTheContainer:
    def test_is_listed_where_the_document_says(self, signed: bytes) -> None:
        body = root(signed, "OFD.xml").find(f"{OFD}DocBody")
        assert body is not None

        children = [child.tag.removeprefix(OFD) for child in body]
        listed = root(signed, "Doc_0/Signs/Signatures.xml")

        assert children == ["DocInfo", "DocRoot", "Signatures"]
        assert body.findtext(f"{OFD}Signatures") == "/Doc_0/Signs/Signatures.xml"
        assert [child.tag.removeprefix(OFD) for child in listed] == ["MaxSignId", "Signature"]
        assert listed[1].attrib == {
            "ID": "s001",
            "Type": "Seal",
            "BaseLoc": "/Doc_0/Signs/Sign_0/Signature.xml",
        }

    def test_has_what_the_schema_asks_for_in_its_order(self, signed: bytes) -> None:
        signature = root(signed, "Doc_0/Signs/Sign_0/Signature.xml")
        info = signature[0]

        assert [child.tag.removeprefix(OFD) for child in signature] == ["SignedInfo", "SignedValue"]
        assert [child.tag.removeprefix(OFD) for child in info] == [
            "Provider",
            "SignatureMethod",
            "SignatureDateTime",
            "References",
            "StampAnnot",
            "Seal",
        ]
        assert info.findtext(f"{OFD}SignatureMethod") == "1.2.156.10197.1.501"
        assert info.findtext(f"{OFD}SignatureDateTime") == "2026-11-22 10:03:04"
        assert info[4].attrib == {"ID": "1", "PageRef": "1", "Boundary": "217 123.6 42 42"}
        assert signature.findtext(f"{OFD}SignedValue") == "/Doc_0/Signs/Sign_0/SignedValue.dat"

    def test_digests_every_part_but_what_it_cannot(self, signed: bytes) -> None:
        info = root(signed, "Doc_0/Signs/Sign_0/Signature.xml")[0]
        references = info.find(f"{OFD}References")
        assert references is not None

        told = {item.get("FileRef", ""): item.findtext(f"{OFD}CheckValue") for item in references}
        with zipfile.ZipFile(io.BytesIO(signed)) as archive:
            made = {
                f"/{name}": base64.b64encode(hashlib.new("sm3", archive.read(name)).digest()).decode()
                for name in archive.namelist()
            }

        assert references.get("CheckMethod") == "1.2.156.10197.1.401"
        assert set(made) - set(told) == {
            "/Doc_0/Signs/Signatures.xml",
            "/Doc_0/Signs/Sign_0/Signature.xml",
            "/Doc_0/Signs/Sign_0/SignedValue.dat",
        }
        assert told == {name: made[name] for name in told}

    def test_is_the_same_whether_the_file_was_put_together_before_or_not(self, signed: bytes) -> None:
        assert sealed(unsigned_ofd(licence())) == signed

    def test_is_a_file_that_our_own_door_lets_in(self, signed: bytes) -> None:
        require_sound_ofd(signed)


class TestAnIndependentReader:
    def test_reads_the_same_text_before_and_after(self, unsigned: bytes, signed: bytes) -> None:
        before = ofdkit.extract_text(unsigned)

        assert "示例市示例区市场监督管理局" in before
        assert ofdkit.extract_text(sealed(signed)) == ofdkit.extract_text(signed) == before


class TestEveryByteClass:
    @pytest.mark.parametrize(
        "name",
        [
            "OFD.xml",
            "Doc_0/Document.xml",
            "Doc_0/PublicRes.xml",
            "Doc_0/Res/font_79.ttf",
            "Doc_0/Tpls/Tpl_0/Content.xml",
            "Doc_0/Pages/Page_0/Content.xml",
            "Doc_0/Signs/Sign_0/Seal.esl",
        ],
    )
    def test_no_part_can_be_changed_unseen(self, signed: bytes, name: str) -> None:
        content = part(signed, name)
        changed = (
            content[:-1] + bytes([content[-1] ^ 1]) if name.endswith(("ttf", "esl")) else content + b"\n"
        )

        report = read_ofd(with_part(signed, name, changed))

        assert [item.part for item in report.signatures[0].references if item.state != "SAME"] == [name]

    @pytest.mark.parametrize("name", ["Doc_0/Extra.xml", "extra.txt"])
    def test_no_part_can_be_added_unseen(self, signed: bytes, name: str) -> None:
        assert read_ofd(with_part(signed, name, b"<a/>")).coverage.uncovered == (name,)


def with_part(content: bytes, changed: str, replacement: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(output, "w") as copy:
        for name in dict.fromkeys([*archive.namelist(), changed]):
            copy.writestr(name, replacement if name == changed else archive.read(name))
    return output.getvalue()
