import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from tests.factories import ofd
from tongban.support.documents.rules.ofd.document import facts
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.signatures import coverage, found_signatures
from tongban.support.documents.rules.ofd.signing import LockedByEarlier, NoSuchPage, Wish, with_signature
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import (
    FoundSignature,
    FoundStamp,
    ReferenceState,
    SignatureKind,
    SignatureProvider,
)

AT = datetime(2026, 11, 22, 2, 3, 4, tzinfo=UTC)
PAGE = "Doc_0/Pages/Page_0/Content.xml"


@dataclass(frozen=True)
class Place:
    page: int = 0
    x: float = 150.0
    y: float = 220.5
    width: float = 40.0
    height: float = 40.0
    clip: Box | None = None


WISH = Wish(
    provider=SignatureProvider(name="通办", company='"演示"局'),
    at=AT,
    stamps=[Place()],
    seal=ofd.SEAL,
    kind=SignatureKind.SEAL,
    document=0,
    is_lock=False,
)


def value(_digest: bytes, _path: str) -> bytes:
    return ofd.VALUE + ofd.SEAL


def sign(
    content: bytes, wish: Wish = WISH, *, value: Callable[[bytes, str], bytes] = value
) -> tuple[bytes, tuple[FoundSignature, ...]]:
    signed = with_signature(Package(content), wish, value=value)
    return signed, found_signatures(Package(signed))


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def with_places(places: Sequence[Place]) -> Wish:
    return replace(WISH, stamps=places)


class TestWithSignature:
    def test_adds_a_signature_that_covers_everything(self) -> None:
        signed, (signature,) = sign(ofd.plain_ofd())

        assert signature.digests_hold
        assert signature.problems == ()
        assert coverage(Package(signed), [signature]).uncovered == ()
        assert (signature.id, signature.path) == ("s001", "/Doc_0/Signs/Sign_0/Signature.xml")
        assert (signature.provider, signature.signed_at) == ("通办", "2026-11-22 10:03:04")
        assert (signature.method, signature.check_method) == ("1.2.156.10197.1.501", "1.2.156.10197.1.401")
        assert facts(Package(signed)).title == "演示文件"

    def test_asks_for_the_value_with_the_digest_and_the_path_of_its_description(self) -> None:
        asked: list[tuple[bytes, str]] = []

        def asking(digest: bytes, path: str) -> bytes:
            asked.append((digest, path))
            return b"\x30value"

        signed, (signature,) = sign(ofd.plain_ofd(), value=asking)

        assert signature.signature_xml is not None
        digest = hashlib.new("sm3", signature.signature_xml).digest()
        assert asked == [(digest, "/Doc_0/Signs/Sign_0/Signature.xml")]
        assert parts_of(signed)["Doc_0/Signs/Sign_0/SignedValue.dat"] == b"\x30value"
        assert parts_of(signed)["Doc_0/Signs/Sign_0/Seal.esl"] == ofd.SEAL

    def test_gives_equal_bytes_for_equal_arguments(self) -> None:
        assert sign(ofd.plain_ofd())[0] == sign(ofd.plain_ofd())[0]

    def test_leaves_every_other_part_as_it_was(self) -> None:
        before = ofd.parts()

        after = parts_of(sign(ofd.zipped(before))[0])

        assert list(after)[: len(before)] == list(before)
        assert {name: after[name] for name in before if name != "OFD.xml"} == {
            name: content for name, content in before.items() if name != "OFD.xml"
        }

    def test_breaks_no_earlier_signature(self) -> None:
        once, _ = sign(ofd.plain_ofd())
        twice, _ = sign(once)

        content, found = sign(twice)

        assert [signature.id for signature in found] == ["s001", "s002", "s003"]
        assert [signature.digests_hold for signature in found] == [True, True, True]
        assert coverage(Package(content), found).uncovered == ()
        assert "Doc_0/Signs/Sign_0/SignedValue.dat" in found[1].covered

    def test_follows_the_signatures_of_another_maker(self) -> None:
        foreign = ofd.signed_ofd(count=2)

        _, found = sign(foreign)

        assert [signature.id for signature in found] == ["s001", "s002", "s003"]
        assert all(signature.digests_hold for signature in found)

    def test_changes_nothing_about_an_earlier_signature_that_did_not_hold(self) -> None:
        made = ofd.signed(ofd.parts()) | {PAGE: ofd.page_xml("").encode()}

        _, found = sign(ofd.zipped(made))

        changed = {item.part: item for item in found[0].references if item.state is ReferenceState.CHANGED}
        assert list(changed) == [PAGE]
        assert changed[PAGE].changed_by == "s002"
        assert found[1].digests_hold

    def test_can_lock_the_file(self) -> None:
        locked, (signature,) = sign(ofd.plain_ofd(), replace(WISH, is_lock=True))

        assert signature.digests_hold
        assert coverage(Package(locked), [signature]).is_locked
        with pytest.raises(LockedByEarlier):
            sign(locked)

    def test_refuses_a_file_that_another_maker_locked(self) -> None:
        with pytest.raises(LockedByEarlier):
            sign(ofd.zipped(ofd.signed(ofd.parts(), cover_list=True)))

    def test_refuses_a_second_document_where_the_first_ones_signature_would_break(self) -> None:
        made = ofd.parts() | {
            "OFD.xml": ofd.ofd_xml(documents=2).encode(),
            "Doc_1/Document.xml": b"<Document/>",
        }
        first, _ = sign(ofd.zipped(made))

        with pytest.raises(LockedByEarlier):
            sign(first, replace(WISH, document=1, stamps=[]))

    def test_shows_seals_on_pages_and_over_their_edges(self) -> None:
        content = ofd.zipped(ofd.parts(pages=[ofd.page_xml(), ofd.page_xml()]))
        clip = Box(x=20, y=0, width=20, height=40)

        _, (signature,) = sign(content, with_places([Place(), Place(page=1, x=170, clip=clip)]))

        assert signature.stamps == (
            FoundStamp(page=0, page_reference="100", box=Box(x=150, y=220.5, width=40, height=40), clip=None),
            FoundStamp(page=1, page_reference="101", box=Box(x=170, y=220.5, width=40, height=40), clip=clip),
        )

    @pytest.mark.parametrize("page", [-1, 1])
    def test_refuses_a_page_that_is_not_there(self, page: int) -> None:
        with pytest.raises(NoSuchPage):
            sign(ofd.plain_ofd(), with_places([Place(page=page)]))

    def test_signs_without_a_seal(self) -> None:
        signed, (signature,) = sign(
            ofd.plain_ofd(), replace(WISH, seal=b"", kind=SignatureKind.SIGN, stamps=[])
        )

        assert (signature.kind, signature.seal, signature.stamps) == (SignatureKind.SIGN, None, ())
        assert signature.digests_hold
        assert "Doc_0/Signs/Sign_0/Seal.esl" not in parts_of(signed)

    @pytest.mark.parametrize("content", [b"", b"PK", ofd.zipped({"OFD.xml": b"<OFD/>"})])
    def test_refuses_what_is_no_ofd(self, content: bytes) -> None:
        with pytest.raises(NotReadable):
            sign(content)

    def test_signs_files_in_the_encoding_of_another_maker(self) -> None:
        text = ofd.ofd_xml().replace("UTF-8", "GBK").encode("gbk")

        signed, (signature,) = sign(ofd.zipped(ofd.parts() | {"OFD.xml": text}))

        assert signature.digests_hold
        assert facts(Package(signed)).title == "演示文件"
