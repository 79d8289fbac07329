"""
What a process knows before it reads a query: the lexicon, and the words that names are made of.

Both are read once and again when the generation in the database has moved on; every search learns the generation from
the statement it makes anyway, so staying up to date costs no round trip.
"""

import json
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from tongban.support.search.rules import text
from tongban.support.search.rules.lexicon import Lexicon, parse_file, parts_of
from tongban.support.search.rules.query import Reader
from tongban.support.search.rules.spelling import Speller
from tongban.support.search.values import LexiconKind, LexiconRow, Target

SEED_FILES = tuple(Path(__file__).parent.parent / "data" / name for name in ("lexicon.tsv", "lexicon_en.tsv"))
LEXICON_WORD_COUNT = 1_000
"""An everyday phrase wins over a word of the names that sounds the same, unless that is very common."""

GENERATION = "SELECT coalesce((SELECT generation FROM search_searchstate WHERE id = 1), 0)"
WORDS = "SELECT word, names FROM search_searchword WHERE names > 0"
NAMES = "SELECT count(*) FROM search_searchname"
ENTRIES = "SELECT kind, phrase, targets, intent FROM search_lexiconentry WHERE is_enabled ORDER BY id"
ANY_ENTRY = "SELECT EXISTS (SELECT FROM search_lexiconentry)"


@cache
def seed_rows() -> tuple[LexiconRow, ...]:
    """
    Return the lexicon that comes with the program, Chinese and English.
    """
    rows: list[LexiconRow] = []
    for file in SEED_FILES:
        with file.open(encoding="utf-8") as lines:
            rows.extend(parse_file(lines))
    return tuple(rows)


@dataclass(frozen=True)
class Knowledge:
    """
    Lexicon and vocabulary of one generation.
    """

    generation: int
    rows: tuple[LexiconRow, ...]
    names_with: dict[str, int]
    names: int

    @cached_property
    def lexicon(self) -> Lexicon:
        """
        The rows, arranged for matching.
        """
        return Lexicon(self.rows)

    @cached_property
    def reader(self) -> Reader:
        """
        Reads queries.
        """
        return Reader(lexicon=self.lexicon, names_with=self.names_with, names=self.names)

    @cached_property
    def speller(self) -> Speller:
        """
        Puts slips right; made when the first query needs it.
        """
        idle = {row.phrase for row in self.rows if row.kind is not LexiconKind.TERM}
        # Nothing is put right into words that mean nothing: 没油 is no slip of 没有.
        phrases = {
            part: LEXICON_WORD_COUNT
            for row in self.rows
            if row.kind is LexiconKind.TERM
            for part in parts_of(row.phrase)
            if part not in idle
        }
        words = phrases | {
            word: count + (LEXICON_WORD_COUNT if word in phrases else 0)
            for word, count in self.names_with.items()
        }
        return Speller(words, idle=idle)

    def can_answer(self, row: LexiconRow) -> bool:
        """
        Whether some name may hold what a phrase stands for.
        """
        reader = self.reader
        return any(reader.is_known(word) for target in row.targets for word in target.words[:1])


@dataclass(frozen=True, slots=True)
class Letters:
    """
    How a phrase is typed in Latin letters.
    """

    pinyin: str
    initials: str

    def begin(self, letters: str) -> bool:
        """
        Whether either begins with these letters.
        """
        return self.pinyin.startswith(letters) or self.initials.startswith(letters)


@lru_cache(maxsize=20_000)
def letters_of(phrase: str) -> Letters:
    """
    Return the pinyin and the initials of a phrase; worked out once in a process.
    """
    return Letters(pinyin=text.pinyin(phrase), initials=text.initials(phrase))


class _Holder:
    """
    The knowledge of this process. Replaced as a whole, so threads see the old or the new.
    """

    knowledge: Knowledge | None = None


def current() -> Knowledge:
    """
    Return what this process knows; reads it first where nothing is known yet. Four queries then, none later.
    """
    return _Holder.knowledge or refreshed()


def refreshed() -> Knowledge:
    """
    Read lexicon and vocabulary again. Four queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(GENERATION)
        generation = cursor.fetchone()[0]
        cursor.execute(WORDS)
        names_with = dict(cursor.fetchall())
        cursor.execute(NAMES)
        names = cursor.fetchone()[0]
        rows = _rows(cursor)
    knowledge = Knowledge(generation=generation, rows=rows, names_with=names_with, names=names)
    _Holder.knowledge = knowledge
    return knowledge


def _rows(cursor: CursorWrapper) -> tuple[LexiconRow, ...]:
    cursor.execute(ENTRIES)
    stored = cursor.fetchall()
    if not stored:
        cursor.execute(ANY_ENTRY)
        # A node that was never seeded understands people all the same.
        return () if cursor.fetchone()[0] else seed_rows()
    return tuple(_row(*entry) for entry in stored)


def _row(kind: str, phrase: str, targets: str | list[dict[str, Any]], intent: str) -> LexiconRow:
    parsed = json.loads(targets) if isinstance(targets, str) else targets
    return LexiconRow(
        kind=LexiconKind(kind),
        phrase=phrase,
        targets=tuple(Target(words=tuple(target["words"]), weight=target["weight"]) for target in parsed),
        intent=intent,
    )
