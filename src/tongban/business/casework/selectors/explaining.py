"""
The legal clock in words: the lines of its explanation, in the language of the reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, ngettext, npgettext

from tongban.business.casework.rules.clock import STOP_WORDS, ClockReading
from tongban.business.casework.rules.explanations import (
    COUNTS,
    EXPLANATIONS,
    UNIT_CONTEXT,
    UNIT_WORDS,
    ExplanationLine,
    Fact,
)
from tongban.foundation.languages import is_english


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """
    One sentence, and the clause it rests on.
    """

    text: str
    clause: str


def explain(reading: ClockReading) -> list[Explanation]:
    """
    Return why the dates of `reading` are what they are, sentence by sentence.
    """
    return [Explanation(text=sentence(line), clause=line.clause) for line in reading.why]


def sentence(line: ExplanationLine) -> str:
    """
    Return one line of an explanation as a sentence.
    """
    facts = {name: _shown(name, value, line.facts) for name, value in line.facts.items()}
    template = EXPLANATIONS[line.code]
    if line.code in COUNTS:
        return ngettext(template, template, _count(line.facts, COUNTS[line.code])) % facts
    return gettext(template) % facts


def _count(facts: Mapping[str, Fact], name: str) -> int:
    count = facts[name]
    if not isinstance(count, int):
        raise TypeError(f"{name} of an explanation is a number")
    return count


def _shown(name: str, value: Fact, facts: Mapping[str, Fact]) -> str:
    if isinstance(value, date):
        return shown_day(value)
    if name == "unit":
        word = UNIT_WORDS[str(value)]
        return npgettext(UNIT_CONTEXT, word, word, _count(facts, "amount"))
    if name == "kind" and value:
        return gettext(STOP_WORDS.get(str(value), str(value)))
    return gettext(value) if name == "name" and isinstance(value, str) and value else str(value)


def shown_day(day: date) -> str:
    """
    Return a day in the form of the reader's language.
    """
    if is_english():
        return f"{day.day} {day:%b} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"
