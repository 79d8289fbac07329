"""
PDF copies as ISO 19005-2 (PDF/A-2b) asks for them: what can be said without a validator at hand.
"""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pikepdf
import pytest

from tests.unit.support.documents.licences import licence
from tests.unit.support.documents.test_writing import SEAL, everything
from tongban.support.documents.services import write_pdf
from tongban.support.documents.values import LayoutPage

FORBIDDEN = {
    "/JavaScript",
    "/Launch",
    "/Sound",
    "/Movie",
    "/ResetForm",
    "/ImportData",
    "/Hide",
    "/SetOCGState",
}


@pytest.fixture(params=["licence", "everything", "pages of two sizes"])
def document(request: pytest.FixtureRequest) -> Iterator[pikepdf.Pdf]:
    layout = licence() if request.param == "licence" else everything()
    if request.param == "pages of two sizes":
        across = layout.pages[0]
        layout = replace(
            layout, pages=(across, LayoutPage(width=100, height=150, items=across.items[2:4]), across)
        )
    with pikepdf.open(io.BytesIO(write_pdf(layout, seal_pictures={"issuer": SEAL}))) as opened:
        yield opened


def objects(document: pikepdf.Pdf) -> Iterator[Any]:
    return (item for item in document.objects if isinstance(item, pikepdf.Dictionary | pikepdf.Stream))


class TestFile:
    """
    6.1: the outer form.
    """

    def test_is_not_encrypted_and_has_an_id(self, document: pikepdf.Pdf) -> None:
        assert not document.is_encrypted
        assert len(document.trailer.ID) == 2
        assert document.pdf_version >= "1.7"

    def test_has_a_page_of_its_own_size_for_each_page(self, document: pikepdf.Pdf) -> None:
        sizes = [
            tuple(round(float(side) / 72 * 25.4) for side in page.MediaBox[2:]) for page in document.pages
        ]

        assert sizes in ([(297, 210)], [(210, 100)], [(210, 100), (100, 150), (210, 100)])


class TestColour:
    """
    6.2.3: colours mean something without a screen at hand.
    """

    def test_is_told_by_an_output_intent(self, document: pikepdf.Pdf) -> None:
        intents = document.Root.OutputIntents

        assert [str(intent.S) for intent in intents] == ["/GTS_PDFA1"]
        assert len(bytes(intents[0].DestOutputProfile.read_bytes())) > 100


class TestFonts:
    """
    6.2.11: every font is in the file, and its glyphs lead back to characters.
    """

    def test_are_embedded(self, document: pikepdf.Pdf) -> None:
        descriptors = [item for item in objects(document) if item.get("/Type") == "/FontDescriptor"]

        assert descriptors
        for descriptor in descriptors:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys())

    def test_lead_back_to_characters(self, document: pikepdf.Pdf) -> None:
        fonts = [
            item
            for item in objects(document)
            if item.get("/Type") == "/Font" and str(item.get("/Subtype")) == "/Type0"
        ]

        assert fonts
        assert all("/ToUnicode" in font for font in fonts)


class TestActions:
    """
    6.5: nothing happens when it is opened, and nothing is carried along.
    """

    def test_are_none(self, document: pikepdf.Pdf) -> None:
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(document.Root.keys())
        assert not [item for item in objects(document) if str(item.get("/S", "")) in FORBIDDEN]
        assert not [item for item in objects(document) if item.get("/Type") == "/EmbeddedFile"]


class TestMetadata:
    """
    6.6: it says what it is.
    """

    def test_names_part_and_conformance_and_agrees_with_the_information(self, document: pikepdf.Pdf) -> None:
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
            if "/Title" in document.docinfo:
                assert metadata["dc:title"] == str(document.docinfo.Title)
