"""
Search.

The ladder: a code; the whole name; all words of the name, with what the lexicon says they stand for; enough of them;
then, where little was found, the query put right by sound and by look; the words of guides; names that sound alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from tongban.foundation.actors import Actor
from tongban.support.search.rules import codes, ranking, text
from tongban.support.search.rules import query as query_rules
from tongban.support.search.rules.query import Understood
from tongban.support.search.rules.ranking import Name, Ranked
from tongban.support.search.selectors import knowledge as known
from tongban.support.search.selectors import statements
from tongban.support.search.selectors.statements import Condition
from tongban.support.search.values import (
    MAX_QUERY_CHARACTERS,
    MAX_RESULTS,
    NO_FILTERS,
    TOTAL_CAP,
    CodeHint,
    HintKind,
    SearchFilters,
    SearchHit,
    SearchKind,
    SearchResults,
)

FEW = 3
GOOD_SCORE = 9.0
"""A best answer that holds nearly all of the query; below it, slips and the words of guides are looked for."""
MIN_SOUND_LETTERS = 4
MIN_INITIALS = 3
MIN_SIMILAR_CHARACTERS = 3
SIMILAR = 0.7
BODY_SCORE = 0.3
WHOLE_SCORE = 50.0
MAX_WORDS_OF_LETTERS = 60


@dataclass(frozen=True, slots=True)
class _Answer:
    """
    Names that answer, and the query they answer.
    """

    names: list[Ranked]
    understood: Understood
    corrected: str | None = None

    @property
    def best(self) -> float:
        """
        Score of the best name, 0 where there is none.
        """
        return self.names[0].score if self.names else 0.0


def search(
    query: str, *, actor: Actor, filters: SearchFilters = NO_FILTERS, limit: int = MAX_RESULTS
) -> SearchResults:
    """
    Return what a person means by `query`, best first; nothing where it means nothing here.

    Everybody may see every offering that is active, so the actor limits nothing; it is asked for as of every selector.
    Two statements for a query that is understood at once, seven at most. A query like a number costs one more.

    :param query: as typed; cut at 100 characters
    :param limit: at most this many hits, and never more than 50
    """
    del actor
    normal = text.normalize(query, limit=MAX_QUERY_CHARACTERS)
    wanted = statements.condition(filters)
    limit = max(1, min(limit, MAX_RESULTS))
    hint = codes.hint(normal)
    code = codes.as_code(normal)
    if code is not None:
        by_code = _by_code(normal, code, wanted, limit, hint)
        if by_code is not None:
            return by_code
    answer = _answer(normal, wanted)
    hits, total = _hits(answer, wanted, limit)
    return SearchResults(
        query=normal,
        hits=hits,
        total=min(total, TOTAL_CAP),
        is_total_capped=total > TOTAL_CAP,
        corrected_query=answer.corrected if hits else None,
        hint=_not_of_item(hint),
        intents=answer.understood.intents if hits else (),
    )


def _by_code(
    normal: str, code: str, wanted: Condition, limit: int, hint: CodeHint | None
) -> SearchResults | None:
    rows = _rows(*statements.items_by_code(code=code, wanted=wanted, limit=limit))
    if not rows:
        return None
    hits = tuple(_hit(row, words=(), score=WHOLE_SCORE) for row in rows)
    is_one = len(hits) == 1 or hits[0].ref_code.upper() == code
    if is_one:
        hint = CodeHint(kind=HintKind.ITEM_CODE, value=hits[0].ref_code)
    return SearchResults(
        query=normal,
        hits=hits,
        total=len(hits),
        is_total_capped=False,
        hint=hint if is_one else _not_of_item(hint),
    )


def _not_of_item(hint: CodeHint | None) -> CodeHint | None:
    # The hint of an item's code promises one item.
    return None if hint is not None and hint.kind is HintKind.ITEM_CODE else hint


def _answer(normal: str, wanted: Condition) -> _Answer:
    knowledge = known.current()
    generation, answer = _by_words(normal, knowledge, wanted)
    if generation not in (None, knowledge.generation):
        knowledge = known.refreshed()
        _, answer = _by_words(normal, knowledge, wanted)
    if answer.best < GOOD_SCORE or answer.understood.has_unknown:
        answer = max((answer, *_corrections(normal, knowledge, wanted)), key=lambda found: found.best)
    if len(answer.names) < FEW and answer.best < GOOD_SCORE:
        answer = _with_bodies(answer, wanted)
    return answer if answer.names else _by_sound(normal, answer, wanted)


def _by_words(normal: str, knowledge: known.Knowledge, wanted: Condition) -> tuple[int | None, _Answer]:
    understood = knowledge.reader.read(normal)
    if not text.squeezed(normal):
        return None, _Answer(names=[], understood=understood)
    sql, values = statements.names_by_words(
        whole=normal,
        narrow=query_rules.narrow_tsquery(understood),
        strict=query_rules.strict_tsquery(understood),
        wide=query_rules.wide_tsquery(understood),
        wanted=wanted,
    )
    rows = _rows(sql, values)
    names = [Name(*row[1:]) for row in rows if row[1] is not None]
    ranked = ranking.rank(names, understood=understood)
    whole = {name.id for name in names if name.name == normal}
    if whole:
        ranked = _first(whole, ranked, normal)
    return rows[0][0], _Answer(names=ranked, understood=understood)


def _first(whole: set[int], ranked: list[Ranked], normal: str) -> list[Ranked]:
    exact = [Ranked(id=name, score=WHOLE_SCORE, words=(normal,)) for name in sorted(whole)]
    return exact + [name for name in ranked if name.id not in whole]


def _corrections(normal: str, knowledge: known.Knowledge, wanted: Condition) -> Iterable[_Answer]:
    """
    Yield the answers to what may have been meant.
    """
    letters = text.squeezed(normal)
    if letters.isascii():
        meant = (
            knowledge.speller.from_letters(letters)
            if letters.isalpha() and len(letters) <= MAX_WORDS_OF_LETTERS
            else []
        )
    else:
        corrected = knowledge.speller.corrected(text.squeezed(normal))
        meant = [corrected] if corrected else []
    for candidate in meant:
        _, answer = _by_words(candidate, knowledge, wanted)
        # A correction that leaves something unexplained has made a word out of noise.
        if answer.names and not answer.understood.has_unknown:
            yield replace(answer, corrected=candidate)


def _with_bodies(answer: _Answer, wanted: Condition) -> _Answer:
    tsquery = query_rules.body_tsquery(answer.understood)
    if tsquery is None:
        return answer
    sql, values = statements.names_by_body(tsquery=tsquery, wanted=wanted)
    rows = _rows(sql, values)
    found = {name.id for name in answer.names}
    bodies = [Ranked(id=row[0], score=BODY_SCORE, words=()) for row in rows if row[0] not in found]
    return replace(answer, names=[*answer.names, *bodies])


def _by_sound(normal: str, answer: _Answer, wanted: Condition) -> _Answer:
    letters = text.squeezed(normal)
    is_latin = letters.isascii()
    if len(letters) < (MIN_INITIALS if is_latin else MIN_SIMILAR_CHARACTERS) or any(
        map(str.isdigit, letters)
    ):
        return answer
    if is_latin:
        rows = _rows(*statements.names_by_letters(letters=letters, wanted=wanted))
    else:
        spoken = text.pinyin(letters)
        rows = _rows(*statements.names_by_sound(spoken=spoken, written=letters, wanted=wanted))
    names = [
        Ranked(id=row[0], score=float(row[4]), words=())
        for row in rows
        if row[4] >= SIMILAR and (not is_latin or _sounds_like(letters, row[1], row[2], row[3]))
    ]
    return replace(answer, names=names)


def _sounds_like(letters: str, folded: str, initials: str, pinyin: str) -> bool:
    """
    Whether Latin letters are pinyin of a name, or initials that begin where a word of the name begins.
    """
    if len(letters) >= MIN_SOUND_LETTERS and letters in pinyin and letters not in initials:
        return True
    squeezed = text.squeezed(folded)
    starts, place = {0}, 0
    for word in text.query_lexemes(squeezed):
        place += len(word)
        starts.add(place)
    return any(initials.startswith(letters, start) for start in starts)


def _hits(answer: _Answer, wanted: Condition, limit: int) -> tuple[tuple[SearchHit, ...], int]:
    if not answer.names:
        return (), 0
    sql, values = statements.items_of_names(
        names=[name.id for name in answer.names], wanted=wanted, limit=limit, cap=TOTAL_CAP + 1
    )
    rows = _rows(sql, values)
    ranked = {name.id: name for name in answer.names}
    hits = tuple(_hit(row, words=ranked[row[11]].words, score=ranked[row[11]].score) for row in rows)
    return hits, rows[0][12] if rows else 0


def _hit(row: tuple[Any, ...], *, words: Iterable[str], score: float) -> SearchHit:
    kind, ref_code, name, name_en, agency, agency_code, division, audiences, themes, depth, popularity, *_ = (
        row
    )
    return SearchHit(
        kind=SearchKind(kind),
        ref_code=ref_code,
        name=name,
        name_en=name_en,
        agency_name=agency,
        agency_code=agency_code,
        division_code=division,
        audiences=tuple(audiences),
        themes=tuple(themes),
        online_depth=depth,
        popularity=popularity,
        segments=ranking.segments(name, words),
        score=score,
    )


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
