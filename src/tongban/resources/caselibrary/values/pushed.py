"""
A row on its way back to the node of its area.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta


class PushedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    回流行: a row of the library, of whichever kind.
    """

    kind: Annotated[str, Meta(max_length=8)]
    row: dict[str, Any]
    """Of the shape of its kind (`CONTENT_OF`)."""
