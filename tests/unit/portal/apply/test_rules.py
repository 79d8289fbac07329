"""
What a draft begins with.
"""

import pytest

from tongban.business.catalogue.values import ApplicantKind, Situation, SituationOption
from tongban.portal.apply.rules import (
    merged_situations,
    new_resume_code,
    normal_resume_code,
    unanswered,
    unit_kind,
)

PLACE = Situation(
    code="place",
    question="哪一类场所？",
    options=(
        SituationOption(code="place.barber", label="美发"),
        SituationOption(code="place.hotel", label="住宿"),
    ),
)
EXTRAS = Situation(
    code="extras",
    question="还有什么？",
    is_multiple=True,
    options=(
        SituationOption(code="extras.air", label="空调"),
        SituationOption(code="extras.water", label="供水"),
    ),
)


class TestKindOfAUnit:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("91350100M000100Y43", ApplicantKind.ENTERPRISE),
            ("92350100M000100Y43", ApplicantKind.OTHER),
            ("93350100M000100Y43", ApplicantKind.ENTERPRISE),
            ("12441500196720244T", ApplicantKind.INSTITUTION),
            ("11100000000013338W", ApplicantKind.GOVERNMENT),
            ("52350100M000100Y43", ApplicantKind.SOCIAL_ORGANISATION),
            ("N2350100M000100Y43", ApplicantKind.OTHER),
            ("", ApplicantKind.OTHER),
        ],
    )
    def test_follows_from_its_code(self, code: str, kind: ApplicantKind) -> None:
        assert unit_kind(code) is kind


class TestMergedSituations:
    @pytest.mark.parametrize(
        ("before", "given", "merged"),
        [
            ((), (), []),
            ((), ("place.hotel",), ["place.hotel"]),
            (("place.barber",), ("place.hotel",), ["place.hotel"]),
            (("place.barber", "extras.air"), ("extras.water",), ["place.barber", "extras.water"]),
            ((), ("place.barber", "place.hotel"), ["place.barber"]),
            ((), ("extras.water", "extras.air"), ["extras.air", "extras.water"]),
            (("gone.option",), ("none",), []),
        ],
    )
    def test_answer_again_only_what_was_given(
        self, before: tuple[str, ...], given: tuple[str, ...], merged: list[str]
    ) -> None:
        assert merged_situations((PLACE, EXTRAS), before, given) == merged


class TestUnanswered:
    def test_names_the_questions_left(self) -> None:
        assert unanswered((PLACE, EXTRAS), {"extras.air"}) == ["place"]
        assert unanswered((PLACE, EXTRAS), {"extras.air", "place.hotel"}) == []


class TestResumeCodes:
    def test_are_read_however_they_are_typed(self) -> None:
        code = new_resume_code()

        assert normal_resume_code(f" {code.lower().replace('-', ' ')}") == code
