"""
The reference of messages says of each field what msgspec holds it to.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
from django.db.models import TextChoices

from tongban.resources.datasets.values import Definition
from tools import message_shapes


class Colour(StrEnum):
    RED = "R"
    BLUE = "B"


class Size(TextChoices):
    BIG = "1", "大"


class Part(msgspec.Struct, frozen=True, array_like=True):
    """
    A part.
    """

    length: Annotated[int, msgspec.Meta(ge=1, lt=10)]


class Whole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A whole
    of parts.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    digest: Annotated[str, msgspec.Meta(min_length=64, max_length=64, pattern="^[0-9a-f]+$")]
    colour: Colour = Colour.BLUE
    size: Size
    parts: Annotated[tuple[Part, ...], msgspec.Meta(max_length=3)] = ()
    facts: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = msgspec.field(default_factory=dict)
    day: date | None = None
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    other: Any = msgspec.field(name="else", default=0)


class TestRowsOf:
    def test_says_type_bounds_and_default_of_each_field(self) -> None:
        rows = [row[:4] for row in message_shapes.rows_of(Whole)]

        assert rows == [
            ("`name`", "text", "1 to 50 characters", "required"),
            ("`digest`", "text", "exactly 64 characters, `^[0-9a-f]+$`", "required"),
            ("`colour`", "`R`, `B`", "", '`"B"`'),
            ("`size`", "`1`", "", "required"),
            ("`parts`", "list: [Part](#part)", "at most 3 entries", "empty"),
            ("`facts`", "object: text to integer", "", "empty"),
            ("`day`", "date or null", "", "`null`"),
            ("`at`", "moment", "with its offset", "required"),
            ("`else`", "anything", "", "`0`"),
        ]

    def test_reads_what_stands_under_a_field(self) -> None:
        notes = message_shapes.notes_of(Definition)

        assert notes["group_code"] == "项, two digits."
        assert "title" not in notes

    @pytest.mark.parametrize(
        ("least", "most", "words"),
        [
            (None, None, ""),
            (1, None, "at least 1"),
            (0, 9, "0 to 9"),
            (None, 9, "at most 9"),
            (3, 3, "exactly 3"),
        ],
    )
    def test_says_bounds_of_numbers(self, least: int | None, most: int | None, words: str) -> None:
        assert message_shapes.span(least, most, "") == words


class TestSections:
    def test_has_each_shape_once_by_name_with_what_it_means(self) -> None:
        part, whole = message_shapes.sections([Whole, Part])

        assert part.startswith("### Part\n\nA part. An array, in this order.\n")
        assert whole.startswith("### Whole\n\nA whole of parts. Other fields are refused.\n")
        assert "| `length` | integer | 1 to 9 | required |" in part

    def test_refuses_two_shapes_of_one_name(self) -> None:
        other = msgspec.defstruct("Part", [("length", int)])

        with pytest.raises(ValueError, match="two shapes are called Part"):
            list(message_shapes.sections([Part, other]))
