"""
Questions about files.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from tongban.foundation.actors import Actor, ActorKind
from tongban.support.documents import permissions
from tongban.support.documents.models import StoredFile, StoredFileQuerySet
from tongban.support.documents.values import FileFacts, Owner
from tongban.support.identity.selectors import account_of


def files_of(*, owner: Owner, actor: Actor) -> list[FileFacts]:
    """
    Return the files of one owner, oldest first.

    One query of its own, by index `stored_file_owner`, after the owner's policy.

    :raises FileNotFound: the actor may not see the owner
    """
    permissions.read_file.require(actor, owner)
    files = StoredFile.objects.available().owned_by(kind=owner.kind, key=owner.key)
    return [_facts(file) for file in files.order_by("created_at", "id")]


def available_files(*, file_ids: Collection[UUID]) -> frozenset[UUID]:
    """
    Return which of these files were not discarded; the node itself asks, for a check of what names them. One query.
    """
    known = StoredFile.objects.available().filter(id__in=list(file_ids))
    return frozenset(known.values_list("id", flat=True))


def uploaded_by(person_id: UUID) -> list[dict[str, Any]]:
    """
    Return what a person's account has uploaded, for the copy of his data; the node itself asks. Two queries.
    """
    return [
        {"文件名": file.name, "类型": file.media_type, "大小": file.size, "上传时间": file.created_at}
        for file in _uploaded_by(person_id).order_by("created_at", "id")
    ]


def count_uploaded_by(person_id: UUID) -> int:
    """
    Return how many files a person's account has uploaded. Two queries.
    """
    return _uploaded_by(person_id).count()


def _uploaded_by(person_id: UUID) -> StoredFileQuerySet:
    account_id = account_of(person_id=person_id)
    return StoredFile.objects.available().filter(
        uploaded_by_kind=ActorKind.PERSON.value, uploaded_by_id=str(account_id or "")
    )


def _facts(file: StoredFile) -> FileFacts:
    return FileFacts(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        digest=file.digest,
        purpose=file.purpose,
        owner=Owner(kind=file.owner_kind, key=file.owner_key),
        created_at=file.created_at,
        removed=tuple(file.removed),
    )
