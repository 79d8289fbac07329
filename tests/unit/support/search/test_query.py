"""
From what is typed to what is looked for, and how names answer it.
"""

import pytest

from tongban.support.search.rules import query, ranking
from tongban.support.search.rules.lexicon import Lexicon
from tongban.support.search.rules.query import Reader, Understood
from tongban.support.search.rules.ranking import Name
from tongban.support.search.values import LexiconKind, LexiconRow, Segment, Target

NAMES = [
    "居民身份证挂失申报",
    "居民身份证补领",
    "护士执业注册",
    "护士执业注销注册",
    "最低生活保障",
    "取水许可证新办审批",
    "取水许可证注销",
]
NAMES_WITH = {
    "居民": 2, "身份": 2, "身份证": 2, "居民身份证": 2, "挂失": 1, "申报": 1, "护士": 2, "执业": 2, "注册": 2,
    "注销": 1, "最低": 1, "生活": 1, "保障": 1, "取水": 1, "许可": 1, "许可证": 1, "审批": 1, "新办": 1, "补领": 1,
}  # fmt: skip


def term(phrase: str, *targets: str) -> LexiconRow:
    wanted = tuple(Target(words=tuple(target.split())) for target in targets)
    return LexiconRow(kind=LexiconKind.TERM, phrase=phrase, targets=wanted, intent=f"about {phrase}")


LEXICON = Lexicon(
    [
        term("身份证", "居民身份证"),
        term("吃低保", "最低生活保障"),
        LexiconRow(kind=LexiconKind.ACTION, phrase="丢了", targets=(Target(words=("挂失",)),)),
        LexiconRow(kind=LexiconKind.ACTION, phrase="注销", targets=(Target(words=("注销",)),)),
        LexiconRow(kind=LexiconKind.FILLER, phrase="怎么办"),
        LexiconRow(kind=LexiconKind.FILLER, phrase="的"),
        term("打井", "取水许可证 新办"),
        term("老人", "最低生活保障"),
        LexiconRow(kind=LexiconKind.FILLER, phrase="老人"),
        LexiconRow(kind=LexiconKind.TERM, phrase="推荐"),
        term("well", "取水许可证 新办"),
        LexiconRow(kind=LexiconKind.FILLER, phrase="my"),
        LexiconRow(kind=LexiconKind.ACTION, phrase="cancel", targets=(Target(words=("注销",)),)),
    ]
)


def read(typed: str) -> Understood:
    return Reader(lexicon=LEXICON, names_with=NAMES_WITH, names=100).read(typed)


def answers(typed: str) -> list[str]:
    names = [Name(id=number, name=name, related="", demand=0) for number, name in enumerate(NAMES)]
    return [NAMES[answer.id] for answer in ranking.rank(names, understood=read(typed))]


class TestRead:
    def test_takes_phrases_actions_and_leaves_fillers(self) -> None:
        understood = read("身份证丢了怎么办")

        assert [group.label for group in understood.groups] == ["身份证"]
        assert understood.actions == (("挂失",),)
        assert understood.intents == ("about 身份证",)

    def test_keeps_words_that_names_hold(self) -> None:
        assert [group.label for group in read("护士执业").groups] == ["护士", "执业"]

    def test_marks_words_that_no_name_holds(self) -> None:
        assert read("火星移民").has_unknown

    def test_takes_who_it_is_about_for_little(self) -> None:
        groups = {group.label: (group.is_term, group.strength) for group in read("老人打井").groups}

        assert groups == {"打井": (True, 4.0), "老人": (False, 1.0)}

    def test_takes_who_it_is_about_for_all_where_nothing_else_is_said(self) -> None:
        assert [(group.label, group.is_term) for group in read("老人").groups] == [("老人", True)]

    def test_takes_verbs_and_pronouns_beside_a_term_for_a_story(self) -> None:
        groups = {group.label: group.strength for group in read("打井害怕别人").groups}

        assert groups == {"打井": 4.0, "害怕": 1.0, "别人": 1.0}

    def test_reads_english(self) -> None:
        understood = read("cancel my wells")

        assert [group.label for group in understood.groups] == ["well"]
        assert understood.actions == (("注销",),)

    def test_takes_an_action_alone_for_what_is_asked(self) -> None:
        assert [group.label for group in read("注销").groups] == ["注销"]

    @pytest.mark.parametrize("typed", ["", "的", "怎么办", "12345", "。。。"])
    def test_understands_nothing_of(self, typed: str) -> None:
        assert read(typed).is_empty


class TestTsqueries:
    def test_ask_for_all_groups(self) -> None:
        assert query.strict_tsquery(read("护士执业")) == "(('护士')) & (('执业'))"

    def test_ask_for_enough_groups(self) -> None:
        pairs = ["(('取水')) & (('护士'))", "(('取水')) & (('执业'))", "(('护士')) & (('执业'))"]

        assert query.wide_tsquery(read("护士执业取水")) == " | ".join(f"({pair})" for pair in pairs)

    @pytest.mark.parametrize("typed", ["火星移民", "火星移民护士", "的", ""])
    def test_ask_for_nothing_where_nothing_is_enough(self, typed: str) -> None:
        assert query.strict_tsquery(read(typed)) is None
        assert query.wide_tsquery(read(typed)) is None

    def test_leave_single_characters_out_for_bodies(self) -> None:
        assert query.body_tsquery(read("取水用表许可")) == "(('取水')) & (('许可'))"

    @pytest.mark.parametrize("typed", ["天气", "的", ""])
    def test_ask_guides_for_nothing_where_little_is_said(self, typed: str) -> None:
        assert query.body_tsquery(read(typed)) is None


class TestRank:
    def test_prefers_what_is_to_be_done(self) -> None:
        assert answers("身份证丢了") == ["居民身份证挂失申报", "居民身份证补领"]

    def test_prefers_beginnings_where_nothing_is_said(self) -> None:
        assert answers("护士执业") == ["护士执业注册", "护士执业注销注册"]

    def test_prefers_sequels_that_are_asked_for(self) -> None:
        assert answers("护士执业注销")[0] == "护士执业注销注册"

    def test_finds_names_that_share_no_character(self) -> None:
        assert answers("吃低保") == ["最低生活保障"]

    def test_looks_for_the_end_of_what_the_lexicon_says_begins(self) -> None:
        assert answers("打井注销") == ["取水许可证注销", "取水许可证新办审批"]

    @pytest.mark.parametrize("typed", ["打井推荐", "打井宇宙飞船外星人"])
    def test_answers_no_other_question(self, typed: str) -> None:
        assert answers(typed) == []

    def test_answers_what_is_meant_in_a_story(self) -> None:
        assert answers("打井害怕别人")[0] == "取水许可证新办审批"

    def test_tells_a_card_from_a_statement(self) -> None:
        name = Name(id=1, name="税收居民身份证明的开具", related="", demand=0)

        assert ranking.rank([name], understood=read("身份证")) == []

    def test_leaves_out_what_holds_too_little(self) -> None:
        assert answers("火星护士") == []


class TestSegments:
    def test_mark_what_was_asked_for(self) -> None:
        assert ranking.segments("居民身份证挂失", ["身份证"]) == (
            Segment(text="居民", is_hit=False),
            Segment(text="身份证", is_hit=True),
            Segment(text="挂失", is_hit=False),
        )

    def test_join_to_the_name_as_it_is_shown(self) -> None:
        shown = "取水許可（新辦）"

        assert "".join(part.text for part in ranking.segments(shown, ["许可", "新办"])) == shown
        assert [part.text for part in ranking.segments(shown, ["许可"]) if part.is_hit] == ["許可"]

    def test_mark_nothing_where_lengths_differ(self) -> None:
        assert ranking.segments("㎏许可", ["许可"]) == (Segment(text="㎏许可", is_hit=False),)
