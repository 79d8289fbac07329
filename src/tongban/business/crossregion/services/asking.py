"""
Questions to the node that decides: which of its offerings are open to this counter, and by what rule.
"""

from datetime import datetime
from typing import Final, TypeVar

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.catalogue import selectors as catalogue
from tongban.business.crossregion import permissions
from tongban.business.crossregion.values import GuideQuestion, OpenOffering, OpenQuestion
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.errors import InvalidInput, NotFound, UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.services import QuestionUnknown, node_path
from tongban.support.federation.values import Provider

SUBJECT: Final = "crossregion"
SECONDS: Final = 4.0
T = TypeVar("T")


class NotOpenHere(NotFound):
    """
    The offering is not in use, or its range (通办范围) does not reach this counter.
    """

    code = "offering_not_open_here"
    message = _("该事项不在本地通办范围内，或者已停用")


def offerings_of(*, node: str, words: str, actor: Actor, at: datetime) -> list[OpenOffering]:
    """
    Ask a node which of its offerings this counter may take applications for. Not inside a transaction.

    :raises NotPermitted: the actor does not take applications
    :raises NotOpenHere: this node knows no such node
    :raises UpstreamError: the node does not answer
    """
    permissions.take_intake.require(actor)
    return _asked(node, "offerings", OpenQuestion(words=words[:100]), list[OpenOffering], at=at)


def guide_of(*, node: str, code: str, actor: Actor, at: datetime) -> catalogue.OfferingTerms:
    """
    Ask a node for the terms of an offering: form, situations, material list, limits. Not inside a transaction.

    :raises NotOpenHere: there is none for this counter
    :raises UpstreamError: the node does not answer
    """
    permissions.take_intake.require(actor)
    found = _asked(node, "guide", GuideQuestion(code=code[:100]), list[catalogue.OfferingTerms], at=at)
    if not found:
        raise NotOpenHere(offering_code=code)
    return found[0]


def answer_peer(*, question: str, node: Provider, message: bytes, at: datetime) -> bytes:
    """
    Return the answer to a node's question; what it is told is public.

    :raises QuestionUnknown: nobody answers such a question here
    :raises InvalidInput: the message makes no sense
    """
    if question == "offerings":
        words = _read(message, OpenQuestion).words
        found = catalogue.open_offerings(words=words, place=node.code, actor=ANONYMOUS)
        return msgspec.json.encode([_open(each) for each in found])
    if question == "guide":
        return msgspec.json.encode(_guide(_read(message, GuideQuestion).code, node.code))
    raise QuestionUnknown(question=question)


def is_open_to(offering: catalogue.OfferingTerms, node: str) -> bool:
    """
    Return whether counters of a node may take applications for an offering.
    """
    return offering.can_apply_online and catalogue.reaches(
        reach=offering.reach, division_code=offering.division_code, place=node
    )


def _guide(code: str, node: str) -> list[catalogue.OfferingTerms]:
    try:
        found = catalogue.offering_terms(actor=ANONYMOUS, code=code)
    except catalogue.UnknownOffering:
        return []
    return [found] if is_open_to(found, node) else []


def _open(offering: catalogue.OfferingTerms) -> OpenOffering:
    return OpenOffering(
        code=offering.code,
        name=offering.name,
        name_en=offering.name_en,
        agency_name=offering.agency_name,
        division_code=offering.division_code,
        reach=offering.reach.value if offering.reach else "",
    )


def _asked(code: str, question: str, message: msgspec.Struct, kind: type[T], *, at: datetime) -> T:
    known = federation.askable()
    node = next((each for each in (*known.nodes, *known.beyond) if each.code == code), None)
    if node is None:
        raise NotOpenHere(node=code)
    told = federation.node_caller()(
        node, node_path(SUBJECT, question), msgspec.json.encode(message), seconds=SECONDS, at=at
    )
    try:
        return msgspec.json.decode(told, type=kind)
    except msgspec.MsgspecError as error:
        raise UpstreamError(node=code) from error


def _read(message: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(message, type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidInput(fields={}) from error
