"""
Reviewing the directory of licences: by somebody else than who compiled, and then in force, or out of use.
"""

import uuid
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions
from tongban.business.licences.events import TYPE_WITHDRAWN
from tongban.business.licences.models import LicenceTypeVersion
from tongban.business.licences.services.versions import (
    StepNotAllowed,
    announce_type,
    end_version,
    held,
    locked_type,
    moved,
    put_in_force,
    receipt_of_version,
    record_act,
    require_recent,
)
from tongban.business.licences.values import (
    DirectoryAct,
    TypeReceipt,
    TypeState,
    VersionReceipt,
    VersionState,
)
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput

LONGEST_COMMENT: Final = 1000


@business_transaction
def return_draft(*, version_id: uuid.UUID, comment: str, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Give a version back to its editors.

    :param comment: what must be changed
    :raises InvalidInput: nothing is said, or too much
    :raises NotPermitted: the actor does not review the directory
    :raises TypeVersionNotFound: no version has this id
    :raises StepNotAllowed: it is not in review
    :raises OwnDraftNotReviewable: the actor has compiled it
    """
    permissions.review_types.require(actor)
    kind, version = held(version_id, DirectoryAct.RETURN, reviewer=actor)
    words = _required_comment(comment)
    return moved(kind, version, DirectoryAct.RETURN, actor=actor, at=at, comment=words)


@business_transaction
def approve_draft(*, version_id: uuid.UUID, actor: Actor, at: datetime, comment: str = "") -> VersionReceipt:
    """
    Pass a version in review.

    :raises InvalidInput: the comment is too long
    :raises NotPermitted: the actor does not review the directory
    :raises TypeVersionNotFound: no version has this id
    :raises StepNotAllowed: it is not in review
    :raises OwnDraftNotReviewable: the actor has compiled it
    :raises DraftOutdated: another version came into force since it was saved
    """
    permissions.review_types.require(actor)
    kind, version = held(version_id, DirectoryAct.APPROVE, reviewer=actor)
    require_recent(kind, version)
    return moved(kind, version, DirectoryAct.APPROVE, actor=actor, at=at, comment=_comment(comment))


@business_transaction
def publish_version(*, version_id: uuid.UUID, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Put a reviewed version in force: licences are issued by it from now on; those issued keep theirs.

    :raises NotPermitted: the actor does not review the directory
    :raises TypeVersionNotFound: no version has this id
    :raises StepNotAllowed: it was not passed
    :raises OwnDraftNotReviewable: the actor has compiled it
    :raises DraftOutdated: another version came into force since it was saved
    """
    permissions.review_types.require(actor)
    kind, version = held(version_id, DirectoryAct.PUBLISH, reviewer=actor)
    require_recent(kind, version)
    kind.open_state = ""
    put_in_force(kind, version, at=at)
    record_act(kind, version, DirectoryAct.PUBLISH, actor=actor, at=at)
    return receipt_of_version(version)


@business_transaction
def withdraw_type(*, code: str, comment: str, actor: Actor, at: datetime) -> TypeReceipt:
    """
    Take a type out of use: no licence of it is issued any more; those issued stay as they are.

    A new version brings it back.

    :param comment: why, and by what act
    :raises InvalidInput: nothing is said, or too much
    :raises NotPermitted: the actor does not review the directory
    :raises UnknownLicenceType: the directory has no such type
    :raises StepNotAllowed: it is not in use
    """
    permissions.review_types.require(actor)
    kind = locked_type(code)
    words = _required_comment(comment)
    current = LicenceTypeVersion.objects.filter(type=kind, state=VersionState.PUBLISHED).first()
    if current is None:
        raise StepNotAllowed(type_code=code, state=kind.state)
    end_version(current, at=at)
    kind.state, kind.changed_at = TypeState.WITHDRAWN, at
    kind.save(update_fields=["state", "changed_at"])
    record_act(kind, current, DirectoryAct.WITHDRAW, actor=actor, at=at, comment=words)
    announce_type(TYPE_WITHDRAWN, kind, at=at)
    return TypeReceipt(code=kind.code, state=TypeState(kind.state), version=kind.version)


def _comment(text: str) -> str:
    words = text.strip()
    if len(words) > LONGEST_COMMENT:
        raise InvalidInput(fields={"comment": _("意见不能超过 1000 字")})
    return words


def _required_comment(text: str) -> str:
    words = _comment(text)
    if not words:
        raise InvalidInput(fields={"comment": _("请填写意见")})
    return words
