"""
Keyset paging: a page ends with the key of its last row, and the next page begins after it.

Page 10,000 costs what page 1 costs, and rows that arrive meanwhile neither repeat nor disappear.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from json import dumps, loads
from typing import Generic, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto
from tongban.foundation.errors import InvalidInput

T = TypeVar("T")

MAC_BYTES = 8
Key = Sequence[str | int | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """
    Some rows, and how to ask for those that follow.
    """

    items: list[T]
    next_cursor: str | None
    """None on the last page."""


def encode_cursor(purpose: str, key: Key) -> str:
    """
    Return an opaque, signed text for the sort key of a page's last row.

    :param purpose: which list it belongs to; a cursor of another list is refused
    """
    body = dumps(list(key), ensure_ascii=False, separators=(",", ":")).encode()
    tag = crypto.mac(f"cursor:{purpose}", body)[:MAC_BYTES]
    return urlsafe_b64encode(tag + body).decode().rstrip("=")


def decode_cursor(purpose: str, cursor: str) -> list[str | int | None]:
    """
    Return the sort key that `encode_cursor` was given.

    :raises InvalidInput: the cursor was changed, or belongs to another list
    """
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    tag, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not compare_digest(tag, crypto.mac(f"cursor:{purpose}", body)[:MAC_BYTES]):
        raise InvalidInput(fields={"cursor": _("翻页标记无效，请从第一页重新开始")})
    key: list[str | int | None] = loads(body)
    return key


def page_url(request: HttpRequest, cursor: str | None, *, without: Iterable[str] = ()) -> str:
    """
    Return the address of this list with the same filters, from `cursor` on; None leads to the first page.

    :param without: what else is left out of the address
    """
    query = request.GET.copy()
    for name in ("cursor", *without):
        query.pop(name, None)
    if cursor:
        query["cursor"] = cursor
    return f"?{query.urlencode()}"
