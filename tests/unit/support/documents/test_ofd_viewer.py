import io
import threading
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import pikepdf
import pytest
from PIL import Image, ImageChops

from tests.factories import ofd
from tests.unit.support.documents.licences import licence
from tongban.support.documents.adapters import ofd_viewer
from tongban.support.documents.adapters.process import answer_of
from tongban.support.documents.ports import NotViewable, ViewerBusy
from tongban.support.documents.services import write_ofd
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import (
    SealPicture,
    StampedSeal,
    Unreadable,
    ViewForm,
    ViewNote,
    ViewOrder,
)

RED_SEAL = StampedSeal(
    document=0,
    page=0,
    box=Box(x=150, y=220, width=40, height=40),
    clip=None,
    picture=SealPicture(media_type="image/png", content=ofd.picture(color="#c00000"), width=40, height=40),
)


def order(content: bytes, form: ViewForm = ViewForm.SVG, *, count: int = 9) -> ViewOrder:
    return ViewOrder(content=content, form=form, count=count, seals=(RED_SEAL,))


def picture_of(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.convert("RGB")


class TestView:
    def test_draws_everything_in_a_process_that_can_open_nothing(self) -> None:
        view = ofd_viewer.view(order(ofd.zipped(ofd.rich_parts())))

        assert [page.number for page in view.pages] == [1, 2]
        assert view.pages[0].notes == (ViewNote.PICTURE_NOT_SHOWN,)
        assert view.pages[0].text.startswith("模板标题\n测试文件甲\n甲乙丙 甲乙\n")
        outlines = ET.fromstring(view.pages[0].svg).findall(".//{http://www.w3.org/2000/svg}path[@id]")
        assert len(outlines) == 4
        assert view.files == ()

    def test_makes_pictures_with_the_seal_where_it_was_put(self) -> None:
        wanted = replace(order(ofd.zipped(ofd.rich_parts()), ViewForm.PNG), dots_per_inch=72)

        view = ofd_viewer.view(wanted)

        first, second = (picture_of(content) for content in view.files)
        assert first.size == second.size == (595, 842)
        # 72 dots an inch are 2.8346 to a millimetre: the middle of the seal, and its neighbourhood.
        assert first.getpixel((482, 680)) == (192, 0, 0)
        assert first.getpixel((400, 680)) == (255, 255, 255)
        assert ImageChops.difference(first, second).getbbox() is not None

    def test_makes_one_pdf_of_all_pages(self) -> None:
        view = ofd_viewer.view(order(ofd.zipped(ofd.rich_parts()), ViewForm.PDF))

        with pikepdf.open(io.BytesIO(view.files[0])) as document:
            assert len(document.pages) == 2
            assert [float(side) for side in document.pages[0].mediabox] == pytest.approx(
                [0, 0, 595.276, 841.89], abs=0.01
            )

    def test_reads_our_fonts_only_for_files_that_do_not_bring_theirs(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []

        def answer(command: list[str], content: bytes, *, most_seconds: float) -> bytes:
            asked.append(command[-1])
            return answer_of(command, content, most_seconds=most_seconds)

        monkeypatch.setattr(ofd_viewer, "answer_of", answer)
        for content in (write_ofd(licence()), ofd.plain_ofd()):
            assert len(ofd_viewer.view(replace(order(content, ViewForm.PNG), dots_per_inch=36)).files) == 1

        assert asked == ["bare", "bare", "fonts"]

    def test_draws_no_more_pages_than_wanted(self) -> None:
        wanted = order(ofd.zipped(ofd.parts(pages=[ofd.page_xml()] * 4)), count=2)

        assert [page.number for page in ofd_viewer.view(replace(wanted, first=2)).pages] == [2, 3]

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"no file", Unreadable.NOT_A_ZIP),
            (ofd.zipped(ofd.parts(pages=[])), Unreadable.MISSING_PART),
            (ofd.zipped(ofd.parts() | {"Doc_0/Document.xml": b"<a"}), Unreadable.BAD_XML),
        ],
    )
    def test_says_why_a_file_cannot_be_shown(self, content: bytes, reason: Unreadable) -> None:
        with pytest.raises(NotViewable) as refusal:
            ofd_viewer.view(order(content))

        assert refusal.value.reason == reason

    def test_survives_a_font_whose_outlines_never_end(self) -> None:
        fonts = '<ofd:Font ID="3" FontName="X"><ofd:FontFile>x.otf</ofd:FontFile></ofd:Font>'
        made = ofd.parts(
            pages=[ofd.page_xml(ofd.TEXT.replace("测试文件甲", "甲"))],
            resources=ofd.resources_xml(fonts=fonts),
            more={"Doc_0/Res/x.otf": ofd.endless_font()},
        )

        (page,) = ofd_viewer.view(order(ofd.zipped(made))).pages

        assert page.notes == (ViewNote.FONT_NOT_READ,)
        assert page.text == "甲"

    def test_may_die_without_taking_the_server_along(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ofd_viewer, "MOST_MEMORY_BYTES", 1024 * 1024)
        large = ofd.zipped(ofd.parts(more={"Doc_0/large.dat": b"\0" * 30_000_000}), method=zipfile.ZIP_STORED)

        with pytest.raises(NotViewable) as refusal:
            ofd_viewer.view(order(large))

        assert refusal.value.reason == Unreadable.TOO_COMPLEX

    def test_gives_up_on_what_takes_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ofd_viewer, "MOST_SECONDS", 0.01)

        with pytest.raises(NotViewable) as refusal:
            ofd_viewer.view(order(ofd.plain_ofd()))

        assert (refusal.value.reason, refusal.value.detail) == (Unreadable.TOO_COMPLEX, "time")

    def test_makes_no_pictures_larger_than_fits(self) -> None:
        many = order(ofd.zipped(ofd.parts(pages=[ofd.page_xml()] * 30)), ViewForm.PNG, count=30)

        with pytest.raises(NotViewable) as refusal:
            ofd_viewer.view(replace(many, dots_per_inch=400))

        assert (refusal.value.reason, refusal.value.detail) == (Unreadable.TOO_COMPLEX, "pixels")

    def test_lets_nobody_wait_long_for_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ofd_viewer, "_slots", threading.BoundedSemaphore(1))
        monkeypatch.setattr(ofd_viewer, "MOST_WAITING_SECONDS", 0.01)

        with ofd_viewer._slots, pytest.raises(ViewerBusy):
            ofd_viewer.view(order(ofd.plain_ofd()))

        assert [page.number for page in ofd_viewer.view(order(ofd.plain_ofd())).pages] == [1]
        assert [page.number for page in ofd_viewer.view(order(ofd.plain_ofd())).pages] == [1]
