"""
Whether an authorisation covers a use of a seal: purpose, offering, licence type, amount, hours, how often, until when.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tongban.foundation.clock import CHINA
from tongban.foundation.rules import implements
from tongban.support.seals.values import Limits, SealPurpose


class Fault(StrEnum):
    """
    Why a use is not covered; stable, part of the open interface.
    """

    NONE_GIVEN = "NONE_GIVEN"
    ENDED = "ENDED"
    NOT_YET = "NOT_YET"
    LAPSED = "LAPSED"
    PURPOSE = "PURPOSE"
    OFFERING = "OFFERING"
    LICENCE_TYPE = "LICENCE_TYPE"
    AMOUNT = "AMOUNT"
    HOUR = "HOUR"
    USES_TODAY = "USES_TODAY"
    USES_IN_ALL = "USES_IN_ALL"


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """
    What somebody wants to put a seal on.
    """

    purpose: SealPurpose
    at: datetime
    offering_code: str = ""
    licence_type_code: str = ""
    amount_fen: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """
    An authorisation as it stands when it is looked at.
    """

    limits: Limits
    valid_from: datetime
    valid_until: datetime
    ended_at: datetime | None
    used_today: int = 0
    """Uses on the day in China, before this one."""
    used_in_all: int = 0


@implements("印章-用印授权")
def fault(given: Given, use: Use) -> Fault | None:
    """
    Return why the authorisation does not cover the use, or None.

    A limit that a use says nothing about refuses it: who may seal for one offering must name the offering.
    """
    if given.ended_at is not None:
        return Fault.ENDED
    if use.at < given.valid_from:
        return Fault.NOT_YET
    if use.at >= given.valid_until:
        return Fault.LAPSED
    return _outside(given.limits, use) or _used_up(given)


def _outside(limits: Limits, use: Use) -> Fault | None:
    if use.purpose not in limits.purposes:
        return Fault.PURPOSE
    if limits.offerings is not None and not use.offering_code.startswith(limits.offerings):
        return Fault.OFFERING
    is_licence = use.purpose is SealPurpose.LICENCE
    if is_licence and limits.licence_types is not None and use.licence_type_code not in limits.licence_types:
        return Fault.LICENCE_TYPE
    if limits.most_fen is not None and use.amount_fen > limits.most_fen:
        return Fault.AMOUNT
    return None if _is_in_hours(limits, use.at) else Fault.HOUR


def _is_in_hours(limits: Limits, at: datetime) -> bool:
    hour = at.astimezone(CHINA).hour
    begins, ends = limits.from_hour or 0, 24 if limits.until_hour is None else limits.until_hour
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends


def _used_up(given: Given) -> Fault | None:
    limits = given.limits
    if limits.uses_a_day is not None and given.used_today >= limits.uses_a_day:
        return Fault.USES_TODAY
    if limits.uses_in_all is not None and given.used_in_all >= limits.uses_in_all:
        return Fault.USES_IN_ALL
    return None
