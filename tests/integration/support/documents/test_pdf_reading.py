"""
Signatures of PDF files are found, and pages drawn, in a process of their own: it can reach nothing, and may die of it.
"""

import io

import pikepdf
import pytest
from PIL import Image

from tests.factories.seals import AT, with_seal
from tests.integration.support.seals.test_signing import plain_pdf, sealed
from tongban.support.documents import ports
from tongban.support.documents.adapters import pdf_reader
from tongban.support.documents.values import SealPlace
from tongban.support.documents.values.pdf import PdfChange
from tongban.support.seals import services
from tongban.support.seals.values import FileVerdictKind


@pytest.mark.django_db
def test_reads_two_signatures_with_their_stamps() -> None:
    with_seal()
    once = sealed(plain_pdf())
    twice = sealed(once.content)

    found = pdf_reader.read(twice.content)

    assert [one.id for one in found.signatures] == ["Seal1", "Seal2"]
    assert [(one.is_intact, one.is_right, one.is_whole_file) for one in found.signatures] == [
        (True, True, False),
        (True, True, True),
    ]
    assert [one.change for one in found.signatures] == [PdfChange.FILLED, PdfChange.NONE]
    assert all(one.timestamp for one in found.signatures)
    assert found.are_all is True


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"])
def test_says_that_a_broken_file_is_broken(content: bytes) -> None:
    with pytest.raises(ports.NotViewable) as refused:
        pdf_reader.read(content)

    assert refused.value.reason == "DAMAGED"


def test_never_calls_a_file_unsigned_whose_signature_is_hidden() -> None:
    hidden = plain_pdf() + b"\n9 0 obj\n<</Type /Sig /ByteRange [0 840 960 240]>>\nendobj\n"

    with pytest.raises(ports.NotViewable) as refused:
        pdf_reader.read(hidden)

    assert refused.value.reason == "DAMAGED"
    assert pdf_reader.read(plain_pdf()).signatures == ()


def test_ends_who_takes_too_long_and_the_file_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reader, "MOST_SECONDS", 0.05)
    monkeypatch.setattr(ports, "pdf_reader", lambda: pdf_reader.read)

    verdict = services.verify_file(content=plain_pdf(), name="x.pdf", at=AT)

    assert verdict.verdict is FileVerdictKind.UNREADABLE


def turned_pdf(turned: int) -> bytes:
    """
    Return two pages, the second of which is cut and turned.
    """
    output = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        page = document.add_blank_page(page_size=(800, 600))
        page.cropbox = pikepdf.Array([100, 50, 700, 550])
        page.rotate(turned, relative=False)
        with document.open_metadata() as metadata:
            metadata["dc:title"] = "协议"
        document.save(output)
    return output.getvalue()


def reddest(picture: bytes, *, width: float) -> tuple[int, int]:
    """
    Return the middle of what is red, mm from the upper left corner.
    """
    with Image.open(io.BytesIO(picture)) as image:
        scale = width / image.width
        green = image.convert("RGB").getchannel("G").point(lambda value: 255 if value < 200 else 0)
    box = green.getbbox()
    assert box is not None
    return round((box[0] + box[2]) / 2 * scale), round((box[1] + box[3]) / 2 * scale)


@pytest.mark.django_db
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_draws_pages_as_they_are_seen_and_the_seal_where_it_was_put(turned: int) -> None:
    with_seal()
    place = SealPlace(name="issuer", page=1, x=110, y=25, width=40, height=40)

    after = pdf_reader.view(sealed(turned_pdf(turned), places=[place]).content, 2)

    seen = (176.39, 211.67) if turned in (90, 270) else (211.67, 176.39)
    assert after.sizes == ((209.9, 297.04), seen)
    assert len(after.pictures) == 2
    assert reddest(after.pictures[1], width=seen[0]) == (130, 45)


def test_draws_no_more_than_asked_and_nothing_of_what_is_no_pdf() -> None:
    view = pdf_reader.view(turned_pdf(0), 0)

    assert (len(view.sizes), view.pictures) == (2, ())
    with pytest.raises(ports.NotViewable):
        pdf_reader.view(b"%PDF-1.7", 1)
