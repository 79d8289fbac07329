"""
Code lists, for choices and for words.
"""

from dataclasses import dataclass

from tongban.business.catalogue.models import CodeItem
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
