from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.factories import ofd
from tongban.foundation.errors import InvalidInput
from tongban.support.documents import ports
from tongban.support.documents.services import ofd_reading
from tongban.support.documents.services.ofd_reading import OfdLocked, OfdUnreadable, OfdViewerBusy
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import (
    SealPicture,
    SignatureProvider,
    Unreadable,
    View,
    ViewedPage,
    ViewForm,
    ViewOrder,
)

AT = datetime(2026, 11, 22, 2, 3, 4, tzinfo=UTC)
PICTURE = SealPicture(media_type="image/png", content=b"picture", width=40, height=40)


@dataclass(frozen=True)
class Place:
    page: int = 0
    x: float = 150.0
    y: float = 220.0
    width: float = 40.0
    height: float = 40.0
    clip: Box | None = None


def signed(content: bytes, *, place: Place | None = None, lock: bool = False) -> bytes:
    return ofd_reading.with_signature(
        content,
        provider=SignatureProvider(name="通办"),
        at=AT,
        stamps=[place or Place()],
        seal=ofd.SEAL,
        value=lambda _digest, _path: ofd.VALUE + ofd.SEAL,
        lock=lock,
    )


class Drawer:
    """
    A viewer that remembers what it was asked for.
    """

    def __init__(self, error: ports.NotViewable | None = None) -> None:
        self.orders: list[ViewOrder] = []
        self._error = error

    def __call__(self, order: ViewOrder) -> View:
        self.orders.append(order)
        if self._error:
            raise self._error
        page = ViewedPage(number=1, width=210, height=297, svg=b"<svg/>", text="文", notes=())
        return View(pages=(page, page), files=(b"file",))


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> Drawer:
    drawer = Drawer()
    monkeypatch.setattr(ports, "_viewers", [drawer])
    return drawer


class TestReadOfd:
    def test_reports_facts_signatures_and_coverage(self) -> None:
        report = ofd_reading.read_ofd(signed(ofd.plain_ofd()))

        assert report.facts.title == "演示文件"
        assert [signature.digests_hold for signature in report.signatures] == [True]
        assert report.coverage.uncovered == ()

    def test_judges_signatures_of_a_file_whose_pages_cannot_be_read(self) -> None:
        report = ofd_reading.read_ofd(
            ofd.zipped(ofd.signed(ofd.parts()) | {"Doc_0/Document.xml": b"<broken"})
        )

        assert report.facts.unreadable is Unreadable.BAD_XML
        assert [signature.digests_hold for signature in report.signatures] == [False]

    @pytest.mark.parametrize(
        "ask",
        [
            ofd_reading.read_ofd,
            ofd_reading.page_sizes,
            signed,
            lambda content: ofd_reading.ofd_part(content, "OFD.xml"),
        ],
    )
    def test_says_why_a_file_is_none(self, ask: Callable[[bytes], object]) -> None:
        with pytest.raises(OfdUnreadable) as refusal:
            ask(b"no file")

        assert refusal.value.facts == {"reason": "NOT_A_ZIP"}

    def test_hands_out_one_part(self) -> None:
        assert ofd_reading.ofd_part(ofd.plain_ofd(), "doc_0/publicres.xml") == ofd.resources_xml().encode()
        with pytest.raises(OfdUnreadable) as refusal:
            ofd_reading.ofd_part(ofd.plain_ofd(), "nothing.xml")
        assert refusal.value.facts == {"reason": "MISSING_PART"}


class TestWithSignature:
    def test_refuses_a_locked_file(self) -> None:
        locked = signed(ofd.plain_ofd(), lock=True)

        with pytest.raises(OfdLocked):
            signed(locked)

    def test_refuses_a_page_that_is_not_there(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            signed(ofd.plain_ofd(), place=Place(page=1))

        assert refusal.value.fields == {"stamps": "文件没有这一页"}


class TestView:
    def test_asks_for_pages_with_the_pictures_of_their_seals(self, drawer: Drawer) -> None:
        asked: list[bytes] = []

        def picture_of(value: bytes) -> SealPicture:
            asked.append(value)
            return PICTURE

        pages = ofd_reading.view_ofd(signed(ofd.plain_ofd()), picture_of=picture_of, first=2, count=3)

        assert len(pages) == 2
        (order,) = drawer.orders
        assert (order.form, order.first, order.count) == (ViewForm.SVG, 2, 3)
        assert [(seal.page, seal.box, seal.picture) for seal in order.seals] == [
            (0, Box(x=150, y=220, width=40, height=40), PICTURE)
        ]
        assert asked == [ofd.VALUE + ofd.SEAL]

    def test_looks_into_the_seal_where_the_value_shows_none(self, drawer: Drawer) -> None:
        def picture_of(value: bytes) -> SealPicture | None:
            if value.startswith(ofd.VALUE):
                raise ValueError
            return PICTURE if value == ofd.SEAL else None

        ofd_reading.view_ofd(signed(ofd.plain_ofd()), picture_of=picture_of)

        assert drawer.orders[0].seals[0].picture == PICTURE

    def test_frames_seals_whose_picture_nobody_finds(self, drawer: Drawer) -> None:
        content = signed(ofd.plain_ofd())

        ofd_reading.view_ofd(content)
        ofd_reading.view_ofd(content, picture_of=lambda _value: None)

        assert [order.seals[0].picture for order in drawer.orders] == [None, None]

    def test_shows_pages_of_a_file_whose_list_of_signatures_is_spoilt(self, drawer: Drawer) -> None:
        made = ofd.signed(ofd.parts()) | {"Doc_0/Signs/Signatures.xml": b"<broken"}

        ofd_reading.view_ofd(ofd.zipped(made))

        assert drawer.orders[0].seals == ()

    def test_makes_pictures_pdf_and_text(self, drawer: Drawer) -> None:
        content = ofd.plain_ofd()

        assert ofd_reading.ofd_pictures(content, dots_per_inch=9_999) == (b"file",)
        assert ofd_reading.ofd_as_pdf(content) == b"file"
        assert ofd_reading.ofd_text(content) == "文\n\n文"
        assert [(order.form, order.dots_per_inch) for order in drawer.orders] == [
            (ViewForm.PNG, 400),
            (ViewForm.PDF, 120),
            (ViewForm.SVG, 120),
        ]

    def test_says_why_a_file_cannot_be_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ports, "_viewers", [Drawer(ports.NotViewable(Unreadable.TOO_COMPLEX))])

        with pytest.raises(OfdUnreadable) as refusal:
            ofd_reading.view_ofd(ofd.plain_ofd())

        assert refusal.value.facts == {"reason": "TOO_COMPLEX"}

    def test_says_that_others_are_being_drawn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ports, "_viewers", [Drawer(ports.ViewerBusy())])

        with pytest.raises(OfdViewerBusy) as refusal:
            ofd_reading.view_ofd(ofd.plain_ofd())

        assert (refusal.value.status, refusal.value.facts) == (503, {"reason": "BUSY"})
