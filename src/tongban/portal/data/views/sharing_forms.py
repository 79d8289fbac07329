"""
What the forms of 数据服务 say, read into what services take; and trying an act so that nothing typed is lost.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound, ServiceError, Text
from tongban.resources.datasets import selectors as datasets
from tongban.resources.datasets.values import DatasetState
from tongban.resources.registers import selectors as registers
from tongban.resources.sharing.ports import clients
from tongban.resources.sharing.selectors.lists import RequestDetail, ServiceDetail
from tongban.resources.sharing.values import Parameter, RequestContent, ServiceContent, ServiceKind

OK: Final = 200
MOST_DATASETS: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """
    Why what was sent was not done.
    """

    errors: dict[str, Text] = field(default_factory=dict)
    refusal: ServiceError | None = None
    status: int = OK


def attempt(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse | Tried:
    """
    Do what was sent; else return what the form says about it.

    :raises NotFound: what it is about is not there
    """
    if request.method != "POST":
        return Tried()
    try:
        return act()
    except NotFound:
        raise
    except InvalidInput as error:
        return Tried(errors=dict(error.fields), status=error.status)
    except ServiceError as error:
        return Tried(refusal=error, status=error.status)


def service_content(typed: QueryDict) -> ServiceContent:
    """
    Return what a steward typed of a service.

    :raises InvalidInput: something is not of the form it should be
    """
    kind = typed.get("kind", "")
    if kind not in ServiceKind.values:
        raise InvalidInput(fields={"kind": _("请选择服务类型")})
    return ServiceContent(
        title=typed.get("title", ""),
        summary=typed.get("summary", ""),
        dataset_code=typed.get("dataset_code", "").strip(),
        kind=ServiceKind(kind),
        definition=_definition(ServiceKind(kind), typed),
        parameters=tuple(_parameters(typed.get("parameters", ""))),
        timeout_seconds=_number(typed, "timeout_seconds"),
        cache_seconds=_number(typed, "cache_seconds"),
        subject=typed.get("subject", "").strip(),
    )


def typed_of_service(service: ServiceDetail) -> dict[str, str]:
    """
    Return a service as its form has it.
    """
    made = service.definition or {}
    return {
        "title": service.line.title,
        "summary": service.line.summary,
        "dataset_code": service.dataset_code,
        "kind": service.line.kind.value,
        "parameters": "\n".join(
            f"{each['name']}{'' if each['is_required'] else '?'} {each['title']}"
            for each in service.parameters
        ),
        "timeout_seconds": str(service.timeout_seconds),
        "cache_seconds": str(service.cache_seconds),
        "subject": service.subject,
        "revision": str(service.revision),
        "steps": json.dumps(made.get("steps", []), ensure_ascii=False, indent=2),
        **{
            name: str(made.get(name, ""))
            for name in (
                "url",
                "rows_at",
                "credential",
                "header",
                "register",
                "key",
                "way",
                "output",
                "service",
            )
        },
    }


def request_content(typed: QueryDict) -> RequestContent:
    """
    Return what an applicant typed.

    :raises InvalidInput: something is not of the form it should be
    """
    return RequestContent(
        client_id=typed.get("client_id", ""),
        purpose=typed.get("purpose", ""),
        legal_basis=typed.get("legal_basis", ""),
        item_code=typed.get("item_code", "")[:64],
        fields=tuple(typed.getlist("fields")),
        row_condition=typed.get("row_condition", ""),
        daily_quota=_number(typed, "daily_quota"),
        until=_day(typed, "until"),
        contact_name=typed.get("contact_name", ""),
        contact_phone=typed.get("contact_phone", ""),
    )


def typed_of_request(request: RequestDetail) -> dict[str, str]:
    """
    Return a request as its form has it.
    """
    return {
        "client_id": request.client_id,
        "purpose": request.line.purpose,
        "legal_basis": request.legal_basis,
        "item_code": request.item_code,
        "row_condition": request.row_condition,
        "daily_quota": str(request.daily_quota),
        "until": request.until.isoformat(),
        "contact_name": request.contact_name,
        "contact_phone": request.contact_phone,
    }


def systems_of(actor: Actor, at: datetime) -> list[tuple[str, str]]:
    """
    Return the systems of the actor's agency, to choose from.
    """
    found = clients().of_agency(actor.agency_code or "", at=at)
    return [(each.client_id, f"{each.name} ({each.client_id})") for each in found]


def datasets_of(actor: Actor, at: datetime) -> list[tuple[str, str]]:
    """
    Return the datasets of the actor's agency that are in use, to choose from; the first hundred by code. One query.
    """
    if not datasets.may_read(actor=actor):
        return []
    found = datasets.datasets(
        actor=actor,
        at=at,
        provider_code=actor.agency_code or "",
        state=DatasetState.IN_USE,
        is_own=True,
        limit=MOST_DATASETS,
    )
    return [(each.code, f"{each.title} ({each.code})") for each in found.items]


def agency_name(actor: Actor) -> Callable[[str], str]:
    """
    Return what names an agency by its code; the code itself where the register has none. One query, when first asked.
    """
    names: dict[str, str] = {}

    def name(code: str) -> str:
        if not names:
            names.update(registers.known_agency_codes(actor=actor))
        return names.get(code, code)

    return name


def known_id(text: str) -> uuid.UUID | None:
    """
    Return an id that was typed or travelled in an address; None: it is none.
    """
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def number_typed(typed: QueryDict, name: str) -> int:
    """
    Return a whole number.

    :raises InvalidInput: it is none
    """
    return _number(typed, name)


def day_typed(typed: QueryDict, name: str) -> date:
    """
    Return a day.

    :raises InvalidInput: it is none
    """
    return _day(typed, name)


def _number(typed: QueryDict, name: str) -> int:
    text = typed.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 -- fits a column
        raise InvalidInput(fields={name: _("请填写数字")})
    return int(text)


def _day(typed: QueryDict, name: str) -> date:
    try:
        return date.fromisoformat(typed.get(name, ""))
    except ValueError as error:
        raise InvalidInput(fields={name: _("请填写日期")}) from error


def _definition(kind: ServiceKind, typed: QueryDict) -> dict[str, Any]:
    def said(*names: str) -> dict[str, Any]:
        return {name: typed.get(name, "").strip() for name in names if typed.get(name, "").strip()}

    match kind:
        case ServiceKind.UPSTREAM:
            return said("url", "rows_at", "credential", "header")
        case ServiceKind.QUERY:
            return said("register", "key", "way")
        case ServiceKind.PARENT:
            return said("service")
        case ServiceKind.ORCHESTRATED:
            try:
                steps = json.loads(typed.get("steps", "") or "[]")
            except (ValueError, RecursionError) as error:
                raise InvalidInput(fields={"steps": _("步骤不是有效的 JSON")}) from error
            return {"steps": steps, **said("output")}


def _parameters(text: str) -> list[Parameter]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _space, title = line.partition(" ")
        found.append(
            Parameter(
                name=name.rstrip("?"), title=title.strip()[:64] or name, is_required=not name.endswith("?")
            )
        )
    return found
