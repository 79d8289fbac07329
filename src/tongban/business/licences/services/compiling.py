"""
Compiling the directory of licences: versions are drafts until somebody else has reviewed them.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import LicenceType, LicenceTypeVersion
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.services.versions import did, held, locked_type, moved, require_recent
from tongban.business.licences.values import (
    DirectoryAct,
    Fault,
    TypeDefinition,
    TypeState,
    VersionReceipt,
    VersionState,
)
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.support.documents import services as documents


class TypeCodeTaken(Conflict):
    """
    A type has this code already.
    """

    code = "licence_type_code_taken"
    message = _("该证照类型代码已被使用")


class VersionAlreadyOpen(Conflict):
    """
    A version of this type is being compiled already.
    """

    code = "licence_type_version_open"
    message = _("该证照类型已有编制中的版本")


class DraftChanged(Conflict):
    """
    Somebody else has changed the draft since it was read.
    """

    code = "licence_type_draft_changed"
    message = _("这个版本刚被他人修改，请刷新后再保存")


class DefinitionIncomplete(InvalidInput):
    """
    The definition lacks something or contradicts itself; `fields` names the parts.
    """

    code = "licence_type_incomplete"
    message = _("证照类型定义不完整或有误")


@business_transaction
def compile_type(*, code: str, definition: TypeDefinition, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Begin a type that is not in the directory yet; its first version is a draft.

    :param code: 21 characters: the defining body's code and three digits
    :raises NotPermitted: the actor does not edit the directory
    :raises DefinitionIncomplete: the code is none, or the face template cannot be read
    :raises TypeCodeTaken: the directory has the type
    """
    permissions.compile_types.require(actor)
    if not rules.is_type_code(code):
        raise DefinitionIncomplete(fields={"code": str(Fault.BAD_CODE.label)})
    definition = with_template(definition)
    kind, is_new = LicenceType.objects.get_or_create(code=code, defaults={"changed_at": at})
    if not is_new:
        raise TypeCodeTaken(type_code=code)
    return _begun(kind, definition, actor=actor, at=at)


@business_transaction
def compile_version(
    *, code: str, actor: Actor, at: datetime, definition: TypeDefinition | None = None
) -> VersionReceipt:
    """
    Begin the next version of a type, as a draft.

    :param definition: None: what the version in force says, or the last one that was
    :raises NotPermitted: the actor does not edit the directory
    :raises UnknownLicenceType: the directory has no such type
    :raises VersionAlreadyOpen: one is being compiled
    :raises DefinitionIncomplete: the face template cannot be read
    """
    permissions.compile_types.require(actor)
    kind = locked_type(code)
    if kind.open_state:
        raise VersionAlreadyOpen(type_code=code)
    if definition is None:
        last = LicenceTypeVersion.objects.filter(type=kind).exclude(version=None).order_by("-version").first()
        if last is None:
            last = LicenceTypeVersion.objects.filter(type=kind).latest("created_at")
        definition = read_definition(last.definition)
    return _begun(kind, with_template(definition), actor=actor, at=at)


@business_transaction
def save_draft(
    *, version_id: uuid.UUID, revision: int, definition: TypeDefinition, actor: Actor, at: datetime
) -> VersionReceipt:
    """
    Change a draft. It may be incomplete; only what is sent to review must be whole.

    :param revision: of the draft that was in hand
    :raises NotPermitted: the actor does not edit the directory
    :raises TypeVersionNotFound: no version has this id
    :raises StepNotAllowed: it is no draft
    :raises DraftChanged: somebody else has changed it since
    :raises DefinitionIncomplete: the face template cannot be read
    """
    permissions.compile_types.require(actor)
    kind, version = held(version_id, DirectoryAct.SAVE)
    if version.revision != revision:
        raise DraftChanged(type_code=kind.code, revision=version.revision)
    _write(kind, version, with_template(definition), actor=actor, at=at)
    return did(kind, version, DirectoryAct.SAVE, actor=actor, at=at)


@business_transaction
def submit_draft(*, version_id: uuid.UUID, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Send a draft to review.

    :raises NotPermitted: the actor does not edit the directory
    :raises TypeVersionNotFound: no version has this id
    :raises StepNotAllowed: it is no draft
    :raises DraftOutdated: another version came into force since it was saved
    :raises DefinitionIncomplete: names every part that lacks something
    """
    permissions.compile_types.require(actor)
    kind, version = held(version_id, DirectoryAct.SUBMIT)
    require_recent(kind, version)
    faults = rules.faults_of(read_definition(version.definition))
    if faults:
        raise DefinitionIncomplete(fields={part: str(fault.label) for part, fault in faults.items()})
    return moved(kind, version, DirectoryAct.SUBMIT, actor=actor, at=at)


@business_transaction
def discard_draft(*, version_id: uuid.UUID, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Give a draft up. It stays in the log and is never published.

    :raises NotPermitted: the actor does not edit the directory
    :raises TypeVersionNotFound: no version has this id
    :raises StepNotAllowed: it is no draft
    """
    permissions.compile_types.require(actor)
    kind, version = held(version_id, DirectoryAct.DISCARD)
    return moved(kind, version, DirectoryAct.DISCARD, actor=actor, at=at)


def with_template(definition: TypeDefinition) -> TypeDefinition:
    """
    Return the definition with its face template read and written once, so that equal faces are equal text.

    :raises DefinitionIncomplete: the template cannot be read; names its parts
    """
    if not definition.template:
        return definition
    return msgspec.structs.replace(definition, template=_normal_template(definition.template))


def _normal_template(template: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return documents.template_json(documents.read_template(template))
    except InvalidInput as error:
        raise DefinitionIncomplete(
            fields={f"template.{part}": text for part, text in error.fields.items()}
        ) from error


def _begun(kind: LicenceType, definition: TypeDefinition, *, actor: Actor, at: datetime) -> VersionReceipt:
    version = LicenceTypeVersion(type=kind, created_at=at, revision=0, state=VersionState.DRAFT)
    _write(kind, version, definition, actor=actor, at=at)
    return did(kind, version, DirectoryAct.COMPILE, actor=actor, at=at)


def _write(
    kind: LicenceType,
    version: LicenceTypeVersion,
    definition: TypeDefinition,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    version.definition = msgspec.to_builtins(definition)
    version.digest = sm3_hex(rules.canonical_definition(definition))
    version.revision += 1
    version.based_on = kind.version
    if actor.id not in version.compiled_by:
        version.compiled_by = [*version.compiled_by, actor.id]
    version.save()
    kind.open_state, kind.changed_at = VersionState.DRAFT, at
    if kind.state == TypeState.NEW:
        kind.name, kind.name_en = definition.name, definition.name_en
        kind.defining_body_code = definition.defining_body_code
        kind.defining_body_name = definition.defining_body_name
    kind.save()
