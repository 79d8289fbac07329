"""
Whatever an editor of faces sends: a template that can be set, or a complaint; never a crash, never a page without end.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.support.documents.licences import licence
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.support.documents.services import default_face_template, read_template, template_json, write_ofd

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
LENGTHS = st.floats(0.1, 150)
FONTS = st.fixed_dictionaries(
    {"size": st.floats(0.5, 40), "least_size": st.floats(0.5, 40)},
    optional={"tracking": st.floats(-0.2, 3), "line_height": st.floats(0.8, 4), "family": st.just("sans")},
)
TEXTS = st.sampled_from(
    ["{title}", "{issued_date:date}", "固定文字", "{", "{nothing}", "\u202e\x00", "A" * 300]
)
MORE: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "text": {"text": TEXTS, "font": FONTS, "align": st.sampled_from(["start", "center", "end"])},
    "lines": {"font": FONTS, "label_share": st.floats(0.1, 2), "label_width": st.floats(0.1, 40)},
    "qr": {"field": st.sampled_from(["verification_url", "title"])},
    "seal": {"name": st.just("second")},
    "picture": {"field": st.just("photo")},
    "line": {"stroke_width": st.floats(0.01, 20)},
    "frame": {"radius": LENGTHS, "fill": st.just("#ffffff")},
    "corners": {"size": st.floats(0.1, 100)},
    "waves": {"strands": st.integers(1, 12), "period": st.floats(1, 200), "gap": st.floats(0.5, 200)},
    "path": {"commands": st.sampled_from(["M 0 0 L 5 5", "M 0 0 Q 1 1 2 2 C", "X"])},
    "watermark": {"text": TEXTS, "angle": st.floats(-90, 90)},
}


def boxes_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    common = {"kind": st.just(kind), "x": LENGTHS, "y": st.floats(0, 60), "width": LENGTHS, "height": LENGTHS}
    conditions = {
        "when": st.sampled_from(["demonstration", "last_valid_date"]),
        "unless": st.just("title_en"),
    }
    return st.fixed_dictionaries({**common, **MORE[kind]}, optional=conditions)


BOXES = st.sampled_from(sorted(MORE)).flatmap(boxes_of)


def refusal(call: Callable[[], object]) -> ServiceError | None:
    try:
        call()
    except ServiceError as error:
        return error
    return None


def spoilt(value: Any, path: list[int], replacement: Any) -> Any:
    """
    Return a copy of a JSON value with one part of it, found by `path`, replaced.
    """
    if not path or not isinstance(value, dict | list) or not value:
        return replacement
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    chosen = keys[path[0] % len(keys)]
    copy = value.copy()
    copy[chosen] = spoilt(value[chosen], path[1:], replacement)
    return copy


class TestReadTemplate:
    @given(source=st.binary(max_size=200) | st.text(max_size=200))
    def test_reads_no_template_out_of_noise(self, source: bytes | str) -> None:
        with pytest.raises(InvalidInput) as error:
            read_template(source)

        assert error.value.fields

    @settings(deadline=None)
    @given(path=st.lists(st.integers(0, 50), min_size=1, max_size=6), replacement=JSON)
    def test_complains_about_a_spoilt_template_or_can_still_use_it(
        self, path: list[int], replacement: Any
    ) -> None:
        source = spoilt(template_json(default_face_template()), path, replacement)
        refused = refusal(lambda: read_template(source))
        if refused is not None:
            assert isinstance(refused, InvalidInput)
            assert all(refused.fields.values())
            return

        template = read_template(source)

        assert read_template(template_json(template)) == template
        refused = refusal(lambda: write_ofd(licence(template=template)))
        assert refused is None or refused.status in {422, 503}


class TestLayOutFace:
    @settings(deadline=2_000)
    @given(boxes=st.lists(BOXES, max_size=6))
    def test_sets_every_template_that_was_accepted_or_says_why_not(self, boxes: list[dict[str, Any]]) -> None:
        source = {"pages": [{"boxes": boxes}]}
        refused = refusal(lambda: licence(template=read_template(source)))
        if refused is not None:
            assert refused.status in {422, 503}
            return

        layout = licence(template=read_template(source))

        assert write_ofd(layout) == write_ofd(layout)
