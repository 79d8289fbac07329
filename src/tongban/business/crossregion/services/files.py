"""
Files between nodes: out in pieces, in as wholes. Whatever another node sent is judged like any upload.
"""

import io
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tongban.business.crossregion.models import ArrivedFile, ArrivedPiece
from tongban.business.crossregion.values import FILES, PIECE_BYTES, FilePiece
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import ServiceError
from tongban.resources.exchange.services import publish
from tongban.resources.exchange.values import Operation
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose


def send_file(*, file_id: UUID, intake: UUID, to: str, actor: Actor, at: datetime) -> None:
    """
    Publish a file, piece by piece, in the transaction that is open.
    """
    opened = documents.open_file(file_id=file_id, actor=actor, at=at)
    with opened.content as stream:
        content = stream.read()
    pieces = [content[start : start + PIECE_BYTES] for start in range(0, len(content), PIECE_BYTES)]
    for number, piece in enumerate(pieces):
        publish(
            dataset=FILES,
            key=f"{intake}/{file_id}/{number}",
            operation=Operation.INSERT,
            content=FilePiece(
                intake=str(intake),
                file=str(file_id),
                name=opened.name,
                media_type=opened.media_type,
                digest=opened.digest,
                number=number,
                count=len(pieces),
                content=piece,
            ),
            at=at,
            to=to,
        )


def take_piece(
    piece: FilePiece, *, node: str, owner: Owner, is_paper: bool, actor: Actor, at: datetime
) -> bool:
    """
    Keep a piece; return whether the file is whole now. A piece that comes again changes nothing.

    :param is_paper: made by the deciding node itself: kept as it is, so that its signature holds
    """
    file, _is_new = ArrivedFile.objects.get_or_create(
        node=node, intake=UUID(piece.intake), file=UUID(piece.file)
    )
    if file.local_id is not None or file.refusal:
        return False
    ArrivedPiece.objects.get_or_create(
        file=file, number=piece.number, defaults={"content": b64encode(piece.content).decode()}
    )
    pieces = list(file.pieces.order_by("number"))
    if len(pieces) < piece.count:
        return False
    content = b"".join(b64decode(each.content) for each in pieces)
    _keep(file, content, piece, owner=owner, is_paper=is_paper, actor=actor, at=at)
    file.pieces.all().delete()
    return True


def _keep(
    file: ArrivedFile,
    content: bytes,
    piece: FilePiece,
    *,
    owner: Owner,
    is_paper: bool,
    actor: Actor,
    at: datetime,
) -> None:
    try:
        if sm3_hex(content) != piece.digest:
            file.refusal = "digest"
        elif is_paper:
            file.local_id = documents.keep_document(
                content=content,
                name=piece.name,
                media_type=piece.media_type,
                purpose=Purpose.NOTICE,
                owner=owner,
                actor=actor,
                at=at,
            ).id
        else:
            file.local_id = documents.receive_upload(
                content=io.BytesIO(content),
                name=piece.name,
                declared_type=piece.media_type,
                declared_bytes=len(content),
                owner=owner,
                actor=actor,
                at=at,
            ).id
    except ServiceError as error:
        file.refusal = str(error)[:500]
    file.save(update_fields=["local_id", "refusal"])


def arrived(*, node: str, intake: UUID, files: Iterable[str]) -> dict[str, ArrivedFile] | None:
    """
    Return the files of these ids at that node; None where one is not whole yet.
    """
    wanted = {UUID(file) for file in files if file}
    rows = ArrivedFile.objects.filter(node=node, intake=intake, file__in=wanted)
    whole = {str(row.file): row for row in rows if row.local_id is not None or row.refusal}
    return whole if len(whole) == len(wanted) else None
