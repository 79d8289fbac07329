"""
What our writer writes, our reader shows: the same page, the same words, the same facts.
"""

from dataclasses import replace

import pytest

from tests.unit.support.documents.drawn_ofd import as_png
from tests.unit.support.documents.licences import BASE_TIME, licence
from tests.unit.support.documents.test_writing import (
    PIXELS_PER_MM,
    difference,
    everything,
    squeezed,
    striped,
)
from tongban.support.documents.services import (
    ofd_part,
    ofd_text,
    read_ofd,
    view_ofd,
    with_signature,
    write_ofd,
    write_png,
)
from tongban.support.documents.values import (
    Attachment,
    Layout,
    LayoutPage,
    SealPicture,
    SealPlace,
    SignatureProvider,
    Text,
    straddle_places,
)


@pytest.mark.parametrize("layout", [licence(), everything()], ids=["licence", "everything"])
class TestPage:
    def test_looks_the_same_in_our_viewer_as_in_the_pdf(self, layout: Layout) -> None:
        (page,) = view_ofd(write_ofd(layout))

        mean, clear = difference(
            as_png(page.svg, pixels_per_mm=PIXELS_PER_MM), write_png(layout, pixels_per_mm=PIXELS_PER_MM)
        )
        assert page.notes == ()
        assert mean < 0.5
        assert clear < 0.0005

    def test_says_the_same(self, layout: Layout) -> None:
        read = squeezed(ofd_text(write_ofd(layout)))

        for item in layout.pages[0].items:
            if isinstance(item, Text):
                assert squeezed(item.text) in read


class TestFacts:
    def test_come_back(self) -> None:
        face = Attachment(name="face.xml", media_type="application/xml", content=b"<face/>", title="照面数据")
        content = write_ofd(replace(licence(), attachments=(face,)))

        report = read_ofd(content)

        assert (report.facts.title, report.facts.author) == (licence().title, licence().author)
        assert dict(report.facts.metadata) == dict(licence().metadata)
        assert [attachment.name for attachment in report.facts.attachments] == ["照面数据"]
        assert ofd_part(content, "Doc_0/Attachs/face.xml") == b"<face/>"
        assert report.signatures == ()


class TestSeals:
    def test_stand_in_the_signed_file_where_the_pdf_draws_them(self) -> None:
        sizes = [(210.0, 100.0), (100.0, 210.0), (210.0, 100.0)]
        places = (
            *straddle_places(sizes, name="issuer", size=42, middle=50),
            SealPlace(name="issuer", page=1, x=20.5, y=120, width=42, height=42),
        )
        layout = replace(
            everything(),
            pages=tuple(LayoutPage(width=width, height=height, items=()) for width, height in sizes),
            seal_places=places,
        )
        picture = striped()

        signed = with_signature(
            write_ofd(layout),
            provider=SignatureProvider(name="test"),
            at=BASE_TIME,
            stamps=layout.seal_places,
            seal=b"seal",
            value=lambda _digest, _path: b"value",
        )

        pages = view_ofd(
            signed,
            picture_of=lambda _value: SealPicture(
                media_type="image/png", content=picture, width=42, height=42
            ),
        )
        assert len(pages) == 3
        for number, page in enumerate(pages):
            mean, clear = difference(
                as_png(page.svg, pixels_per_mm=PIXELS_PER_MM),
                write_png(layout, page=number, seal_pictures={"issuer": picture}),
            )
            assert page.notes == ()
            assert mean < 0.3
            assert clear < 0.0005
