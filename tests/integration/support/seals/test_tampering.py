"""
Every class of bytes of a sealed file with one bit turned over: which answer notices, and which verdict the file has.

One place in each class, always the same one; SEAL_PROOF_PLACES spreads so many over each (`make seal-proof`).
"""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.factories.seals import AGENCY, AT, NODE, whole, with_seal
from tests.factories.tampering import (
    LIST_PART,
    SEAL,
    SEAL_PART,
    SIGNATURE_PART,
    VALUE,
    VALUE_PART,
    Range,
    ranges,
    turned,
    unzipped,
    with_part,
)
from tests.unit.support.documents.licences import licence
from tongban.support.documents.services import write_ofd
from tongban.support.documents.values import Attachment, LayoutPage, Picture
from tongban.support.seals import services
from tongban.support.seals.values import FileVerdict, SealPurpose

pytestmark = pytest.mark.django_db
PLACES = int(os.environ.get("SEAL_PROOF_PLACES", "1"))
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763a8a8a800000304018125b6ad5a0000000049454e44ae426082"
)
"""One dot."""
BACKGROUND_PART = "Doc_0/Tpls/Tpl_0/Content.xml"
PAGE_PART = "Doc_0/Pages/Page_0/Content.xml"
Answers = tuple[str, str, str, str, str, str, str]
"""Verdict; integrity, signature, certificate, validity, state of the seal, time."""

SOUND: Answers = ("valid", "intact", "valid", "trusted", "valid", "in_use", "stamped")
UNREAD: Answers = ("invalid", "intact", "missing", "invalid", "unknown", "unknown", "missing")
"""It is no signature any more."""
PART_CHANGED: Answers = ("changed", "changed", "valid", "trusted", "valid", "in_use", "stamped")
OTHER_FACTS: Answers = ("invalid", "intact", "invalid", "trusted", "valid", "unknown", "stamped")
"""Of the seal: neither its maker nor the signer has signed them, and no seal of this node has them."""
NOT_AS_MADE: Answers = ("invalid", "intact", "invalid", "trusted", "valid", "altered", "stamped")
"""The seal is one of ours, but not as it was made."""
OTHER_MAKER: Answers = ("invalid", "intact", "invalid", "invalid", "valid", "altered", "stamped")
NOT_SIGNED: Answers = ("invalid", "intact", "invalid", "trusted", "valid", "unrecorded", "stamped")
OTHER_SIGNER: Answers = (
    "invalid",
    "intact",
    "signer_not_of_seal",
    "invalid",
    "valid",
    "unrecorded",
    "stamped",
)
NO_SIGNER: Answers = ("invalid", "intact", "missing", "invalid", "valid", "unrecorded", "stamped")
NO_KEY: Answers = ("invalid", "intact", "unsupported", "invalid", "valid", "unrecorded", "stamped")
OTHER_STAMP: Answers = ("invalid", "intact", "valid", "trusted", "valid", "unrecorded", "stamp_invalid")
NOT_WRITTEN_DOWN: Answers = ("invalid", "intact", "valid", "trusted", "valid", "unrecorded", "stamped")
"""What the stamp's signature does not cover; but no signature of these bytes was ever made here."""


SEAL_FACTS = {
    "facts/header/id": UNREAD,
    "facts/header/version": OTHER_FACTS,
    "facts/header/maker": OTHER_FACTS,
    "facts/code": OTHER_FACTS,
    "facts/properties/kind": OTHER_FACTS,
    "facts/properties/name": OTHER_FACTS,
    "facts/properties/list kind": OTHER_FACTS,
    "facts/properties/listed": OTHER_FACTS,
    "facts/properties/created": (*OTHER_FACTS[:3], "not_yet_valid", *OTHER_FACTS[4:]),
    "facts/properties/from": OTHER_FACTS,
    "facts/properties/until": OTHER_FACTS,
    "facts/picture/kind": OTHER_FACTS,
    "facts/picture/data": OTHER_FACTS,
    "facts/picture/width": OTHER_FACTS,
    "facts/picture/height": OTHER_FACTS,
}
MAKER = {
    "maker/tbs/version": OTHER_MAKER,
    "maker/tbs/serial": OTHER_MAKER,
    "maker/tbs/algorithm": OTHER_MAKER,
    "maker/tbs/issuer": (*OTHER_MAKER[:3], "untrusted", *OTHER_MAKER[4:]),
    "maker/tbs/validity/from": OTHER_MAKER,
    "maker/tbs/validity/until": OTHER_MAKER,
    "maker/tbs/subject": OTHER_MAKER,
    "maker/tbs/key/algorithm": OTHER_MAKER,
    "maker/tbs/key/point": OTHER_MAKER,
    "maker/tbs/extensions": OTHER_MAKER,
    "maker/algorithm": OTHER_MAKER,
    "maker/signature": OTHER_MAKER,
    "algorithm": NOT_AS_MADE,
    "value": NOT_AS_MADE,
}
EXPECTED = {
    "value/signed/version": NOT_SIGNED,
    **{f"value/signed/seal/{name}": answers for name, answers in (SEAL_FACTS | MAKER).items()},
    "value/signed/time": NOT_SIGNED,
    "value/signed/digest": ("invalid", "changed", *NOT_SIGNED[2:]),
    "value/signed/path": NOT_SIGNED,
    "value/signer/tbs/version": NO_SIGNER,
    "value/signer/tbs/serial": OTHER_SIGNER,
    "value/signer/tbs/algorithm": NO_SIGNER,
    "value/signer/tbs/issuer": (*OTHER_SIGNER[:3], "untrusted", *OTHER_SIGNER[4:]),
    "value/signer/tbs/validity/from": OTHER_SIGNER,
    "value/signer/tbs/validity/until": OTHER_SIGNER,
    "value/signer/tbs/subject": OTHER_SIGNER,
    "value/signer/tbs/key/algorithm": NO_KEY,
    "value/signer/tbs/key/point": NO_KEY,
    "value/signer/tbs/extensions": OTHER_SIGNER,
    "value/signer/algorithm": NO_SIGNER,
    "value/signer/signature": OTHER_SIGNER,
    "value/algorithm": (*NOT_SIGNED[:2], "unsupported", *NOT_SIGNED[3:]),
    "value/value": (*NOT_SIGNED[:6], "stamp_invalid"),
    "value/timestamp/token/kind": OTHER_STAMP,
    "value/timestamp/token/content/data/version": NOT_WRITTEN_DOWN,
    "value/timestamp/token/content/data/digests": NOT_WRITTEN_DOWN,
    "value/timestamp/token/content/data/stamped": OTHER_STAMP,
    "value/timestamp/token/content/data/certificates": NOT_WRITTEN_DOWN,
    "value/timestamp/token/content/data/signers": OTHER_STAMP,
}


@pytest.fixture
def sealed() -> bytes:
    """
    A licence with fonts, a picture and an attachment, sealed where its face says.
    """
    with_seal()
    layout = licence()
    (page,) = layout.pages
    picture = Picture(x=10, y=10, width=10, height=10, content=PNG, media_type="image/png")
    layout = replace(
        layout,
        pages=(LayoutPage(width=page.width, height=page.height, items=(*page.items, picture)),),
        attachments=(Attachment(name="face.xml", media_type="application/xml", content=b"<face>1</face>"),),
    )
    return services.seal_document(
        document=write_ofd(layout),
        agency_code=AGENCY,
        purpose=SealPurpose.LICENCE,
        case_number="C-1",
        actor=NODE,
        at=AT,
        places=layout.seal_places,
    ).content


def verdict_on(content: bytes, *, name: str = "a.ofd") -> FileVerdict:
    return services.verify_file(content=content, name=name, at=AT)


def answers_on(content: bytes) -> Answers:
    verdict = verdict_on(content)
    (one,) = verdict.signatures
    return (
        verdict.verdict.value,
        one.integrity.value,
        one.signature.value,
        one.certificate.value,
        one.validity.value,
        one.seal_state.value,
        one.time.value,
    )


def places_in(one: Range) -> Iterator[int]:
    """
    Give further places of a class, the middle left out.
    """
    step = max((one.end - one.begin) // PLACES, 1)
    return (place for place in range(one.begin, one.end, step) if place != one.middle and PLACES > 1)


class TestSignature:
    def test_answers_for_each_class_of_its_bytes(self, sealed: bytes) -> None:
        value = unzipped(sealed)[VALUE_PART]
        found = {}
        for one in ranges(value, VALUE, "value"):
            answers = answers_on(with_part(sealed, VALUE_PART, turned(value, one.middle)))
            if one.name.endswith((": tag", ": length")):
                # Which answer notices a broken structure depends on where; none of them lets it pass.
                assert answers[0] == "invalid", one.name
            else:
                found[one.name] = answers
            for place in places_in(one):
                assert answers_on(with_part(sealed, VALUE_PART, turned(value, place)))[0] == "invalid", place

        assert answers_on(sealed) == SOUND
        assert found == EXPECTED

    def test_is_none_when_it_is_gone_or_longer(self, sealed: bytes) -> None:
        value = unzipped(sealed)[VALUE_PART]

        assert answers_on(with_part(sealed, VALUE_PART, None)) == UNREAD
        assert answers_on(with_part(sealed, VALUE_PART, value + b"\0")) == UNREAD


class TestParts:
    def test_each_is_told_by_name_when_it_was_changed(self, sealed: bytes) -> None:
        held = unzipped(sealed)
        places = {
            "OFD.xml": held["OFD.xml"].index(b"<ofd:Title>") + len(b"<ofd:Title>"),
            "Doc_0/Document.xml": held["Doc_0/Document.xml"].index(b"297"),
            "Doc_0/PublicRes.xml": held["Doc_0/PublicRes.xml"].index(b"FontName") + len(b'FontName="'),
            "Doc_0/DocumentRes.xml": held["Doc_0/DocumentRes.xml"].index(b"PNG"),
            "Doc_0/Attachs/Attachments.xml": held["Doc_0/Attachs/Attachments.xml"].index(b"face.xml"),
            "Doc_0/Attachs/face.xml": held["Doc_0/Attachs/face.xml"].index(b"1"),
            PAGE_PART: held[PAGE_PART].rindex(b"</ofd:TextCode>") - 1,
            BACKGROUND_PART: held[BACKGROUND_PART].index(b"Boundary") + len(b'Boundary="'),
            SEAL_PART: len(held[SEAL_PART]) // 2,
        }
        places |= {name: len(part) // 2 for name, part in held.items() if name.endswith((".ttf", ".png"))}

        assert set(held) - set(places) == {VALUE_PART, SIGNATURE_PART, LIST_PART}
        for name, place in places.items():
            changed = with_part(sealed, name, turned(held[name], place))
            assert answers_on(changed) == PART_CHANGED, name
            assert verdict_on(changed).uncovered == (name,)

    def test_each_is_missed_when_it_is_gone(self, sealed: bytes) -> None:
        for name in set(unzipped(sealed)) - {"OFD.xml", LIST_PART, SIGNATURE_PART, VALUE_PART}:
            assert answers_on(with_part(sealed, name, None)) == PART_CHANGED, name
        for name in ("OFD.xml", LIST_PART):
            verdict = verdict_on(with_part(sealed, name, None))
            assert (verdict.verdict.value, verdict.signatures) == ("unreadable", ()), name

    def test_each_is_named_when_it_came_later(self, sealed: bytes) -> None:
        verdict = verdict_on(with_part(sealed, "Doc_0/Pages/Page_1/Content.xml", b"<more/>"))

        assert (verdict.verdict.value, verdict.uncovered) == ("valid", ("Doc_0/Pages/Page_1/Content.xml",))

    def test_what_was_signed_is_found_changed_in_each_of_its_entries(self, sealed: bytes) -> None:
        signed = unzipped(sealed)[SIGNATURE_PART]

        for before, after in (
            (b"1.2.156.10197.1.501", b"1.2.156.10197.1.502"),
            (b"TONGBAN", b"TONGBAM"),
            (b"2026-11-21", b"2026-11-22"),
            (b"CheckMethod", b"CheckMethoe"),
            (b"<ofd:CheckValue>", b"<ofd:CheckValue>A"),
            (b'PageRef="1"', b'PageRef="2"'),
            (b'Boundary="', b'Boundary="1'),
            (b"Seal.esl", b"Seal.esm"),
        ):
            assert before in signed
            changed = with_part(sealed, SIGNATURE_PART, signed.replace(before, after, 1))
            assert answers_on(changed)[0] == "changed", before

    def test_the_list_of_signatures_can_lose_or_hide_none_and_leave_the_file_valid(
        self, sealed: bytes
    ) -> None:
        listed = unzipped(sealed)[LIST_PART]
        start, end = listed.index(b"<ofd:Signature "), listed.index(b"</ofd:Signatures>")

        emptied = verdict_on(with_part(sealed, LIST_PART, listed[:start] + listed[end:]))
        elsewhere = verdict_on(with_part(sealed, LIST_PART, listed.replace(b"Sign_0", b"Sign_1")))

        assert (emptied.verdict.value, emptied.signatures) == ("unsigned", ())
        assert elsewhere.verdict.value == "invalid"

    def test_bytes_outside_all_parts_are_told(self, sealed: bytes) -> None:
        verdict = verdict_on(sealed + b"more")

        assert (verdict.verdict.value, verdict.uncovered) == ("valid", ("*",))


class TestSeal:
    def test_answers_for_each_class_of_its_bytes(self) -> None:
        seal = whole(with_seal())
        found = {}
        for one in ranges(seal, SEAL, "seal"):
            verdict = verdict_on(turned(seal, one.middle), name="a.esl")
            found[one.name] = verdict.verdict.value
            for place in places_in(one):
                assert verdict_on(turned(seal, place), name="a.esl").verdict.value != "valid", place

        assert verdict_on(seal, name="a.esl").verdict.value == "valid"
        names = {f"seal/{name}" for name in SEAL_FACTS | MAKER}
        assert {name: found[name] for name in names} == {
            name: "unreadable" if name == "seal/facts/header/id" else "invalid" for name in names
        }
        assert set(found.values()) == {"invalid", "unreadable"}
