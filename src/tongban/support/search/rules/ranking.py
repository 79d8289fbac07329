"""
How well a name answers a query.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tongban.support.search.rules import text
from tongban.support.search.rules.query import SEQUELS, Group, Understood, strength, strength_needed
from tongban.support.search.values import Segment

COVERAGE = 10.0
CLOSENESS = 2.0
ACTION = 2.0
PHRASE = 1.0
DEMAND = 0.05
MAX_DEMAND = 12
RELATED = 0.8
"""A match in the name of the main item, against one in the name itself."""

# What people want when they do not say what they want to do: to begin. Source: the wording of the directory's names.
BEGINNINGS = re.compile("核发|新办|设立|新增|申领|申请|登记|注册|发放|配发|办理|预约|许可|取证|新设")
BEGINNING = 0.5
SEQUEL = -0.8


@dataclass(frozen=True, slots=True)
class Name:
    """
    A name as it is indexed: normalized.
    """

    id: int
    name: str
    related: str
    demand: int
    """Greatest popularity of its offerings, in half decades."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """
    A name that answers, how well, and the words of it that do.
    """

    id: int
    score: float
    words: tuple[str, ...]


def rank(names: Iterable[Name], *, understood: Understood) -> list[Ranked]:
    """
    Return the names that answer the query, best first; names that hold too little of it are left out.
    """
    needed = strength_needed(understood)
    whole = strength(understood.groups)
    answers = [answer for name in names if (answer := _answer(name, understood, needed, whole)) is not None]
    answers.sort(key=lambda answer: (-answer.score, answer.id))
    return answers


def _answer(name: Name, understood: Understood, needed: float, whole: float) -> Ranked | None:
    words: list[str] = []
    held = worth = closeness = 0.0
    core = text.core(name.name)
    for group in understood.groups:
        value, matched = _best(group, name)
        if matched:
            held += group.strength
            words.extend(matched)
            worth += value * group.strength
            closeness = max(closeness, value * _closeness(matched, core))
    if not held or held < needed:
        return None
    score = COVERAGE * worth / whole + CLOSENESS * closeness
    score += _action(name, understood) + _phrase(name, understood)
    score += DEMAND * min(name.demand, MAX_DEMAND)
    return Ranked(id=name.id, score=round(score, 4), words=tuple(dict.fromkeys(words)))


def _best(group: Group, name: Name) -> tuple[float, tuple[str, ...]]:
    best = 0.0
    matched: tuple[str, ...] = ()
    for alternative in group.alternatives:
        if alternative.weight > best and all(_holds(name.name, word) for word in alternative.words):
            best, matched = alternative.weight, alternative.words
        elif alternative.weight * RELATED > best and all(
            _holds(name.name, word) or _holds(name.related, word) for word in alternative.words
        ):
            best, matched = alternative.weight * RELATED, alternative.words
    return best, matched


def _holds(written: str, word: str) -> bool:
    # 居民身份证 is not in 居民身份证明: what ends with 证 is a card, and a 证明 is a statement.
    if word.endswith("证"):
        return word in written.replace("证明", "証明")
    return word in written


def _closeness(words: Iterable[str], core: str) -> float:
    length = sum(len(word) for word in words if word in core)
    return min(1.0, length / max(len(core), 1))


def _action(name: Name, understood: Understood) -> float:
    """
    Prefer what the query says is to be done; where it says nothing, prefer beginnings to sequels.
    """
    bonus = ACTION * min(2, sum(any(word in name.name for word in action) for action in understood.actions))
    sequels = set(SEQUELS.findall(name.name))
    if any(not _is_said(sequel, understood) for sequel in sequels):
        return bonus + SEQUEL
    return bonus + (BEGINNING if BEGINNINGS.search(name.name) else 0.0)


def _is_said(sequel: str, understood: Understood) -> bool:
    if any(sequel in action for action in understood.actions):
        return True
    return any(
        sequel in word
        for group in understood.groups
        for alternative in group.alternatives
        for word in alternative.words
    )


def _phrase(name: Name, understood: Understood) -> float:
    whole = text.squeezed(understood.text)
    return PHRASE if len(whole) > 1 and whole in text.squeezed(name.name) else 0.0


def segments(shown: str, words: Iterable[str]) -> tuple[Segment, ...]:
    """
    Cut a name as it is shown into stretches that were asked for and stretches that were not.

    Where normalizing changes a name's length nothing is marked: better no mark than a wrong one.
    """
    normal = text.normalize(shown)
    if len(normal) != len(shown):
        return (Segment(text=shown, is_hit=False),)
    marked = [False] * len(shown)
    for word in words:
        start = normal.find(word)
        while start >= 0:
            marked[start : start + len(word)] = [True] * len(word)
            start = normal.find(word, start + len(word))
    parts: list[Segment] = []
    begin = 0
    for place in range(1, len(shown) + 1):
        if place == len(shown) or marked[place] != marked[begin]:
            parts.append(Segment(text=shown[begin:place], is_hit=marked[begin]))
            begin = place
    return tuple(parts)
