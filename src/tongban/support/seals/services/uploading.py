"""
Files brought to be sealed: they lie in a tray of who brought them until they are, and not longer than two days.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.errors import NotFound
from tongban.support.documents import selectors as files
from tongban.support.documents import services as documents
from tongban.support.documents.ports import ByteSource
from tongban.support.documents.values import FileReceipt, Owner, Purpose, Removed
from tongban.support.seals import permissions

OWNER_KIND: Final = "seals.upload"
RESULTS: Final = "seals.batch"
SWEEPER: Final = system_actor("seals.discard_uploads")
KEPT_FOR: Final = timedelta(days=2)
"""Longer than a batch seals; nobody needs it afterwards."""
RESULTS_KEPT_FOR: Final = timedelta(days=30)


class SignedPdfNotTaken(documents.UploadRefused):
    """
    A PDF that is signed already: files that are brought are written anew, and its signature would prove nothing then.
    """

    code = "signed_pdf_not_taken"
    message = _(
        "该 PDF 已有签章，平台重新整理文件后原签章会失效，因此没有接收；"
        "需要多方签章的，请使用 OFD 版式文件，或在本平台发起多方签章"
    )


def tray_of(actor: Actor) -> Owner:
    """
    Return whose the files are that somebody has brought.
    """
    return Owner(kind=OWNER_KIND, key=actor.id)


def bring_file(
    *,
    content: ByteSource,
    name: str,
    declared_type: str,
    declared_bytes: int | None,
    actor: Actor,
    at: datetime,
) -> FileReceipt:
    """
    Take one file that is to be sealed, OFD or PDF; nobody sees it but who has brought it.

    :param content: read once, never further than the limit
    :param name: as the sender named it
    :raises NotPermitted: the actor is neither staff of an agency nor a system that may use its seals
    :raises UploadRefused: it cannot be taken; see `documents.services.receive_upload`
    :raises SignedPdfNotTaken: it would lose a signature
    """
    permissions.bring_file.require(actor)
    receipt = documents.receive_upload(
        content=content,
        name=name,
        declared_type=declared_type,
        declared_bytes=declared_bytes,
        purpose=Purpose.ATTACHMENT,
        owner=tray_of(actor),
        actor=actor,
        at=at,
    )
    if Removed.SIGNATURE in receipt.removed:
        documents.discard_file(file_id=receipt.id, actor=actor, at=at)
        raise SignedPdfNotTaken
    return receipt


def take_file_back(*, file_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Take a file out of one's tray again.

    :raises FileNotFound: it does not lie there
    """
    permissions.bring_file.require(actor)
    if all(file.id != file_id for file in files.files_of(owner=tray_of(actor), actor=actor)):
        raise NotFound
    documents.discard_file(file_id=file_id, actor=actor, at=at)


def discard_uploads(*, at: datetime) -> int:
    """
    Discard what was brought two days ago, and what batches made of it a month ago; return how many files.
    """
    brought = documents.discard_abandoned(owner_kind=OWNER_KIND, before=at - KEPT_FOR, actor=SWEEPER, at=at)
    made = documents.discard_abandoned(owner_kind=RESULTS, before=at - RESULTS_KEPT_FOR, actor=SWEEPER, at=at)
    return brought + made
