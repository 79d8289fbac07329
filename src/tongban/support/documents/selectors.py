"""
Questions about files.
"""

from tongban.foundation.actors import Actor
from tongban.support.documents import permissions
from tongban.support.documents.models import StoredFile
from tongban.support.documents.values import FileFacts, Owner


def files_of(*, owner: Owner, actor: Actor) -> list[FileFacts]:
    """
    Return the files of one owner, oldest first.

    One query of its own, by index `stored_file_owner`, after the owner's policy.

    :raises FileNotFound: the actor may not see the owner
    """
    permissions.read_file.require(actor, owner)
    files = StoredFile.objects.available().owned_by(kind=owner.kind, key=owner.key)
    return [_facts(file) for file in files.order_by("created_at", "id")]


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
