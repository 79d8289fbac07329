import pytest

from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services.drawing import checked_commands, drawing_of, number, runs_of
from tongban.support.documents.services.setting import set_line
from tongban.support.documents.values import Box, SealPlace, page_reference, straddle_places

A4 = (210.0, 297.0)


class TestStraddlePlaces:
    def test_gives_every_page_its_slice_at_the_right_edge(self) -> None:
        first, second, third = straddle_places([A4] * 3, name="issuer", size=42, middle=148.5)

        assert first == SealPlace(
            name="issuer",
            page=0,
            x=196,
            y=127.5,
            width=42,
            height=42,
            clip=Box(x=0, y=0, width=14, height=42),
        )
        assert (second.x, second.clip) == (182, Box(x=14, y=0, width=14, height=42))
        assert (third.x, third.clip) == (168, Box(x=28, y=0, width=14, height=42))

    def test_shows_the_slice_exactly_at_the_edge_of_each_page(self) -> None:
        sizes = [A4, (297.0, 210.0), A4]

        for size, place in zip(sizes, straddle_places(sizes, name="s", size=40, middle=100), strict=True):
            assert place.clip is not None
            assert place.x + place.clip.x + place.clip.width == pytest.approx(size[0], abs=0.002)

    def test_shows_half_of_the_seal_on_a_page_alone(self) -> None:
        (only,) = straddle_places([A4], name="issuer", size=42, middle=100)

        assert (only.x, only.clip) == (189, Box(x=0, y=0, width=21, height=42))

    def test_seals_many_pages_in_groups_with_slices_of_three_millimetres_or_more(self) -> None:
        places = straddle_places([A4] * 40, name="issuer", size=42, middle=100)

        widths = [place.clip.width for place in places if place.clip is not None]
        begins = [place.page for place in places if place.clip is not None and place.clip.x == 0]
        assert [place.page for place in places] == list(range(40))
        assert min(widths) >= 3
        assert begins == [0, 13, 26]

    def test_gives_nothing_for_no_page(self) -> None:
        assert straddle_places([], name="issuer", size=42, middle=100) == ()


class TestPageReference:
    def test_follows_the_pages(self) -> None:
        assert [page_reference(page) for page in range(3)] == [1, 2, 3]


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(0, "0"), (-0.0001, "0"), (1.5, "1.5"), (10, "10"), (0.12345, "0.123"), (100.0, "100")],
    )
    def test_is_short(self, value: float, text: str) -> None:
        assert number(value) == text


class TestDrawing:
    def test_reads_every_command(self) -> None:
        assert drawing_of("M 0 0 L 1 -2.5 Q 1 2 3 4 B 1 2 3 4 5 6 C") == (
            ("M", (0, 0)),
            ("L", (1, -2.5)),
            ("Q", (1, 2, 3, 4)),
            ("B", (1, 2, 3, 4, 5, 6)),
            ("C", ()),
        )

    @pytest.mark.parametrize(
        "commands",
        [
            "",
            "L 0 0",
            "M 0",
            "M 0 0 L 1",
            "M 0 0 X 1 1",
            "M 0 0 L nan 1",
            'M 0 0"/><script>',
            "M 0 0 L 1e9 1",
            "M 0 0\n",
        ],
    )
    def test_refuses_anything_else(self, commands: str) -> None:
        with pytest.raises(InvalidInput):
            checked_commands(commands)

    def test_refuses_a_long_drawing_at_once(self) -> None:
        with pytest.raises(InvalidInput):
            checked_commands("M 0 0" + " L 1 1" * 100_000 + " X")


class TestRunsOf:
    def test_leaves_out_blanks_at_the_ends(self) -> None:
        (run,) = runs_of(set_line("  张 三  ", x=0, y=0, size=10))

        assert run.text == "张 三"
        assert run.offset == pytest.approx(2 * run.advances[1])
        assert len(run.advances) == 3

    def test_gives_nothing_for_blanks(self) -> None:
        assert list(runs_of(set_line("   ", x=0, y=0, size=10))) == []
