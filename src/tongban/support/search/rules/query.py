"""
From what somebody typed to what is looked for.

A query becomes groups. A group is one thing meant, with the alternatives that names may use for it: the word itself, or
the official terms the lexicon gives for it. What matters of a group is its strength: how much of the query it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from math import log

from tongban.support.search.rules import text
from tongban.support.search.rules.lexicon import PART_DIVIDER, Lexicon
from tongban.support.search.values import LexiconRow

MAX_GROUPS = 6
TERM_STRENGTH = 2.0
TERM_PER_CHARACTER = 1.0
"""A longer phrase says more: 残疾儿童康复 against 残疾."""
MAX_TERM_STRENGTH = 8.0
TERMS_COUNTED = 2
"""Three needs in one sentence are three questions; a name that answers one of them is still an answer."""
WORD_STRENGTH = (1.5, 6.0)
WORD_BESIDE_TERM = 0.5
UNKNOWN_STRENGTH = 7.0
UNKNOWN_PER_CHARACTER = 1.25
"""Beside a known term, an unknown word weighs by its length: 宇宙飞船驾照 is no question about driving licences."""
UNKNOWN_LATIN = 4.0
"""English sentences hold more words; one that no name has says less than a Chinese one."""
SLIGHT = 1.0
"""Words of grammar, and who it is about beside what it is about: 老人 in 老人去世."""
GRAMMAR = frozenset("cdefmopqruy")
"""First letters of the tags of pronouns, numbers, adverbs, particles and the like (ICTCLAS)."""
TELLING = frozenset("aivz")
"""First letters of the tags of verbs and adjectives; beside a known term they tell a story: 怕别人用."""
ENOUGH = 0.5
ENOUGH_WITHOUT_TERM = 0.6
"""Names that cover less of the query's strength than this are noise."""
STORY = 1.5
"""How much stronger than what is meant all that is strange may be together."""
AS_GOOD = 0.5
"""A second need half as strong as the first is a question of its own."""
MIN_ENGLISH = 3
PAIR = 8.0
"""Two rare words that stand together in one name are meant, whatever else is said; one word never is so strong."""
PRIMARY_WEIGHT = 0.9
MIN_BODY_CHARACTERS = 4
"""One everyday word stands in too many guides to be an answer."""
FOUNDING = re.compile("设立登记|成立登记|新办|核发|设立|新设|筹设|发放|配发|申领")
"""How official names say that a thing begins."""
FOUNDING_INSTEAD = 0.5
SEQUELS = re.compile(
    "注销|变更|补办|补证|补发|遗失|终止|歇业|停业|恢复|撤销|更正|转出|转入|过户|分立|合并|改制|解除|作废"
    "|分支机构|延续|换发|换证|延期|到期"
)
"""How they say that it changes, ends, or is lost."""
PHRASE_WORD_FREQUENCY = 1_000_000
"""Larger than any word's of the dictionary, so that 怎么办 is never cut as 怎么 and 办."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """
    Words that must all be in a name, and what that is worth.
    """

    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Group:
    """
    One thing meant.
    """

    label: str
    strength: float
    alternatives: tuple[Alternative, ...]
    """Empty for a word that no name holds."""
    is_term: bool
    is_elsewhere: bool = False
    """Meant is something that no office does: 酒店预订."""


@dataclass(frozen=True, slots=True)
class Understood:
    """
    A query, understood.
    """

    text: str
    groups: tuple[Group, ...]
    actions: tuple[tuple[str, ...], ...]
    """For each action meant, the words of names that do it."""
    intents: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """
        Whether nothing can be looked for.
        """
        return not any(group.alternatives for group in self.groups)

    @property
    def has_unknown(self) -> bool:
        """
        Whether some word is in no name: a slip of the pen, perhaps.
        """
        return any(not group.alternatives for group in self.groups)


def is_sequel(word: str) -> bool:
    """
    Whether an official word says that something changes, ends or is lost.
    """
    return bool(SEQUELS.search(word))


class Reader:
    """
    Reads queries with a lexicon and with the vocabulary of the names that can be found.
    """

    def __init__(self, *, lexicon: Lexicon, names_with: dict[str, int], names: int) -> None:
        """
        Prepare the cutting of queries.

        :param names_with: in how many names a word occurs
        :param names: how many names there are
        """
        self._lexicon = lexicon
        self._names_with = names_with
        self._names = max(names, 1)
        self._cutter = text.new_dictionary()
        for phrase in chain(lexicon.actions, lexicon.fillers):
            if len(phrase) > 1 and not phrase.isascii():
                self._cutter.add_word(phrase, PHRASE_WORD_FREQUENCY, "x")

    def read(self, query: str) -> Understood:
        """
        Understand a normalized query.
        """
        matches = self._lexicon.matches(query)
        words, actions = self._rest(query, matches)
        terms = self._terms([row for row, _ in matches], actions, is_alone=not words)
        if not terms and not words:
            # Nothing but 补贴 or 注销: then that is what is asked for.
            words, actions = [word for word, _ in actions if len(word) > 1], []
        beside_term = any(group.is_term for group in terms)
        groups = [*terms, *self._word_groups(words, beside_term=beside_term, is_latin=query.isascii())]
        groups.sort(key=lambda group: (-group.is_term, -group.strength))
        intents = dict.fromkeys(row.intent for row, _ in matches if row.intent)
        return Understood(
            text=query,
            groups=tuple(groups[:MAX_GROUPS]),
            actions=tuple(dict.fromkeys(targets for _, targets in actions)),
            intents=tuple(intents),
        )

    def _terms(
        self, rows: list[LexiconRow], actions: list[tuple[str, tuple[str, ...]]], *, is_alone: bool
    ) -> list[Group]:
        # Phrases that are fillers too say who it is about. Alone they are all there is to go by.
        sequels = tuple(dict.fromkeys(word for _, targets in actions for word in targets if is_sequel(word)))
        slight = [row.phrase in self._lexicon.fillers for row in rows]
        is_only = is_alone and all(slight)
        return [
            _term_group(row, sequels=sequels, is_slight=who and not is_only)
            for row, who in zip(rows, slight, strict=True)
        ]

    def is_known(self, term: str) -> bool:
        """
        Whether names may hold a term: every dictionary word of it is in some name.
        """
        return all(len(lexeme) == 1 or self._names_with.get(lexeme) for lexeme in text.query_lexemes(term))

    def _rest(
        self, query: str, matches: Iterable[tuple[LexiconRow, tuple[tuple[int, int], ...]]]
    ) -> tuple[list[str], list[tuple[str, tuple[str, ...]]]]:
        rest = list(query)
        for _, places in matches:
            for start, end in places:
                rest[start:end] = " " * (end - start)
        words: list[str] = []
        actions: list[tuple[str, tuple[str, ...]]] = []
        for word in self._content(text.plain("".join(rest)).split()):
            if word in self._lexicon.actions:
                actions.append((word, self._lexicon.actions[word]))
            else:
                words.append(word)
        return words, actions

    def _content(self, parts: Iterable[str]) -> Iterator[str]:
        # Neighbouring single characters that mean something are a word the dictionary does not have: 慢特病.
        for part in parts:
            run = ""
            # Latin words are cut already; the cutter would find `open` in `opener`.
            for word in [part] if part.isascii() else self._cutter.cut(part, False):  # noqa: FBT003
                is_known = word in self._lexicon.actions or word in self._lexicon.fillers
                if len(word) == 1 and not is_known:
                    run += word
                    continue
                yield from _run(run)
                run = ""
                if word not in self._lexicon.fillers:
                    yield word
            yield from _run(run)

    def _word_groups(self, words: list[str], *, beside_term: bool, is_latin: bool) -> Iterator[Group]:
        for word in dict.fromkeys(words):
            if word.isdigit():
                continue
            alternatives, count = self._word(word)
            strength = self._strength(word, count, beside_term=beside_term)
            if is_latin and not alternatives:
                strength = UNKNOWN_LATIN
            yield Group(label=word, strength=strength, alternatives=alternatives, is_term=False)

    def _strength(self, word: str, count: int, *, beside_term: bool) -> float:
        if not word.isascii() and text.part_of_speech(word) in GRAMMAR:
            return SLIGHT
        if count:
            low, high = WORD_STRENGTH
            return min(high, max(low, log(self._names / count) + 1)) * (
                WORD_BESIDE_TERM if beside_term else 1
            )
        if not beside_term:
            return UNKNOWN_STRENGTH
        return SLIGHT if text.part_of_speech(word) in TELLING else UNKNOWN_PER_CHARACTER * len(word)

    def _word(self, word: str) -> tuple[tuple[Alternative, ...], int]:
        """
        Return how names may hold a word, and how many do; nothing where none can.
        """
        if self._names_with.get(word):
            return (Alternative(words=(word,), weight=1.0),), self._names_with[word]
        if word.isascii():
            forms = [form for form in _other_forms(word) if self._names_with.get(form)]
            count = sum(self._names_with[form] for form in forms)
            return tuple(Alternative(words=(form,), weight=1.0) for form in forms), count
        pieces = text.query_lexemes(word) if len(word) > 1 else ()
        pieces = pieces if len(pieces) > 1 else self._split(word)
        counts = [self._names_with.get(piece, 0) for piece in pieces]
        if not pieces or not all(counts):
            return (), 0
        if all(len(piece) > 1 for piece in pieces):
            return (Alternative(words=(word,), weight=1.0), Alternative(words=pieces, weight=0.9)), min(
                counts
            )
        # Characters alone prove nothing; the name must hold the whole word.
        return (Alternative(words=(word,), weight=1.0),), 1

    def _split(self, word: str) -> tuple[str, ...]:
        # 采砂证 is in no name, 采砂 and 证 are: cut a long word where both halves are known.
        for cut in range(2, len(word) - 1):
            if self._names_with.get(word[:cut]) and self._names_with.get(word[cut:]):
                return word[:cut], word[cut:]
        return ()


def _other_forms(word: str) -> tuple[str, ...]:
    """
    Return the plural of an English word, or what it may be the plural of.
    """
    forms = [f"{word}s", f"{word}es", word.removesuffix("s"), word.removesuffix("es")]
    forms += [f"{word[:-1]}ies"] if word.endswith("y") else []
    forms += [f"{word[:-3]}y"] if word.endswith("ies") else []
    return tuple(form for form in dict.fromkeys(forms) if form != word and len(form) >= MIN_ENGLISH)


def _run(run: str) -> Iterator[str]:
    if run:
        yield run


def _term_group(row: LexiconRow, *, sequels: tuple[str, ...], is_slight: bool) -> Group:
    said = row.phrase.replace(PART_DIVIDER, " ").split()
    # In Chinese a phrase of parts stands for its targets only; an English name may hold the words themselves.
    own = (Alternative(words=tuple(said), weight=1.0),) if len(said) == 1 or row.phrase.isascii() else ()
    targets = (
        alternative
        for target in row.targets
        for alternative in _toward(Alternative(words=target.words, weight=target.weight), sequels)
    )
    return Group(
        label=row.phrase,
        strength=_term_strength(row, is_slight=is_slight),
        alternatives=(*own, *targets),
        is_term=not is_slight and bool(row.targets),
        is_elsewhere=not row.targets,
    )


def _term_strength(row: LexiconRow, *, is_slight: bool) -> float:
    if is_slight:
        return SLIGHT
    if not row.targets:
        return MAX_TERM_STRENGTH
    return min(MAX_TERM_STRENGTH, TERM_STRENGTH + TERM_PER_CHARACTER * len(text.squeezed(row.phrase)))


def _toward(alternative: Alternative, sequels: tuple[str, ...]) -> Iterator[Alternative]:
    """
    Yield what an alternative becomes where something later is meant than its name says.

    公司设立登记 with 注销 is a name that holds 公司 and 注销.
    """
    stems = tuple(stem for word in alternative.words if (stem := FOUNDING.sub("", word)))
    if not sequels or not stems or stems == alternative.words:
        yield alternative
        return
    for sequel in sequels:
        yield Alternative(words=(*stems, sequel), weight=alternative.weight)
    yield Alternative(words=alternative.words, weight=alternative.weight * FOUNDING_INSTEAD)


def strength(groups: Iterable[Group]) -> float:
    """
    Return how much of a query these groups are.
    """
    return sum(group.strength for group in groups)


def strength_needed(of: Understood) -> float:
    """
    Return the strength of which a name must hold groups to answer the query; above 0 unless there are none.
    """
    terms = sorted((group.strength for group in of.groups if group.is_term), reverse=True)
    words = strength(group for group in of.groups if not group.is_term)
    whole = sum(terms[:TERMS_COUNTED]) + words
    if not terms:
        return min(whole * ENOUGH_WITHOUT_TERM, PAIR)
    if _is_another_question(of.groups, terms[0]):
        return whole * ENOUGH
    second = [strength for strength in terms[1:2] if strength >= terms[0] * AS_GOOD]
    return min(whole * ENOUGH, terms[0], *second)


def _is_another_question(groups: tuple[Group, ...], meant: float) -> bool:
    # Around what is certainly meant people tell stories; but where more is strange, it is no story.
    strange = [group.strength for group in groups if not group.alternatives]
    is_elsewhere = any(group.is_elsewhere for group in groups)
    return is_elsewhere or max(strange, default=0) > meant or sum(strange) > STORY * meant


# --- The text-search queries of PostgreSQL -----------------------------------------------------------------------


def narrow_tsquery(understood: Understood) -> str | None:
    """
    Return the tsquery of names that hold every group by its best alternatives; None where nothing can.
    """
    return _all_of(understood, lambda alternative: alternative.weight >= PRIMARY_WEIGHT)


def strict_tsquery(understood: Understood) -> str | None:
    """
    Return the tsquery of names that hold every group by any alternative; None where nothing can.
    """
    return _all_of(understood, lambda alternative: alternative.weight > 0)


def wide_tsquery(understood: Understood) -> str | None:
    """
    Return the tsquery of names that hold enough groups; None where no choice of groups is enough.
    """
    usable = [group for group in understood.groups if group.alternatives]
    needed = strength_needed(understood)
    choices: list[frozenset[str]] = []
    parts: list[str] = []
    for size in range(1, len(usable) + 1):
        for choice in combinations(usable, size):
            labels = frozenset(group.label for group in choice)
            if any(smaller <= labels for smaller in choices) or strength(choice) < needed:
                continue
            choices.append(labels)
            parts.append(" & ".join(_any_of(group.alternatives) for group in choice))
    return " | ".join(f"({part})" for part in parts) or None


def body_tsquery(understood: Understood) -> str | None:
    """
    Return the tsquery of guides that hold every word; None where the words are too few to mean anything.

    Guides hold many words that no name does, so words unknown to names are asked for too. Single characters are not
    indexed for guides.
    """
    parts: list[str] = []
    characters = 0
    for group in understood.groups:
        alternatives = group.alternatives or (Alternative(words=(group.label,), weight=1.0),)
        words = (_lexemes(alternative.words, shortest=2) for alternative in alternatives)
        usable = [lexemes for lexemes in dict.fromkeys(words) if lexemes]
        if usable:
            parts.append("(" + " | ".join(usable) + ")")
            characters += len(group.label)
    return " & ".join(parts) if characters >= MIN_BODY_CHARACTERS else None


def _all_of(understood: Understood, wanted: Callable[[Alternative], bool]) -> str | None:
    usable = [group for group in understood.groups if group.alternatives]
    if not usable or strength(usable) < strength_needed(understood):
        return None
    parts = []
    for group in usable:
        alternatives = tuple(filter(wanted, group.alternatives)) or group.alternatives
        parts.append(_any_of(alternatives))
    return " & ".join(parts)


def _any_of(alternatives: Iterable[Alternative]) -> str:
    return "(" + " | ".join(dict.fromkeys(_lexemes(alternative.words) for alternative in alternatives)) + ")"


def _lexemes(words: Iterable[str], *, shortest: int = 1) -> str:
    lexemes = dict.fromkeys(
        lexeme for word in words for lexeme in text.query_lexemes(word) if len(lexeme) >= shortest
    )
    return "(" + " & ".join(f"'{lexeme}'" for lexeme in lexemes) + ")" if lexemes else ""
