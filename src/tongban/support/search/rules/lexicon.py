"""
The lexicon: everyday phrases and what they stand for.

A file of it has one entry a line, tab separated: kind, phrases divided by |, targets divided by |, intent. The parts of
a phrase, and the words of a target, are divided by blanks; `*0.7` behind a target is its weight. Phrases of Latin
letters keep their blanks and have their parts divided by +: `birth+register`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tongban.support.search.rules import text
from tongban.support.search.values import LexiconKind, LexiconRow, Target

HEADER = "kind\tphrases\ttargets\tintent"
COLUMNS = 4
PART_DIVIDER = "+"
_ASCII_EDGE = r"(?<![0-9a-z]){}(?:e?s)?(?![0-9a-z])"
"""Latin phrases stand alone, in the singular or the plural: spa is not in space, but in spas."""
_SPELLINGS = (("licence", "licen[cs]e"), ("license", "licen[cs]e"), ("\\ ", "[ -]"), ("\\-", "[ -]?"))


class LexiconUnreadable(ValueError):
    """
    A line of a lexicon file does not have the four columns, or a weight is no number in (0, 1].
    """


def parse_file(lines: Iterable[str]) -> Iterator[LexiconRow]:
    """
    Yield one row for every phrase of a lexicon file, in its order.

    :raises LexiconUnreadable: says the line's number and what is wrong with it
    """
    for number, line in enumerate(lines, start=1):
        stripped = line.rstrip("\n")
        if not stripped or stripped == HEADER:
            continue
        columns = stripped.split("\t")
        if len(columns) != COLUMNS or columns[0].upper() not in LexiconKind.values:
            raise LexiconUnreadable(f"line {number}: expected {HEADER!r}")
        targets = tuple(parse_target(part, line=number) for part in columns[2].split("|") if part)
        for phrase in columns[1].split("|"):
            yield LexiconRow(
                kind=LexiconKind(columns[0].upper()),
                phrase=text.normalize(phrase),
                targets=targets,
                intent=columns[3],
            )


def parse_target(written: str, *, line: int = 0) -> Target:
    """
    Return the target that `written` says, e.g. "居民身份证 挂失*0.8".

    :raises LexiconUnreadable: the weight is no number above 0 and up to 1, or there are no words
    """
    words, _, weight = written.partition("*")
    try:
        value = float(weight or 1)
    except ValueError:
        value = 0.0
    parts = tuple(text.normalize(words).split())
    if not parts or not 0 < value <= 1:
        raise LexiconUnreadable(f"line {line}: bad target {written!r}")
    return Target(words=parts, weight=value)


@dataclass(frozen=True, slots=True)
class Phrase:
    """
    A phrase ready to be looked for.
    """

    row: LexiconRow
    parts: tuple[str, ...]
    patterns: tuple[re.Pattern[str] | None, ...]
    """For parts of Latin letters."""

    def places(self, query: str) -> tuple[tuple[int, int], ...] | None:
        """
        Return where each part stands in the query, or None where one is missing. Parts do not overlap.
        """
        taken: list[tuple[int, int]] = []
        for part, pattern in zip(self.parts, self.patterns, strict=True):
            place = _place(query, part, pattern, taken)
            if place is None:
                return None
            taken.append(place)
        return tuple(taken)


def _place(
    query: str, part: str, pattern: re.Pattern[str] | None, taken: list[tuple[int, int]]
) -> tuple[int, int] | None:
    if pattern is not None:
        spans = (found.span() for found in pattern.finditer(query))
        return next((span for span in spans if not _is_taken(span, taken)), None)
    start = query.find(part)
    while start >= 0:
        end = start + len(part)
        if not _is_taken((start, end), taken):
            return start, end
        start = query.find(part, start + 1)
    return None


def _is_taken(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(span[1] > left and span[0] < right for left, right in taken)


class Lexicon:
    """
    The rows in force, arranged for matching longest first.
    """

    def __init__(self, rows: Iterable[LexiconRow]) -> None:
        self.actions: dict[str, tuple[str, ...]] = {}
        self.fillers: set[str] = set()
        self.terms: list[LexiconRow] = []
        self._by_first: dict[str, list[Phrase]] = defaultdict(list)
        for row in rows:
            self._add(row)

    def _add(self, row: LexiconRow) -> None:
        if row.kind is LexiconKind.ACTION:
            self.actions[row.phrase] = tuple("".join(target.words) for target in row.targets)
        elif row.kind is LexiconKind.FILLER:
            self.fillers.add(row.phrase)
        else:
            self.terms.append(row)
            phrase = _phrase(row)
            self._by_first[phrase.parts[0][0]].append(phrase)

    def matches(self, query: str) -> list[tuple[LexiconRow, tuple[tuple[int, int], ...]]]:
        """
        Return the terms a normalized query holds, longest first; a stretch of it belongs to one term only.
        """
        found: list[tuple[Phrase, tuple[tuple[int, int], ...]]] = []
        for first in set(query):
            for phrase in self._by_first.get(first, ()):
                places = phrase.places(query)
                if places is not None:
                    found.append((phrase, places))
        # Of two phrases of one length, that of more parts says more: 读书 补助 before 小孩读书.
        found.sort(key=lambda match: (-sum(map(len, match[0].parts)), -len(match[0].parts), match[1]))
        return _without_overlaps(found)


def _phrase(row: LexiconRow) -> Phrase:
    parts = parts_of(row.phrase)
    return Phrase(row=row, parts=parts, patterns=tuple(map(_pattern, parts)))


def parts_of(phrase: str) -> tuple[str, ...]:
    """
    Return the parts of a phrase, each of which must be in a query: "id card" is one, 身份证 丢 are two.
    """
    return tuple(phrase.split(PART_DIVIDER) if phrase.isascii() else phrase.split())


def _pattern(part: str) -> re.Pattern[str] | None:
    if not part.isascii():
        return None
    written = re.escape(part)
    for one, either in _SPELLINGS:
        written = written.replace(one, either)
    return re.compile(_ASCII_EDGE.format(written))


def _without_overlaps(
    found: list[tuple[Phrase, tuple[tuple[int, int], ...]]],
) -> list[tuple[LexiconRow, tuple[tuple[int, int], ...]]]:
    taken: set[int] = set()
    kept: list[tuple[LexiconRow, tuple[tuple[int, int], ...]]] = []
    for phrase, places in found:
        cells = {cell for start, end in places for cell in range(start, end)}
        if not cells & taken:
            taken |= cells
            kept.append((phrase.row, places))
    return kept
