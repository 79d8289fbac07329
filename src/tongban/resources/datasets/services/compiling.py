"""
The life of a dataset in the catalogue: compiled by its provider, reviewed and published by somebody else, withdrawn.
"""

import uuid
from datetime import datetime
from typing import Final

import msgspec
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.resources.datasets import permissions, rules
from tongban.resources.datasets.events import DATASET_PUBLISHED, DATASET_WITHDRAWN, DatasetFact
from tongban.resources.datasets.models import Dataset, DatasetEvent, DatasetVersion
from tongban.resources.datasets.permissions import DatasetNotFound
from tongban.resources.datasets.rules.codes import SERIAL_DIGITS
from tongban.resources.datasets.rules.definitions import read_definition
from tongban.resources.datasets.services.exchanging import own_node, tell_nodes
from tongban.resources.datasets.values import (
    OPEN_STATES,
    DatasetAct,
    DatasetState,
    DatasetVersionState,
    Definition,
    Fault,
    VersionReceipt,
)

LONGEST_COMMENT: Final = 1000


class StepNotAllowed(Conflict):
    """
    The version is in a state in which this cannot be done to it.
    """

    code = "dataset_step_not_allowed"
    message = _("该目录版本当前状态不允许此操作")


class VersionAlreadyOpen(Conflict):
    """
    A version of this dataset is being compiled already.
    """

    code = "dataset_version_open"
    message = _("该信息资源已有编制中的版本")


class DraftChanged(Conflict):
    """
    Somebody else has changed the draft since it was read.
    """

    code = "dataset_draft_changed"
    message = _("这个版本刚被他人修改，请刷新后再保存")


class OwnDraftNotReviewable(Conflict):
    """
    Who has compiled a version does not review it.
    """

    code = "dataset_own_draft"
    message = _("本人参与编制的版本须由他人审核和发布")


class CodeTaken(Conflict):
    """
    The classification of a dataset that was published does not change: its code is made of it.
    """

    code = "dataset_code_fixed"
    message = _("已发布的信息资源不能改变分类，请另行编制")


class DefinitionIncomplete(InvalidInput):
    """
    The definition lacks something or contradicts itself; `fields` names the parts.
    """

    code = "dataset_incomplete"
    message = _("信息资源目录不完整或有误")


@business_transaction
def compile_dataset(*, definition: Definition, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Begin a dataset that is not in the catalogue yet; its first version is a draft, its code is given now.

    :raises NotPermitted: the actor does not compile for this provider
    :raises DefinitionIncomplete: its classification or provider is missing; the rest may come later
    """
    permissions.compile_dataset.require(actor, provider_code=definition.provider_code)
    faults = rules.faults_of(definition)
    needed: dict[str, Fault] = {
        part: faults[part] for part in ("title", "group_code", "provider_code") if part in faults
    }
    needed |= rules.too_long(definition)
    if needed:
        raise DefinitionIncomplete(fields={part: str(fault.label) for part, fault in needed.items()})
    dataset = Dataset(node=own_node(), code=_next_code(definition), changed_at=at)
    _show(dataset, definition)
    dataset.save()
    return _begun(dataset, definition, actor=actor, at=at)


@business_transaction
def compile_version(*, dataset_id: uuid.UUID, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Begin the next version of a dataset, as a draft that says what the last one said.

    :raises DatasetNotFound: the own catalogue has no such dataset
    :raises NotPermitted: the actor does not compile for its provider
    :raises VersionAlreadyOpen: one is being compiled
    """
    dataset = _locked(dataset_id)
    permissions.compile_dataset.require(actor, provider_code=dataset.provider_code)
    if dataset.open_state:
        raise VersionAlreadyOpen(dataset=dataset.code)
    return _begun(dataset, read_definition(dataset.definition), actor=actor, at=at)


@business_transaction
def save_draft(
    *, version_id: uuid.UUID, revision: int, definition: Definition, actor: Actor, at: datetime
) -> VersionReceipt:
    """
    Change a draft. It may be incomplete; only what is submitted must be whole.

    :param revision: of the draft that was in hand
    :raises NotPermitted: the actor does not compile for this provider
    :raises StepNotAllowed: it is no draft
    :raises DefinitionIncomplete: something in it is too long to be kept
    :raises DraftChanged: somebody else has changed it since
    :raises CodeTaken: the classification would change after a publication
    """
    dataset, version = _held(version_id, DatasetAct.SAVE, actor=actor)
    permissions.compile_dataset.require(actor, provider_code=definition.provider_code)
    if long := rules.too_long(definition):
        raise DefinitionIncomplete(fields={part: str(fault.label) for part, fault in long.items()})
    if version.revision != revision:
        raise DraftChanged(dataset=dataset.code, revision=version.revision)
    if rules.class_part(definition) != dataset.code.split("/")[0]:
        if dataset.version:
            raise CodeTaken(dataset=dataset.code)
        if "group_code" in rules.faults_of(definition):
            fault = rules.faults_of(definition)["group_code"]
            raise DefinitionIncomplete(fields={"group_code": str(fault.label)})
        dataset.code = _next_code(definition)
    _write(dataset, version, definition, actor=actor, at=at)
    return _did(dataset, version, DatasetAct.SAVE, actor=actor, at=at)


@business_transaction
def submit_draft(*, version_id: uuid.UUID, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Send a draft to review.

    :raises NotPermitted: the actor does not compile for this provider
    :raises StepNotAllowed: it is no draft
    :raises DefinitionIncomplete: names every part that lacks something
    """
    dataset, version = _held(version_id, DatasetAct.SUBMIT, actor=actor)
    faults = rules.faults_of(read_definition(version.definition))
    if faults:
        raise DefinitionIncomplete(fields={part: str(fault.label) for part, fault in faults.items()})
    return _moved(dataset, version, DatasetAct.SUBMIT, actor=actor, at=at)


@business_transaction
def discard_draft(*, version_id: uuid.UUID, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Give a draft up. It stays in the log and is never published.

    :raises NotPermitted: the actor does not compile for this provider
    :raises StepNotAllowed: it is no draft
    """
    dataset, version = _held(version_id, DatasetAct.DISCARD, actor=actor)
    return _moved(dataset, version, DatasetAct.DISCARD, actor=actor, at=at)


@business_transaction
def return_draft(*, version_id: uuid.UUID, comment: str, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Give a version back to its stewards.

    :param comment: what must be changed
    :raises InvalidInput: nothing is said, or too much
    :raises NotPermitted: the actor does not review the area's catalogue
    :raises StepNotAllowed: it is not in review
    :raises OwnDraftNotReviewable: the actor has compiled it
    """
    dataset, version = _held(version_id, DatasetAct.RETURN, actor=actor)
    return _moved(dataset, version, DatasetAct.RETURN, actor=actor, at=at, comment=_said(comment))


@business_transaction
def publish_version(
    *, version_id: uuid.UUID, actor: Actor, at: datetime, comment: str = ""
) -> VersionReceipt:
    """
    Pass a version and put it in force; the nodes above and below hear of it.

    :raises NotPermitted: the actor does not review the area's catalogue
    :raises StepNotAllowed: it is not in review
    :raises OwnDraftNotReviewable: the actor has compiled it
    """
    dataset, version = _held(version_id, DatasetAct.PUBLISH, actor=actor)
    DatasetVersion.objects.filter(dataset=dataset, state=DatasetVersionState.PUBLISHED).update(
        state=DatasetVersionState.REPLACED, ended_at=at
    )
    version.version, version.published_at = dataset.version + 1, at
    version.state = DatasetVersionState.PUBLISHED
    version.save(update_fields=["version", "published_at", "state"])
    _show(dataset, read_definition(version.definition))
    dataset.state, dataset.version, dataset.open_state = DatasetState.IN_USE, version.version, ""
    dataset.published_at = dataset.changed_at = at
    dataset.save()
    _announce(DATASET_PUBLISHED, dataset, at=at)
    return _did(
        dataset, version, DatasetAct.PUBLISH, actor=actor, at=at, comment=comment.strip()[:LONGEST_COMMENT]
    )


@business_transaction
def withdraw_dataset(*, dataset_id: uuid.UUID, comment: str, actor: Actor, at: datetime) -> VersionReceipt:
    """
    Take a dataset out of use. A new version brings it back.

    :param comment: why, and by what act
    :raises InvalidInput: nothing is said, or too much
    :raises DatasetNotFound: the own catalogue has no such dataset
    :raises NotPermitted: the actor does not review the area's catalogue
    :raises StepNotAllowed: it is not in use
    """
    dataset = _locked(dataset_id)
    permissions.review_dataset.require(actor, division_code=dataset.division_code)
    words = _said(comment)
    version = DatasetVersion.objects.filter(dataset=dataset, state=DatasetVersionState.PUBLISHED).first()
    if version is None:
        raise StepNotAllowed(dataset=dataset.code, state=dataset.state)
    version.state, version.ended_at = DatasetVersionState.REPLACED, at
    version.save(update_fields=["state", "ended_at"])
    dataset.state, dataset.changed_at = DatasetState.WITHDRAWN, at
    dataset.save(update_fields=["state", "changed_at"])
    _announce(DATASET_WITHDRAWN, dataset, at=at)
    return _did(dataset, version, DatasetAct.WITHDRAW, actor=actor, at=at, comment=words)


def _locked(dataset_id: uuid.UUID) -> Dataset:
    dataset = Dataset.objects.locked().filter(id=dataset_id, node=own_node()).first()
    if dataset is None:
        raise DatasetNotFound
    return dataset


def _held(version_id: uuid.UUID, act: DatasetAct, *, actor: Actor) -> tuple[Dataset, DatasetVersion]:
    """
    Return a version and its dataset, the dataset's row held, if the actor may do this to it now.
    """
    dataset_id = DatasetVersion.objects.filter(id=version_id).values_list("dataset_id", flat=True).first()
    if dataset_id is None:
        raise DatasetNotFound
    dataset = _locked(dataset_id)
    place = {"provider_code": dataset.provider_code, "division_code": dataset.division_code}
    permissions.read_draft.require(actor, **place)
    step = rules.LIFE[act]
    if step.is_stewards:
        permissions.compile_dataset.require(actor, provider_code=dataset.provider_code)
    else:
        permissions.review_dataset.require(actor, division_code=dataset.division_code)
    version = DatasetVersion.objects.get(id=version_id)
    if version.state not in step.sources:
        raise StepNotAllowed(dataset=dataset.code, state=version.state)
    if not step.is_stewards and not actor.is_system and actor.id in version.compiled_by:
        raise OwnDraftNotReviewable(dataset=dataset.code)
    return dataset, version


def _next_code(definition: Definition) -> str:
    part = rules.class_part(definition)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"datasets:{part}"])
    last = Dataset.objects.filter(node=own_node(), code__startswith=f"{part}/").aggregate(last=Max("code"))
    serial = int(last["last"].split("/")[1]) + 1 if last["last"] else 1
    return f"{part}/{serial:0{SERIAL_DIGITS}d}"


def _begun(dataset: Dataset, definition: Definition, *, actor: Actor, at: datetime) -> VersionReceipt:
    version = DatasetVersion(dataset=dataset, created_at=at)
    _write(dataset, version, definition, actor=actor, at=at)
    return _did(dataset, version, DatasetAct.COMPILE, actor=actor, at=at)


def _write(
    dataset: Dataset, version: DatasetVersion, definition: Definition, *, actor: Actor, at: datetime
) -> None:
    version.definition = msgspec.to_builtins(definition)
    version.digest = sm3_hex(rules.canonical(definition))
    version.revision += 1
    if actor.id not in version.compiled_by:
        version.compiled_by = [*version.compiled_by, actor.id]
    version.save()
    dataset.open_state, dataset.changed_at = DatasetVersionState.DRAFT, at
    if dataset.state == DatasetState.NEW:
        _show(dataset, definition)
    dataset.save()


def _show(dataset: Dataset, definition: Definition) -> None:
    for name in ("title", "title_en", "summary", "provider_code", "provider_name", "division_code"):
        setattr(dataset, name, getattr(definition, name))
    dataset.class_code, dataset.sharing = definition.class_code, definition.sharing
    dataset.openness, dataset.cycle = definition.openness, definition.cycle
    dataset.definition = msgspec.to_builtins(definition)


def _moved(
    dataset: Dataset,
    version: DatasetVersion,
    act: DatasetAct,
    *,
    actor: Actor,
    at: datetime,
    comment: str = "",
) -> VersionReceipt:
    version.state = rules.LIFE[act].target
    version.save(update_fields=["state"])
    dataset.open_state = version.state if version.state in OPEN_STATES else ""
    dataset.changed_at = at
    dataset.save(update_fields=["open_state", "changed_at"])
    return _did(dataset, version, act, actor=actor, at=at, comment=comment)


def _did(
    dataset: Dataset,
    version: DatasetVersion,
    act: DatasetAct,
    *,
    actor: Actor,
    at: datetime,
    comment: str = "",
) -> VersionReceipt:
    DatasetEvent.objects.create(
        dataset=dataset, act=act, at=at, comment=comment, actor_kind=actor.kind.value, actor_id=actor.id
    )
    audit.record(
        action=f"datasets.dataset.{act.value.lower()}",
        actor=actor,
        subject=dataset.code,
        at=at,
        version=version.version,
        digest=version.digest,
    )
    return VersionReceipt(
        id=version.id,
        dataset_id=dataset.id,
        code=dataset.code,
        state=DatasetVersionState(version.state),
        version=version.version,
        revision=version.revision,
    )


def _announce(topic: str, dataset: Dataset, *, at: datetime) -> None:
    fact = DatasetFact(
        code=dataset.code,
        title=dataset.title,
        provider_code=dataset.provider_code,
        version=dataset.version,
        state=dataset.state,
    )
    events.announce(topic=topic, key=dataset.code, at=at, payload=fact)
    tell_nodes(dataset, at=at)


def _said(comment: str) -> str:
    words = comment.strip()
    if not words:
        raise InvalidInput(fields={"comment": _("请填写意见")})
    if len(words) > LONGEST_COMMENT:
        raise InvalidInput(fields={"comment": _("意见不能超过 1000 字")})
    return words
