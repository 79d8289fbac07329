"""
What this node answers to other nodes' questions about licences.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from tongban.business.licences.services.peers.asking import pass_on
from tongban.business.licences.services.peers.changes import hear_change
from tongban.business.licences.services.peers.checking import answer_check
from tongban.business.licences.services.peers.keys import answer_keys
from tongban.business.licences.services.peers.sharing import (
    answer_copy,
    answer_find,
    answer_share_question,
)
from tongban.business.licences.services.peers.verifying import answer_verify
from tongban.business.licences.values.peers import (
    ChangeTold,
    CheckQuestion,
    CopyQuestion,
    FindQuestion,
    KeysQuestion,
    Relayed,
    ShareQuestion,
    VerifyQuestion,
)
from tongban.foundation.errors import InvalidInput
from tongban.support.federation.services import QuestionUnknown
from tongban.support.federation.values import Provider

T = TypeVar("T")


def answer_peer(*, question: str, node: Provider, message: bytes, at: datetime) -> bytes:
    """
    Return the answer to a node's question.

    :raises QuestionUnknown: nobody answers such a question here
    :raises InvalidInput: the message makes no sense
    :raises UpstreamError: the question was to be passed on, and nobody answers
    """
    if question not in _ANSWERS:
        raise QuestionUnknown(question=question)
    told = _ANSWERS[question](node, message, at)
    return told if isinstance(told, bytes) else msgspec.json.encode(told)


def _read(message: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(message, type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidInput(fields={}) from error


def _relay(node: Provider, message: bytes, at: datetime) -> bytes:
    return pass_on(node, _read(message, Relayed), at=at)


_ANSWERS: Final[dict[str, Callable[[Provider, bytes, datetime], Any]]] = {
    "verify": lambda node, message, at: answer_verify(
        node=node, question=_read(message, VerifyQuestion), at=at
    ),
    "keys": lambda node, message, at: answer_keys(node=node, question=_read(message, KeysQuestion), at=at),
    "check": lambda node, message, at: answer_check(node=node, question=_read(message, CheckQuestion), at=at),
    "find": lambda _node, message, _at: answer_find(question=_read(message, FindQuestion)),
    "share": lambda node, message, at: answer_share_question(
        node=node, question=_read(message, ShareQuestion), at=at
    ),
    "copy": lambda node, message, at: answer_copy(node=node, question=_read(message, CopyQuestion), at=at),
    "changed": lambda node, message, at: hear_change(node=node, told=_read(message, ChangeTold), at=at),
    "relay": _relay,
}
