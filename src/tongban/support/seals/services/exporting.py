"""
Handing out the log of a seal as a table, and its picture for print; that they left the node is written down.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.support.seals.models import Seal
from tongban.support.seals.selectors.looking import UseLine, seal_detail, uses_of_seal
from tongban.support.seals.services.picturing import face_of, print_picture

MOST_USES: Final = 100_000


def export_uses(*, seal_id: uuid.UUID, actor: Actor, at: datetime) -> Iterator[UseLine]:
    """
    Return what a seal was used for, newest first, for a table that leaves the node; at most 100,000 uses.

    :raises SealNotFound: no such seal that the actor may know of
    """
    code = seal_detail(seal_id=seal_id, actor=actor).line.code
    audit.record(action="seals.use.export", actor=actor, subject=code, at=at)
    return _all_of(seal_id, actor)


def export_picture(*, seal_id: uuid.UUID, actor: Actor, at: datetime) -> bytes:
    """
    Return the picture of a seal for print: PNG, 1,200 pixels, transparent.

    :raises SealNotFound: no such seal that the actor may know of
    :raises SealNotDrawn: fonts are missing
    """
    code = seal_detail(seal_id=seal_id, actor=actor).line.code
    audit.record(action="seals.picture.export", actor=actor, subject=code, at=at)
    return print_picture(face_of(Seal.objects.defer("content", "picture").get(id=seal_id)))


def _all_of(seal_id: uuid.UUID, actor: Actor) -> Iterator[UseLine]:
    cursor: str | None = None
    handed = 0
    while handed < MOST_USES:
        page = uses_of_seal(seal_id=seal_id, actor=actor, cursor=cursor)
        yield from page.items
        handed += len(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return
