"""
From what somebody typed to what is looked for.

A query becomes groups. A group is one thing meant, with the alternatives that names may use for it: the word itself, or
the official terms the lexicon gives for it. What matters of a group is its strength: how much of the query it is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from math import log

import rjieba

from tongban.support.search.rules import text
from tongban.support.search.rules.lexicon import Lexicon
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
ENOUGH = 0.5
ENOUGH_WITHOUT_TERM = 0.6
"""Names that cover less of the query's strength than this are noise."""
PRIMARY_WEIGHT = 0.9
MIN_BODY_CHARACTERS = 4
"""One everyday word stands in too many guides to be an answer."""
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
        self._cutter = rjieba.Jieba()
        for phrase in chain(lexicon.actions, lexicon.fillers):
            if len(phrase) > 1:
                self._cutter.add_word(phrase, PHRASE_WORD_FREQUENCY, "x")

    def read(self, query: str) -> Understood:
        """
        Understand a normalized query.
        """
        matches = self._lexicon.matches(query)
        words, actions = self._rest(query, matches)
        terms = [_term_group(row) for row, _ in matches]
        if not terms and not words:
            # Nothing but 补贴 or 注销: then that is what is asked for.
            words, actions = [word for word, _ in actions if len(word) > 1], []
        groups = [*terms, *self._word_groups(words, beside_term=bool(terms))]
        groups.sort(key=lambda group: (-group.is_term, -group.strength))
        intents = dict.fromkeys(row.intent for row, _ in matches if row.intent)
        return Understood(
            text=query,
            groups=tuple(groups[:MAX_GROUPS]),
            actions=tuple(dict.fromkeys(targets for _, targets in actions)),
            intents=tuple(intents),
        )

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
            for word in self._cutter.cut(part, False):  # noqa: FBT003 - the library's own signature
                is_known = word in self._lexicon.actions or word in self._lexicon.fillers
                if len(word) == 1 and not is_known:
                    run += word
                    continue
                yield from _run(run)
                run = ""
                if word not in self._lexicon.fillers:
                    yield word
            yield from _run(run)

    def _word_groups(self, words: list[str], *, beside_term: bool) -> Iterator[Group]:
        for word in dict.fromkeys(words):
            if word.isdigit():
                continue
            alternatives, count = self._word(word)
            if alternatives:
                low, high = WORD_STRENGTH
                strength = min(high, max(low, log(self._names / max(count, 1)) + 1))
                strength *= WORD_BESIDE_TERM if beside_term else 1
            else:
                strength = UNKNOWN_PER_CHARACTER * len(word) if beside_term else UNKNOWN_STRENGTH
            yield Group(label=word, strength=strength, alternatives=alternatives, is_term=False)

    def _word(self, word: str) -> tuple[tuple[Alternative, ...], int]:
        """
        Return how names may hold a word, and how many do; nothing where none can.
        """
        if self._names_with.get(word):
            return (Alternative(words=(word,), weight=1.0),), self._names_with[word]
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


def _run(run: str) -> Iterator[str]:
    if run:
        yield run


def _term_group(row: LexiconRow) -> Group:
    own = () if " " in row.phrase else (Alternative(words=(row.phrase,), weight=1.0),)
    targets = (Alternative(words=target.words, weight=target.weight) for target in row.targets)
    strength = min(MAX_TERM_STRENGTH, TERM_STRENGTH + TERM_PER_CHARACTER * len(text.squeezed(row.phrase)))
    return Group(label=row.phrase, strength=strength, alternatives=(*own, *targets), is_term=True)


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
    return whole * (ENOUGH if terms else ENOUGH_WITHOUT_TERM)


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
