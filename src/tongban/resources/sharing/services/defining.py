"""
数据服务 from draft to publication: compiled by the provider, looked through by a reviewer, published by the provider.
"""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, outgoing
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, RuleViolation, StaleVersion, Text
from tongban.resources.datasets.values import Sharing
from tongban.resources.registers.values import RegisterCode
from tongban.resources.registers.values import definition as definition_of_register
from tongban.resources.sharing import permissions, ports
from tongban.resources.sharing.models import DataService, ServiceEvent
from tongban.resources.sharing.permissions import ServiceNotFound
from tongban.resources.sharing.rules import plans
from tongban.resources.sharing.rules.expressions import Flaw
from tongban.resources.sharing.rules.terms import SERVICE_LIFE
from tongban.resources.sharing.services.flaws import words_of
from tongban.resources.sharing.values import (
    AFTER,
    SHAPES,
    AtParent,
    Catalogued,
    Credential,
    Definition,
    Orchestration,
    Query,
    QueryWay,
    ServiceAct,
    ServiceContent,
    ServiceKind,
    ServiceReceipt,
    ServiceState,
    Upstream,
)

CODE: Final = re.compile(r"[a-z][a-z0-9-]{1,63}")
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
NOT_HEADERS: Final = frozenset({"host", "content-length", "content-type", "connection", "transfer-encoding"})
LONGEST_TITLE: Final = 128
LONGEST_SUMMARY: Final = 1000
LONGEST_SECONDS: Final = 30
LONGEST_CACHE_SECONDS: Final = 3600
MOST_PARAMETERS: Final = 20


class ServiceCodeTaken(Conflict):
    """
    Another service has this code.
    """

    code = "data_service_code_taken"
    message = _("服务编码已被使用")


class ServiceStepNotAllowed(Conflict):
    """
    The service is in a state in which this cannot be done to it.
    """

    code = "data_service_step_not_allowed"
    message = _("该服务当前状态不允许此操作")


class OwnServiceNotCheckable(Conflict):
    """
    Who has compiled a service does not check it.
    """

    code = "data_service_own_draft"
    message = _("本人参与编制的服务须由他人核验")


class NotShared(RuleViolation):
    """
    The dataset is not shared; no service may give it out.
    """

    code = "data_not_shared"
    message = _("该信息资源不予共享，不能发布数据服务")
    clause = "共享办法-9"


@business_transaction
def create_service(
    *, code: str, agency_code: str, division_code: str, content: ServiceContent, actor: Actor, at: datetime
) -> ServiceReceipt:
    """
    Begin a service.

    :raises NotPermitted: the actor is no steward of the agency
    :raises InvalidInput: says which field of what was written is wrong, and why
    :raises ServiceCodeTaken: another one has the code
    """
    permissions.compile_service.require(actor, agency_code=agency_code)
    if CODE.fullmatch(code) is None:
        raise InvalidInput(fields={"code": _("编码应以小写字母开头，只含小写字母、数字和连字符，2 至 64 位")})
    _check_content(content, agency_code=agency_code)
    service = DataService(
        code=code,
        agency_code=agency_code,
        division_code=division_code,
        state=ServiceState.DRAFT,
        created_at=at,
        changed_at=at,
        compiled_by=[actor.id],
    )
    _write(service, content)
    try:
        with transaction.atomic():
            service.save(force_insert=True)
    except IntegrityError as error:
        raise ServiceCodeTaken(code=code) from error
    return _did(service, ServiceAct.CREATE, actor=actor, at=at)


@business_transaction
def save_service(
    *,
    code: str,
    content: ServiceContent,
    revision: int,
    actor: Actor,
    at: datetime,
    secret: str | None = None,
) -> ServiceReceipt:
    """
    Save a draft.

    :param revision: on which the writing is based
    :param secret: what the upstream knows us by; None: stays as it is; empty: none
    :raises StaleVersion: somebody else saved it meanwhile
    :raises InvalidInput: says which field is wrong, and why
    """
    service = _held(code, ServiceAct.SAVE, actor)
    permissions.compile_service.require(actor, agency_code=service.agency_code)
    if service.revision != revision:
        raise StaleVersion
    _check_content(content, agency_code=service.agency_code)
    _write(service, content)
    if secret is not None:
        service.credential = secret or None
    service.compiled_by = sorted({*service.compiled_by, actor.id})
    service.revision += 1
    service.changed_at = at
    service.save()
    return _did(service, ServiceAct.SAVE, actor=actor, at=at)


@business_transaction
def check_service(*, code: str, actor: Actor, at: datetime, words: str = "") -> ServiceReceipt:
    """
    Let a service through to publication: what it says is in order, its dataset is published and may be shared.

    :raises OwnServiceNotCheckable: the reviewer has compiled it
    :raises NotShared: the dataset is not shared
    :raises InvalidInput: what was saved is not in order any more
    """
    service = _held(code, ServiceAct.CHECK, actor)
    permissions.check_service.require(actor, division_code=service.division_code)
    if not actor.is_system and actor.id in service.compiled_by:
        raise OwnServiceNotCheckable(code=code)
    dataset = _check_content(content_of(service), agency_code=service.agency_code)
    _require_shared(dataset)
    _copy_dataset(service, dataset)
    return _moved(service, ServiceAct.CHECK, actor=actor, at=at, words=words)


@business_transaction
def publish_service(*, code: str, actor: Actor, at: datetime) -> ServiceReceipt:
    """
    Put a checked service into the catalogue of services: others can apply for it.

    :raises NotShared: its dataset has been closed or ended since it was checked
    """
    service = _held(code, ServiceAct.PUBLISH, actor)
    permissions.compile_service.require(actor, agency_code=service.agency_code)
    dataset = ports.dataset(service.dataset_code)
    if dataset is None:
        raise NotShared(code=code)
    _require_shared(dataset)
    _copy_dataset(service, dataset)
    service.published_at = at
    return _moved(service, ServiceAct.PUBLISH, actor=actor, at=at)


@business_transaction
def change_state(
    *, code: str, act: ServiceAct, actor: Actor, at: datetime, words: str = ""
) -> ServiceReceipt:
    """
    Suspend, resume, take back into compiling, or withdraw a service. Calls are refused from this moment on.

    :raises InvalidInput: no reason was given to those who use it
    :raises ServiceStepNotAllowed: not in this state
    """
    if act not in {ServiceAct.SUSPEND, ServiceAct.RESUME, ServiceAct.REOPEN, ServiceAct.WITHDRAW}:
        raise ValueError(act)
    service = _held(code, act, actor)
    if act is ServiceAct.SUSPEND and permissions.check_service.allows(
        actor, division_code=service.division_code
    ):
        pass
    else:
        permissions.compile_service.require(actor, agency_code=service.agency_code)
    if act in {ServiceAct.SUSPEND, ServiceAct.WITHDRAW} and not words.strip():
        raise InvalidInput(fields={"words": _("请说明原因，使用方会看到")})
    return _moved(service, act, actor=actor, at=at, words=words.strip()[:500])


def content_of(service: DataService) -> ServiceContent:
    """
    Return what was written of a service.
    """
    return msgspec.convert(
        {
            "title": service.title,
            "summary": service.summary,
            "dataset_code": service.dataset_code,
            "kind": service.kind,
            "definition": service.definition,
            "parameters": service.parameters,
            "timeout_seconds": service.timeout_seconds,
            "cache_seconds": service.cache_seconds,
            "subject": service.subject,
        },
        ServiceContent,
    )


def definition_of(kind: str, raw: dict[str, Any]) -> Definition:
    """
    Return the definition of a service as its kind has it.

    :raises InvalidInput: it is not of that form; says where
    """
    try:
        return msgspec.convert(raw, SHAPES[ServiceKind(kind)])
    except msgspec.ValidationError as error:
        words = _("实现的定义有误：%(reason)s") % {"reason": str(error)}
        raise InvalidInput(fields={"definition": words}) from error


def _held(code: str, act: ServiceAct, actor: Actor) -> DataService:
    service = DataService.objects.locked().filter(code=code).first()
    if service is None:
        raise ServiceNotFound(code=code)
    if ServiceState(service.state) not in SERVICE_LIFE[act].sources:
        permissions.list_services.require(actor)
        raise ServiceStepNotAllowed(code=code, state=service.state)
    return service


def _write(service: DataService, content: ServiceContent) -> None:
    service.title, service.summary = content.title.strip(), content.summary.strip()
    service.dataset_code, service.kind = content.dataset_code, content.kind
    service.definition = content.definition
    service.parameters = [msgspec.to_builtins(each) for each in content.parameters]
    service.timeout_seconds, service.cache_seconds = content.timeout_seconds, content.cache_seconds
    service.subject = content.subject


def _moved(
    service: DataService, act: ServiceAct, *, actor: Actor, at: datetime, words: str = ""
) -> ServiceReceipt:
    service.state = SERVICE_LIFE[act].target
    service.changed_at = at
    service.revision += 1
    service.save()
    return _did(service, act, actor=actor, at=at, words=words)


def _did(
    service: DataService, act: ServiceAct, *, actor: Actor, at: datetime, words: str = ""
) -> ServiceReceipt:
    ServiceEvent.objects.create(
        service=service,
        at=at,
        act=act,
        words=words,
        actor_name=actor.name[:64],
        agency_code=actor.agency_code or "",
    )
    audit.record(
        action=f"sharing.service.{act.value.lower()}",
        actor=actor,
        subject=service.code,
        at=at,
        revision=service.revision,
        words=words,
    )
    return ServiceReceipt(code=service.code, state=ServiceState(service.state), revision=service.revision)


def _require_shared(dataset: Catalogued) -> None:
    if not dataset.is_published or dataset.sharing is Sharing.NONE:
        raise NotShared(dataset=dataset.code)


def _copy_dataset(service: DataService, dataset: Catalogued) -> None:
    service.sharing = dataset.sharing
    service.fields = [msgspec.to_builtins(field) for field in dataset.fields]
    service.schema = dataset.schema


def _check_content(content: ServiceContent, *, agency_code: str) -> Catalogued:
    """
    Return the dataset of a service whose content is in order.

    :raises InvalidInput: names every field that is not, and why
    """
    wrong: dict[str, Text] = {}
    if not 1 <= len(content.title.strip()) <= LONGEST_TITLE:
        wrong["title"] = _("请填写服务名称，不超过 128 个字")
    if len(content.summary) > LONGEST_SUMMARY:
        wrong["summary"] = _("说明不超过 1000 个字")
    if not 1 <= content.timeout_seconds <= LONGEST_SECONDS:
        wrong["timeout_seconds"] = _("超时应为 1 至 30 秒")
    dataset = ports.dataset(content.dataset_code)
    if dataset is None or dataset.agency_code != agency_code:
        wrong["dataset_code"] = _("请选择本机构已发布的信息资源")
    else:
        _check_cache(content, dataset, wrong)
    _check_parameters(content, wrong)
    _check_definition(content, wrong)
    if wrong or dataset is None:
        raise InvalidInput(fields=wrong)
    return dataset


def _check_cache(content: ServiceContent, dataset: Catalogued, wrong: dict[str, Text]) -> None:
    if not 0 <= content.cache_seconds <= LONGEST_CACHE_SECONDS:
        wrong["cache_seconds"] = _("缓存时间应为 0 至 3600 秒")
    elif content.cache_seconds and not dataset.permits_caching:
        wrong["cache_seconds"] = _("只有无条件共享且不含个人信息的信息资源可以缓存，请填 0")


def _check_parameters(content: ServiceContent, wrong: dict[str, Text]) -> None:
    names = [each.name for each in content.parameters]
    if len(names) > MOST_PARAMETERS or len(set(names)) != len(names):
        wrong["parameters"] = _("查询条件最多 20 个，名称不能重复")
    elif any(NAME.fullmatch(name) is None for name in names):
        wrong["parameters"] = _("查询条件的名称只含字母、数字和下划线，以字母开头")
    if content.subject and content.subject not in names:
        wrong["subject"] = _("查询对象应是查询条件之一")


def _check_definition(content: ServiceContent, wrong: dict[str, Text]) -> None:
    try:
        definition = definition_of(content.kind, content.definition)
        flaw = _flaw_of(definition, content)
    except InvalidInput as error:
        wrong |= error.fields
    except Flaw as error:
        wrong["definition"] = words_of(error)
    except outgoing.AddressNotAllowed as error:
        wrong["definition"] = error.message
    else:
        if flaw is not None:
            wrong["definition"] = flaw


def _flaw_of(definition: Definition, content: ServiceContent) -> Text | None:
    """
    Return what is wrong with a definition of the right form; None: nothing.
    """
    match definition:
        case Upstream():
            outgoing.require_allowed(definition.url)
            is_header = definition.credential is Credential.HEADER
            if is_header and (
                HEADER.fullmatch(definition.header) is None or definition.header.lower() in NOT_HEADERS
            ):
                return _("请填写携带密钥的请求头名称")
        case Query():
            return _flaw_of_query(definition, content)
        case Orchestration():
            plans.check(definition)
        case AtParent():
            if CODE.fullmatch(definition.service) is None:
                return _("请填写上级节点的服务编码")
    return None


def _flaw_of_query(query: Query, content: ServiceContent) -> Text | None:
    if query.register not in RegisterCode.values:
        return _("没有这个基础库")
    inputs = {each.name for each in content.parameters}
    if query.way is QueryWay.LIST:
        inputs.discard(AFTER)
    elif query.key not in inputs:
        return _("基础库的主键应是查询条件之一")
    held = definition_of_register(RegisterCode(query.register)).names
    # Not the key: by another name than the register's it may be asked for.
    named = inputs - {query.key} if query.way is not QueryWay.READ else set()
    dataset = ports.dataset(content.dataset_code)
    given = {each.name for each in dataset.fields} if dataset else set()
    if unknown := sorted((named | given) - held):
        return _("基础库没有这些信息项：%(columns)s") % {"columns": "、".join(unknown)}
    if query.way is QueryWay.VERIFY and not named:
        return _("请写明可以核验的信息项")
    return None
