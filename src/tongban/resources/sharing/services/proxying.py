"""
统一查询代理: a question that the parent answers in our stead, with evidence of every node on its way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import UpstreamError
from tongban.resources.exchange import ports as exchange
from tongban.resources.sharing import ports
from tongban.resources.sharing.rules import evidence
from tongban.resources.sharing.values import Hop, Rows


class NoParentNode(UpstreamError):
    """
    No node above this one could be asked.
    """

    code = "data_no_parent"
    message = _("本节点没有可以代理查询的上级节点")


class EvidenceBroken(UpstreamError):
    """
    The answer of the parent is not what the nodes on its way have signed.
    """

    code = "data_evidence_broken"
    message = _("上级节点返回的存证不一致，结果未采用")


class NodeQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one node asks another about data.
    """

    service: str
    question: dict[str, Any]
    request_id: str
    purpose: str
    case_number: str = ""


class NodeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    What it answers: the body as a subscriber would get it, and who has signed for it on the way.
    """

    body: str
    hops: tuple[Hop, ...]
    is_noted: bool = False
    """Base registers wrote down whose record was used: the answer is not to be kept by who asked."""


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[dict[str, Any]]
    missing: tuple[str, ...] = ()
    next: str = ""


def ask_parent(
    *,
    service: str,
    question: Mapping[str, Any],
    request_id: str,
    purpose: str,
    case_number: str,
    seconds: float,
    at: datetime,
) -> Rows:
    """
    Ask the parent node and check the evidence of its answer.

    :raises NoParentNode: nobody is above us
    :raises UpstreamError: it does not answer
    :raises EvidenceBroken: a signature on the way is missing or wrong, or the answer is another one
    """
    carry = ports.parent_carrier()
    if carry is None:
        raise NoParentNode
    message = NodeQuestion(
        service=service,
        question=dict(question),
        request_id=request_id,
        purpose=purpose,
        case_number=case_number,
    )
    raw = carry(msgspec.json.encode(message), seconds=seconds, at=at)
    try:
        answer = msgspec.json.decode(raw, type=NodeAnswer)
        body = msgspec.json.decode(answer.body, type=_Body)
        evidence.check(answer.hops, keys_of=_keys_of, request_id=request_id)
    except (msgspec.MsgspecError, evidence.BrokenChain) as error:
        raise EvidenceBroken from error
    if answer.hops[-1].answer_sm3 != sm3_hex(answer.body.encode()):
        raise EvidenceBroken
    return Rows(
        rows=body.rows,
        missing=body.missing,
        hops=answer.hops,
        next=body.next,
        is_noted_above=answer.is_noted,
    )


def own_hop(
    *, service: str, request_id: str, question: bytes, body: bytes, before: tuple[Hop, ...], at: datetime
) -> tuple[Hop, ...]:
    """
    Return the chain with this node's hop at its end; as it was where this node has no key.
    """
    here = exchange.neighbours()
    if here.own_key is None:
        return before
    hop = Hop(
        node=here.own_code,
        service=service,
        request_id=request_id,
        at=at.isoformat(),
        question_sm3=sm3_hex(question),
        answer_sm3=sm3_hex(body),
        before_sm3=evidence.digest_of(before[-1]) if before else "",
    )
    return (*before, evidence.signed(hop, here.own_key))


def _keys_of(node: str) -> tuple[Any, ...]:
    peer = exchange.neighbours().find(node)
    return peer.keys if peer else ()
