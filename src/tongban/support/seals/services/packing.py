"""
Everything that a batch has sealed, as one ZIP file.
"""

import uuid
import zipfile
from collections.abc import Iterator
from datetime import datetime

from tongban.foundation.actors import Actor
from tongban.foundation.zipping import Chunks
from tongban.support.documents import services as documents
from tongban.support.seals.selectors.signing import batch_entries


def packed_batch(*, batch_id: uuid.UUID, actor: Actor, at: datetime) -> Iterator[bytes]:
    """
    Return a ZIP file of what a batch has sealed, file by file; each opening is written down.

    :raises BatchNotFound: the actor has asked for no such batch
    """
    entries = batch_entries(batch_id=batch_id, actor=actor)
    wanted = [(entry.position, entry.sealed_file_id) for entry in entries if entry.sealed_file_id]
    return _packed(wanted, actor=actor, at=at)


def _packed(wanted: list[tuple[int, uuid.UUID]], *, actor: Actor, at: datetime) -> Iterator[bytes]:
    chunks = Chunks()
    digits = len(str(max((position for position, _file in wanted), default=1)))
    # Stored, not squeezed: OFD and PDF files are compressed already.
    with zipfile.ZipFile(chunks, "w", zipfile.ZIP_STORED) as archive:
        for position, file_id in wanted:
            opened = documents.open_file(file_id=file_id, actor=actor, at=at)
            with opened.content as content:
                archive.writestr(f"{position:0{digits}}-{opened.name}", content.read())
            yield chunks.taken()
    yield chunks.taken()
