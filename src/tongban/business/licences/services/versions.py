"""
What every step of a version shares: its type's row held, its state, its log, and how it comes into force.
"""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import rules
from tongban.business.licences.events import TYPE_PUBLISHED, LicenceTypeFact
from tongban.business.licences.models import LicenceType, LicenceTypeEvent, LicenceTypeVersion
from tongban.business.licences.permissions import TypeVersionNotFound, UnknownLicenceType
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.services import publishing
from tongban.business.licences.values import (
    OPEN_STATES,
    DirectoryAct,
    TypeState,
    VersionReceipt,
    VersionState,
)
from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.errors import Conflict


class DraftOutdated(Conflict):
    """
    Another version came into force since the draft was saved; it must be looked through and saved again.
    """

    code = "licence_type_draft_outdated"
    message = _("编制期间现行版本已变化，请核对差异并重新保存后再送审")


class StepNotAllowed(Conflict):
    """
    The version is in a state in which this cannot be done to it.
    """

    code = "licence_type_step_not_allowed"
    message = _("该版本当前状态不允许此操作")


class OwnDraftNotReviewable(Conflict):
    """
    Who has compiled a version neither reviews nor publishes it.
    """

    code = "licence_type_own_draft"
    message = _("本人参与编制的版本须由他人审核和发布")


def locked_type(code: str) -> LicenceType:
    """
    Return a type, its row held: whoever changes one of its versions holds that first.

    :raises UnknownLicenceType: the directory has no such type
    """
    kind = LicenceType.objects.locked().filter(code=code).first()
    if kind is None:
        raise UnknownLicenceType(type_code=code)
    return kind


def held(
    version_id: uuid.UUID, act: DirectoryAct, *, reviewer: Actor | None = None
) -> tuple[LicenceType, LicenceTypeVersion]:
    """
    Return a version and its type, the type's row held.

    :param reviewer: who may not be among those who compiled it; the node's own jobs may
    :raises TypeVersionNotFound: no version has this id
    :raises StepNotAllowed: `act` is not for the version's state
    :raises OwnDraftNotReviewable: the reviewer has compiled it
    """
    code = LicenceTypeVersion.objects.filter(id=version_id).values_list("type_id", flat=True).first()
    if code is None:
        raise TypeVersionNotFound
    kind = locked_type(code)
    version = LicenceTypeVersion.objects.get(id=version_id)
    if VersionState(version.state) not in rules.DIRECTORY_LIFE[act].sources:
        raise StepNotAllowed(type_code=code, state=version.state, act=act.value)
    if reviewer is not None and not reviewer.is_system and reviewer.id in version.compiled_by:
        raise OwnDraftNotReviewable(type_code=code)
    return kind, version


def require_recent(kind: LicenceType, version: LicenceTypeVersion) -> None:
    """
    Refuse a version that another one overtook.

    :raises DraftOutdated: another version came into force since it was saved
    """
    if version.based_on != kind.version:
        raise DraftOutdated(type_code=kind.code, version=kind.version)


def moved(
    kind: LicenceType,
    version: LicenceTypeVersion,
    act: DirectoryAct,
    *,
    actor: Actor,
    at: datetime,
    comment: str = "",
) -> VersionReceipt:
    """
    Move a version to where the step leads, and write it down.
    """
    version.state = rules.DIRECTORY_LIFE[act].target
    version.save(update_fields=["state"])
    kind.open_state = version.state if version.state in OPEN_STATES else ""
    kind.changed_at = at
    kind.save(update_fields=["open_state", "changed_at"])
    return did(kind, version, act, actor=actor, at=at, comment=comment)


def did(
    kind: LicenceType,
    version: LicenceTypeVersion,
    act: DirectoryAct,
    *,
    actor: Actor,
    at: datetime,
    comment: str = "",
) -> VersionReceipt:
    """
    Write a step down and return the receipt.
    """
    record_act(kind, version, act, actor=actor, at=at, comment=comment)
    return receipt_of_version(version)


def receipt_of_version(version: LicenceTypeVersion) -> VersionReceipt:
    """
    Return where a version stands.
    """
    return VersionReceipt(
        id=version.id,
        type_code=version.type_id,
        state=VersionState(version.state),
        version=version.version,
        revision=version.revision,
    )


def put_in_force(kind: LicenceType, version: LicenceTypeVersion, *, at: datetime) -> None:
    """
    End the version in force and put this one in its place; the type's row is held.
    """
    before = LicenceTypeVersion.objects.filter(type=kind, state=VersionState.PUBLISHED).first()
    if before is not None:
        end_version(before, at=at)
    version.version = kind.version + 1
    version.state, version.published_at = VersionState.PUBLISHED, at
    version.save()
    definition = read_definition(version.definition)
    kind.name, kind.name_en = definition.name, definition.name_en
    kind.defining_body_code = definition.defining_body_code
    kind.defining_body_name = definition.defining_body_name
    kind.sharing, kind.items = definition.sharing, list(definition.items)
    kind.state, kind.version, kind.changed_at = TypeState.IN_USE, version.version, at
    kind.save()
    announce_type(TYPE_PUBLISHED, kind, at=at)


def end_version(version: LicenceTypeVersion, *, at: datetime) -> None:
    """
    End the time of a version that is in force.
    """
    version.state, version.ended_at = VersionState.REPLACED, at
    version.save(update_fields=["state", "ended_at"])


def record_act(
    kind: LicenceType,
    version: LicenceTypeVersion | None,
    act: DirectoryAct,
    *,
    actor: Actor,
    at: datetime,
    comment: str = "",
) -> None:
    """
    Write the log of the type and the audit entry, in the open transaction.
    """
    LicenceTypeEvent.objects.create(
        type=kind,
        type_version=version,
        act=act,
        at=at,
        comment=comment,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
    )
    audit.record(
        action=f"licences.type.{act.value.lower()}",
        actor=actor,
        subject=kind.code,
        at=at,
        version=version.version if version else None,
        digest=version.digest if version else "",
    )


def announce_type(topic: str, kind: LicenceType, *, at: datetime) -> None:
    """
    Announce what became of a type.
    """
    fact = LicenceTypeFact(
        code=kind.code, name=kind.name, name_en=kind.name_en, version=kind.version, state=kind.state
    )
    events.announce(topic=topic, key=kind.code, at=at, payload=fact)
    publishing.write_type(kind, at=at)
