"""
Means of proof, schemes of levels and acts of high risk, as the data has them.
"""

import pytest

from tongban.support.identity.values import HighRiskAct, MeansCode, fresh_levels, means, schemes

COUNTED = {"MOBILE_CODE", "SOCIAL_SECURITY_CARD", "BANK_CARD", "PROVIDENT_FUND", "DRIVING_LICENCE"}


class TestMeans:
    def test_are_all_that_the_code_names(self) -> None:
        assert set(means()) == set(MeansCode)

    def test_name_the_five_contents_of_a_registration(self) -> None:
        assert {one.code for one in means().values() if one.counts} == COUNTED

    def test_are_fresh_checks_only_where_somebody_must_be_there(self) -> None:
        assert {one.code for one in means().values() if one.fresh} == {"MOBILE_CODE", "FACE", "CERTIFICATE"}

    @pytest.mark.parametrize("one", means().values(), ids=means())
    def test_give_a_level_that_exists_and_say_it_in_two_languages(self, one: object) -> None:
        assert 1 <= one.level <= 4  # type: ignore[attr-defined]
        assert all((one.title, one.title_en, one.hint, one.hint_en))  # type: ignore[attr-defined]

    def test_ask_for_a_fact_only_where_somebody_can_judge_it(self) -> None:
        for one in means().values():
            assert bool(one.field) == bool(one.pattern)
            assert not one.field or one.authority is not None


class TestSchemes:
    @pytest.mark.parametrize(
        ("scheme", "level", "step"),
        [
            ("NATIONAL", 0, "0"),
            ("NATIONAL", 4, "4"),
            ("NATIONAL_1_TO_5", 0, "1"),
            ("NATIONAL_1_TO_5", 4, "5"),
            ("ANHUI", 0, "匿名"),
            ("ANHUI", 1, "匿名"),
            ("ANHUI", 2, "初级"),
            ("ANHUI", 3, "中级"),
            ("ANHUI", 4, "中级"),
            ("TICKET", 4, "3"),
        ],
    )
    def test_say_what_a_level_of_ours_is_there(self, scheme: str, level: int, step: str) -> None:
        assert schemes()[scheme].reached(level=level).code == step

    def test_give_anhuis_highest_level_to_a_face_seen_a_moment_ago_only(self) -> None:
        anhui = schemes()["ANHUI"]

        assert anhui.reached(level=3, is_fresh=True).code == "高级"
        assert anhui.reached(level=2, is_fresh=True).code == "初级"

    @pytest.mark.parametrize(
        ("scheme", "step", "level"),
        [("ANHUI", "初级", 2), ("ANHUI", "高级", 3), ("NATIONAL_1_TO_5", "3", 2), ("TICKET", "1", 1)],
    )
    def test_say_what_a_level_there_is_here(self, scheme: str, step: str, level: int) -> None:
        found = schemes()[scheme].step(step)

        assert found is not None
        assert found.level == level

    def test_know_no_step_that_is_not_theirs(self) -> None:
        assert schemes()["NATIONAL"].step("5") is None

    @pytest.mark.parametrize("scheme", schemes().values(), ids=schemes())
    def test_begin_at_the_bottom_and_never_fall(self, scheme: object) -> None:
        levels = [step.level for step in scheme.steps]  # type: ignore[attr-defined]

        assert levels[0] == 0
        assert levels == sorted(levels)


class TestActsOfHighRisk:
    def test_all_say_how_strong_the_check_must_be(self) -> None:
        assert set(fresh_levels()) == set(HighRiskAct)
        assert set(fresh_levels().values()) <= {one.level for one in means().values() if one.fresh}
