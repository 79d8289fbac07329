"""
Calls from a node to the one above: requests, orders, and how a request stands.
"""

from typing import Final

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import UpstreamError
from tongban.foundation.outgoing import AddressNotAllowed, Answer, OutgoingFailed, Trust, fetch
from tongban.resources.exchange.services.nodes_lists import LARGEST_LIST, LIST_PATH, LIST_SECONDS
from tongban.resources.exchange.values.nodes import JoinAnswer

REQUESTS_PATH: Final = "/exchange/nodes/requests"
ORDERS_PATH: Final = "/exchange/nodes/orders"
MOST_ANSWER: Final = 256 * 1024


class ParentSilent(UpstreamError):
    """
    The node above does not answer, or not as a node does.
    """

    code = "parent_silent"
    message = _("上级节点没有应答，请核对地址后再试")


class ParentRefuses(UpstreamError):
    """
    The node above says no; its own sentence says why.
    """

    code = "parent_refuses"
    message = _("上级节点没有受理：%(reason)s")


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a node says no to another one.
    """

    error: str
    message: str


def fetch_list(url: str) -> bytes:
    """
    Return the trust list of a node, of which nothing is believed yet.

    :raises ParentSilent: there is none
    """
    answer = _call("GET", f"{url}{LIST_PATH}", most_bytes=LARGEST_LIST)
    if not answer.is_success:
        raise ParentSilent(url=url)
    return answer.content


def send_request(url: str, request: bytes) -> JoinAnswer:
    """
    Ask to join.

    :raises ParentSilent: no answer
    :raises ParentRefuses: it says no
    """
    return _answered(_call("POST", f"{url}{REQUESTS_PATH}", content=request), url)


def fetch_answer(url: str, request_id: str) -> JoinAnswer:
    """
    Return how a request stands.

    :raises ParentSilent: no answer
    :raises ParentRefuses: it knows of no such request
    """
    return _answered(_call("GET", f"{url}{REQUESTS_PATH}/{request_id}"), url)


def send_order(url: str, order: bytes) -> JoinAnswer:
    """
    Give an order about this node.

    :raises ParentSilent: no answer
    :raises ParentRefuses: it says no
    """
    return _answered(_call("POST", f"{url}{ORDERS_PATH}", content=order), url)


def _call(method: str, url: str, *, content: bytes | None = None, most_bytes: int = MOST_ANSWER) -> Answer:
    try:
        return fetch(
            method,
            url,
            content=content,
            headers={"Content-Type": "application/json"} if content is not None else {},
            timeout_seconds=LIST_SECONDS,
            most_bytes=most_bytes,
            trust=Trust.SETTINGS,
        )
    except (OutgoingFailed, AddressNotAllowed) as error:
        raise ParentSilent(url=url) from error


def _answered(answer: Answer, url: str) -> JoinAnswer:
    try:
        if not answer.is_success:
            told = msgspec.json.decode(answer.content, type=Complaint)
            raise ParentRefuses(reason=told.message[:200], error=told.error[:64])
        return msgspec.json.decode(answer.content, type=JoinAnswer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ParentSilent(url=url) from error
