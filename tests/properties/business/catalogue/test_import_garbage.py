"""
Whatever a feed holds, each row is taken or refused, nothing crashes, and importing again changes nothing.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories.catalogue import feed, lines, row
from tongban.business.catalogue.models import OfferingVersion
from tongban.business.catalogue.services import reading
from tongban.business.catalogue.services.reading import rows_of

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "name",
        "summary",
        "service_type",
        "agency_code",
        "materials",
        "promised_limit",
        "applicants",
        "extension",
    ]
)
SPOILED = st.tuples(FIELDS, JSON_VALUES).map(
    lambda pair: json.dumps(row("A-2", **{pair[0]: pair[1]})).encode()
)
GARBAGE = st.one_of(
    st.binary(max_size=200).map(lambda data: data.replace(b"\n", b" ")),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass").replace(b"\n", b" ")),
    JSON_VALUES.map(lambda value: json.dumps(value).encode()),
    SPOILED,
)


class TestGarbage(TestCase):
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(garbage=st.lists(GARBAGE, max_size=4))
    def test_each_row_is_taken_or_refused_and_a_second_import_changes_nothing(
        self, garbage: list[bytes]
    ) -> None:
        data = lines(row("A-1"), *garbage, row("A-3"))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "feed"

            first, _ = feed(path, data)
            versions = OfferingVersion.objects.count()
            second, _ = feed(path, data)

        assert first.rows == first.new + first.rejected
        assert (second.new, second.changed) == (0, 0)
        assert (second.unchanged, second.rejected) == (first.new, first.rejected)
        assert OfferingVersion.objects.count() == versions == first.new


class TestArrays:
    @given(
        values=st.lists(JSON_VALUES, max_size=6), chunk=st.integers(1, 40), indent=st.sampled_from([None, 2])
    )
    def test_are_cut_into_exactly_their_elements(
        self, values: list[Any], chunk: int, indent: int | None
    ) -> None:
        patch = pytest.MonkeyPatch()
        patch.setattr(reading, "CHUNK_BYTES", chunk)
        with TemporaryDirectory() as folder, patch.context():
            path = Path(folder) / "feed"
            path.write_text(json.dumps(values, indent=indent), encoding="utf-8")

            found = [json.loads(cut.data) for cut, _ in rows_of(path)]
        patch.undo()

        assert found == values
