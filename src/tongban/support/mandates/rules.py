"""
What the law says about acting for others, as pure functions.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongban.foundation.actors import MandateFunction
from tongban.foundation.rules import implements
from tongban.support.mandates.values import EntityKind, MandateState

ADULT_AT_YEARS = 18
"""民法典 art. 17."""
LONGEST_ITEM = 100
MOST_ITEMS = 200

KINDS = {
    "11": EntityKind.GOVERNMENT,
    "12": EntityKind.INSTITUTION,
    "51": EntityKind.SOCIAL_ORGANISATION,
    "52": EntityKind.SOCIAL_ORGANISATION,
    "53": EntityKind.SOCIAL_ORGANISATION,
    "91": EntityKind.ENTERPRISE,
    "93": EntityKind.ENTERPRISE,
}
"""First two characters of 统一社会信用代码, registration department and category (GB 32100), -> kind."""


@implements("GB32100")
def entity_kind(credit_code: str) -> EntityKind:
    """
    Return what a unit is, as far as its code tells; 个体工商户 and what is unknown are 其他组织.
    """
    return KINDS.get(credit_code[:2].upper(), EntityKind.OTHER)


@implements("民法典-17")
def adult_on(born_on: date) -> date:
    """
    Return the day on which somebody comes of age, counted by birthdays; who is born on 29 February, on 1 March.
    """
    try:
        return born_on.replace(year=born_on.year + ADULT_AT_YEARS)
    except ValueError:
        return date(born_on.year + ADULT_AT_YEARS, 3, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """
    The dates from which the state of a mandate follows.
    """

    valid_from: date
    valid_until: date | None
    offer_ends_on: date
    """First day on which an offer cannot be accepted any more."""
    is_accepted: bool
    is_declined: bool
    is_ended: bool


@implements("民法典-173")
def state_of(life: Life, *, on: date) -> MandateState:
    """
    Return what a mandate is on a day. Source: 民法典 art. 173 (1) (term), (2) (withdrawn or renounced).
    """
    if life.is_declined:
        return MandateState.DECLINED
    if life.is_ended:
        return MandateState.ENDED
    is_past = life.valid_until is not None and on >= life.valid_until
    if not life.is_accepted:
        return MandateState.LAPSED if is_past or on >= life.offer_ends_on else MandateState.OFFERED
    if is_past:
        return MandateState.EXPIRED
    return MandateState.NOT_YET if on < life.valid_from else MandateState.IN_FORCE


def tidy_items(items: Sequence[str]) -> tuple[str, ...]:
    """
    Return codes as they are kept: blanks gone, each once, in order; a code that another one begins is left out.
    """
    codes = sorted({item.strip() for item in items if item.strip()})
    kept: list[str] = []
    for code in codes:
        if not (kept and code.startswith(kept[-1])):
            kept.append(code)
    return tuple(kept)


def is_item(code: str) -> bool:
    """
    Whether this can be the code of an offering, or the beginning of one.
    """
    return 0 < len(code) <= LONGEST_ITEM and code.isascii() and code.isprintable() and " " not in code


def lacks_query(functions: Collection[MandateFunction]) -> bool:
    """
    Whether somebody could act without seeing what he has done.
    """
    return bool(functions) and MandateFunction.QUERY not in functions


def last_end(*, valid_from: date, longest_days: int) -> date:
    """
    Return the latest first day on which a mandate that begins then is not valid any more.
    """
    return valid_from + timedelta(days=longest_days)
