"""
Code lists, for choices and for words.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from tongban.business.catalogue.models import CodeItem, ServiceDefinition
from tongban.business.catalogue.values import OfferingState
from tongban.foundation.actors import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeFacts:
    """
    One code of a list.
    """

    code: str
    name: str
    name_en: str
    identifier: str


def code_list(*, code: str, actor: Actor) -> list[CodeFacts]:
    """
    Return the codes of a list in its order; empty if there is no such list. One query.

    :param code: T1 … T27, PERSON_THEME, LEGAL_THEME, LIFE_EVENT
    """
    items = CodeItem.objects.filter(list_id=code).order_by("order", "code")
    return [CodeFacts(**row) for row in items.values("code", "name", "name_en", "identifier")]


def known_codes(*, lists: Collection[str], actor: Actor) -> dict[str, frozenset[str]]:
    """
    Return the codes of several lists, each under the code of its list; one that is not loaded is missing. One query.
    """
    found: dict[str, set[str]] = {}
    for list_code, code in CodeItem.objects.filter(list_id__in=lists).values_list("list_id", "code"):
        found.setdefault(list_code, set()).add(code)
    return {list_code: frozenset(codes) for list_code, codes in found.items()}


def known_basic_codes(*, codes: Collection[str]) -> frozenset[str]:
    """
    Return which of these codes (基本编码, national or local) services have that were not taken off the list. One query.
    """
    wanted = set(codes)
    listed = ServiceDefinition.objects.exclude(state=OfferingState.RETIRED)
    named = listed.filter(Q(basic_code__in=wanted) | Q(local_basic_code__in=wanted))
    pairs = named.values_list("basic_code", "local_basic_code")
    return frozenset(code for pair in pairs for code in pair if code in wanted)
