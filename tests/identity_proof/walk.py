"""
Going through doors as somebody, and looking at everything that comes back.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import casework as make
from tests.factories import identity
from tests.identity_proof import oracle
from tests.identity_proof.doors import Door
from tests.identity_proof.world import Kind, Thing, World
from tongban.business.casework.selectors import CaseFilter
from tongban.business.catalogue.selectors import BrowseQuery
from tongban.business.licences.rules import Identifier
from tongban.config.api import api
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import ServiceError
from tongban.foundation.looks import LookFilter
from tongban.resources.caselibrary.values import CaseQuestion
from tongban.support.documents.values import Owner
from tongban.support.identity.values import Role
from tongban.support.identity.values.staff import StaffFilter
from tongban.support.security.values.audit import AuditFilter

ID_PARAMETERS = {
    Kind.CASE: "number",
    Kind.LICENCE: "identifier",
    Kind.PRESENTATION: "presentation_id",
    Kind.SHARE: "share_id",
    Kind.DRAFT: "draft_id",
    Kind.FILE: "file_id",
    Kind.DRAFT_FILE: "file_id",
    Kind.WAITING_FILE: "file_id",
    Kind.MESSAGE: "message_id",
    Kind.WORK_ITEM: "item_id",
    Kind.OFFERING: "code",
    Kind.PERSON: "person_id",
    Kind.TEXT: "text_id",
    Kind.ENTITY: "entity_id",
    Kind.MANDATE: "mandate_id",
    Kind.LOOK: "look_id",
    Kind.OBJECTION: "objection_id",
    Kind.COPY: "request_id",
    Kind.STAFF: "account_id",
    Kind.ABSENCE: "absence_id",
    Kind.RESET: "reset_id",
    Kind.STOCK: "stock_id",
    Kind.EVENT: "event_id",
    Kind.CERTIFICATE: "certificate_id",
    Kind.SEAL: "seal_id",
    Kind.SEAL_BATCH: "batch_id",
    Kind.SIGNING: "request_id",
    Kind.PARTY: "client_id",
    Kind.CLIENT: "client_id",
    Kind.TYPE_VERSION: "version_id",
    Kind.LICENCE_BATCH: "batch_id",
    Kind.STOCK_LICENCE: "row_id",
    Kind.FINDING: "finding_id",
}
FILLED_IN = {
    "code": "{offering}",
    "type_code": make.LICENCE_TYPE["code"],
    "version": "1",
    "page": "1",
    "theme": "01",
    "audience": "person",
    "material": "floor_plan",
    "material_code": "floor_plan",
    "file_id": "00000000-0000-4000-8000-00000000dead",
    "step": "form",
    "outcome": "pass",
    "token": "{token}",
    "appmark": "never-was",
    "authority_id": "00000000-0000-4000-8000-00000000dead",
    "serial": "DEAD",
    "number": "{number}",
    "identifier": "{identifier}",
    "lang": "zh-hans",
    "account_id": "00000000-0000-4000-8000-00000000dead",
    "mandate_id": "00000000-0000-4000-8000-00000000dead",
    "feed": "1",
    "inbound": "1",
    "entry_number": "1",
    "peer": "510000000000",
    "message": "1",
    "run": "1",
    "item": "1",
    "conflict": "1",
    "day": "2026-11-20",
    "deed": "retry",
    "request_id": "00000000-0000-4000-8000-00000000dead",
    "dataset_id": "00000000-0000-4000-8000-00000000dead",
    "dataset_code": "306018-000001",
    "form": "ttl",
    "version_id": "00000000-0000-4000-8000-00000000dead",
    "duty_id": "00000000-0000-4000-8000-00000000dead",
    "grant_id": "00000000-0000-4000-8000-00000000dead",
    "case_id": "1",
    "push_back_id": "1",
    "export_id": "00000000-0000-4000-8000-00000000dead",
    "intake_id": "00000000-0000-4000-8000-00000000dead",
    "node": "510000000000",
}
"""What else an address wants; a case's or licence's number only where the door is public."""
DATA_RESOURCES = (
    "tongban.resources.",
    "tongban.business.crossregion.",
    "tongban.business.catalogue.selectors.open_to_others",
)
NEVER_WERE: Mapping[Any, Any] = {
    int: 10**9,
    UUID: UUID("00000000-0000-4000-8000-00000000dead"),
    str: "nothing",
    date: date(2026, 11, 20),
}
"""What selectors of the data resources are asked for, whose rows this world has none of; by annotation."""
FILLED_IN_AT = {
    ("data:registers-load", "batch_id"): "1",
    ("data:registers-load-csv", "batch_id"): "1",
    ("data:registers-match", "row_id"): "00000000-0000-4000-8000-00000000dead",
    ("data:registers-dispute", "number"): "YH-0",
}
"""The same, where another app calls something else by the same name."""
INTEGERS = frozenset({Kind.LOOK, Kind.EVENT, Kind.FACTOR})
WORDS = frozenset({Kind.CASE, Kind.LICENCE, Kind.OFFERING, Kind.PARTY, Kind.CLIENT})
"""Kinds whose ids are no UUIDs."""
ACTS = {
    "desk:case-act": "accept",
    "desk:licence-act": "suspend",
    "desk:account-act": "tasks",
    "desk:licence-type-step": "submit",
}
VOLATILE = (
    re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"'),
    re.compile(r'"(?:request_id|csrf_token)":\s*"[^"]*"'),
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"),
    re.compile(r'nonce="[^"]*"'),
    re.compile(r'<meta name="csrf[^>]*>'),
    re.compile(r'"milliseconds": [0-9.]+'),
    re.compile(r'name="key" value="[^"]*"'),
    re.compile(r'name="check_id" value="[^"]*"'),
    re.compile(r"eyJ[\w-]+:\w+:[\w-]+"),
)
"""What differs between two answers to one question."""
VOLATILE_HEADERS = frozenset({"date", "expires", "x-request-id", "set-cookie", "ratelimit", "server-timing"})
IN_WORDS: dict[type, Callable[[Any], str]] = {BrowseQuery: lambda _query: "许可"}
"""How a value is put where a selector wants words."""
WANTED: dict[str, Callable[[], object]] = {
    "tongban.resources.caselibrary.selectors.cases": CaseQuestion,
    "directory": StaffFilter,
    "ledgers": LookFilter,
    "ledger": LookFilter,
    "audit": lambda: AuditFilter(since=date(2026, 1, 1), until=date(2099, 1, 1)),
}
"""What `wanted` is, by the module of the selector; else a `CaseFilter`."""
FILES = ("file", "file-floor_plan")
"""What the places for files are called in forms."""
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    What came back from a door: its text, and how often the database was asked.
    """

    status: str
    text: str
    statements: int
    value: object = None

    def without(self, *handed_in: str) -> "Answer":
        """
        Return the answer as it is about any id: what was handed in is taken out.
        """
        text = self.text
        for part in sorted({part for part in handed_in if part}, key=len, reverse=True):
            text = text.replace(part, "<id>")
        return Answer(status=self.status, text=text, statements=self.statements)


@cache
def pages() -> dict[str, tuple[str, ...]]:
    """
    Return the parameters of every address that is no operation of the API, by its full name.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, pattern, parameters in _patterns(get_resolver(), "", ()):
        if not name.startswith("api-1:"):
            found[name or str(pattern.pattern)] = parameters
    return found


def _patterns(
    resolver: URLResolver, namespace: str, parameters: tuple[str, ...]
) -> Iterator[tuple[str, URLPattern, tuple[str, ...]]]:
    for entry in resolver.url_patterns:
        inherited = (*parameters, *entry.pattern.converters)
        if isinstance(entry, URLResolver):
            inside = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _patterns(entry, inside, inherited)
        else:
            name = f"{namespace}{entry.name}" if entry.name else ""
            yield name, entry, inherited


@cache
def _document() -> Mapping[str, Any]:
    """
    Return the API's own description; making it takes a second.
    """
    document: Mapping[str, Any] = api.get_openapi_schema()
    return document


@cache
def operations() -> dict[str, tuple[str, str]]:
    """
    Return method and path of every operation of the API, by its id.
    """
    return {
        operation["operationId"]: (method, path)
        for path, methods in _document()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


@cache
def selectors() -> dict[str, Callable[..., Any]]:
    """
    Return every public selector that takes an actor, by its dotted name.
    """
    found = {}
    for module in _selector_modules():
        public = getattr(module, "__all__", None) or [
            name for name in vars(module) if not name.startswith("_")
        ]
        for name in public:
            member = getattr(module, name)
            is_ours = inspect.isfunction(member) and member.__module__.startswith(module.__name__)
            if is_ours and "actor" in inspect.signature(member).parameters:
                found[f"{module.__name__}.{name}"] = member
    return found


@cache
def unscoped_selectors() -> frozenset[str]:
    """
    Return every public function of the modules of selectors that takes no actor, by its dotted name.
    """
    return frozenset(
        f"{module.__name__}.{name}"
        for package in _selector_modules()
        for module in (package, *_parts_of(package))
        for name, member in vars(module).items()
        if not name.startswith("_")
        and member.__class__ is FunctionType
        and member.__module__ == module.__name__
        and "actor" not in inspect.signature(member).parameters
    )


def _parts_of(package: Any) -> Iterator[Any]:
    for part in iter_modules(getattr(package, "__path__", ()), f"{package.__name__}."):
        yield import_module(part.name)


def ids_asked_for(operation_id: str) -> set[str]:
    """
    Return what an operation wants by an id: parts of its path, and fields of its body that hold UUIDs.
    """
    document = _document()
    method, path = operations()[operation_id]
    contents = document["paths"][path][method].get("requestBody", {}).get("content", {})
    fields = {name for content in contents.values() for name in _uuids(content["schema"], document)}
    return {*_ids_in(re.findall(r"{(\w+)}", path)), *fields}


def ids_in_address(name: str) -> set[str]:
    """
    Return what a page wants by an id.
    """
    return _ids_in(pages()[name])


def _ids_in(parameters: Iterable[str]) -> set[str]:
    return {name for name in parameters if name.endswith("_id") or name in {"number", "identifier"}}


def _uuids(schema: Mapping[str, Any], document: Mapping[str, Any], name: str = "") -> Iterator[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("format") == "uuid":
        yield name
    for part in (*schema.get("anyOf", ()), *filter(None, (schema.get("items"),))):
        yield from _uuids(part, document, name)
    for field, part in schema.get("properties", {}).items():
        yield from _uuids(part, document, field)


def _selector_modules() -> Iterator[Any]:
    for app in apps.get_app_configs():
        if not app.name.startswith("tongban."):
            continue
        try:
            yield import_module(f"{app.name}.selectors")
        except ModuleNotFoundError as error:
            if error.name != f"{app.name}.selectors":
                raise
    # Not gathered in its package: its functions are called as the module is.
    yield import_module("tongban.resources.exchange.selectors.nodes")


class Walker:
    """
    Somebody who goes through doors.
    """

    def __init__(self, world: World, actor: Actor, *, become: Callable[[Actor], None]) -> None:
        """
        Keep who goes, and how requests come to believe that it is he.
        """
        self.world = world
        self.actor = actor
        self._become = become

    def answers(self, door: Door, thing: Thing | None, *, only_reading: bool) -> list[Answer]:
        """
        Return what a door answers about a thing, or about one that never was where it is None.

        :param only_reading: nothing may change by it
        """
        known = thing or never(self.world, door.kind)
        if door.name in selectors():
            return [self._asked(selectors()[door.name], known)]
        if door.name in operations():
            method, path = operations()[door.name]
            if only_reading and method != "get":
                return []
            return [self._called(door, method, path, known)]
        return self._visited(door, known, only_reading=only_reading)

    def _visited(self, door: Door, known: Thing, *, only_reading: bool) -> list[Answer]:
        parameters = pages()[door.name]
        values = self._values(door, parameters, known)
        address = reverse(door.name, kwargs=values) if ":" in door.name or parameters else f"/{door.name}"
        query = _filled(door.query, known)
        answers = [self._measured(lambda: self._http().get(address, query))]
        if not only_reading:
            answers.append(self._measured(lambda: self._http().post(address, _body_of(door, known))))
        return answers

    def _called(self, door: Door, method: str, path: str, known: Thing) -> Answer:
        names = tuple(re.findall(r"{(\w+)}", path))
        for name, value in self._values(door, names, known).items():
            path = path.replace(f"{{{name}}}", str(value))
        query = _filled(door.query, known)
        if method == "get":
            return self._measured(lambda: self._http().get(path, query))
        if door.is_form:
            return self._measured(lambda: self._http().post(path, _body_of(door, known)))
        body = msgspec.json.encode(_filled(door.body or {}, known))
        send = getattr(self._http(), method)
        return self._measured(lambda: send(path, body, content_type="application/json"))

    def _values(self, door: Door, names: Iterable[str], known: Thing) -> dict[str, Any]:
        shown = {
            "{offering}": self.world.offerings[0][0],
            "{token}": self.world.of(Kind.LICENCE)[0].facts["token"],
            "{number}": self.world.of(Kind.CASE)[0].id,
            "{identifier}": self.world.of(Kind.LICENCE)[0].id,
        }
        values: dict[str, Any] = {}
        for name in names:
            text = ACTS.get(door.name, "accept") if name in {"act", "slug"} else FILLED_IN.get(name, "x")
            text = FILLED_IN_AT.get((door.name, name), text)
            values[name] = shown.get(text, text)
        if door.kind is not None:
            values |= {name: text for name, text in self.beside(known).items() if name in values}
            if ID_PARAMETERS.get(door.kind) in values:
                values[ID_PARAMETERS[door.kind]] = known.id
        return values

    def beside(self, known: Thing) -> Mapping[str, str]:
        """
        Return what else stands in an address that names a part by what it belongs to.

        What is not the actor's is asked for as if it belonged to something of his: no way around by what is his own.
        """
        if known.kind not in {Kind.DRAFT_FILE, Kind.WAITING_FILE} or known.owner is None:
            return {}
        owner = known.owner
        if not oracle.knows(self.actor, owner):
            own = [thing for thing in self.world.of(owner.kind) if oracle.knows(self.actor, thing)]
            owner = own[0] if own else owner
        return {ID_PARAMETERS[owner.kind]: owner.id}

    def _http(self) -> Client:
        self._become(self.actor)
        is_known = self.actor.kind.value != "ANONYMOUS"
        return Client(headers={"Authorization": "Bearer proof"} if is_known else {})

    def _measured(self, act: Callable[[], HttpResponseBase]) -> Answer:
        with counted() as asked, Undone():
            response = act()
            text = _body(response)
        headers = sorted(
            f"{name.lower()}: {value}"
            for name, value in response.headers.items()
            if name.lower() not in VOLATILE_HEADERS and name.lower() != "content-length"
        )
        text = "\n".join([*headers, text]).replace(response.headers.get("X-Request-ID", "\0"), "")
        for pattern in VOLATILE:
            text = pattern.sub("", text)
        return Answer(status=str(response.status_code), text=text, statements=len(asked))

    def _asked(self, selector: Callable[..., Any], known: Thing) -> Answer:
        arguments = self._arguments(selector, known)
        with counted() as asked, Undone():
            try:
                value = selector(**arguments)
                value = list(value) if isinstance(value, models.QuerySet | Iterator) else value
                status, text = "answered", shown(value)
            except ServiceError as error:
                value, status = None, f"{type(error).__name__} {error.status} {error.code}"
                text = f"{error} {error.facts}"
        return Answer(status=status, text=text, statements=len(asked), value=value)

    def _arguments(self, selector: Callable[..., Any], known: Thing) -> dict[str, Any]:
        offered = self._offered(known)
        arguments = {}
        for name, parameter in inspect.signature(selector).parameters.items():
            if name in offered:
                value = offered[name]
                wants_text = parameter.annotation in {str, "str"}
                if name == "since" and parameter.annotation in {datetime, "datetime"}:
                    value = self.world.at - timedelta(days=1)
                if name == "wanted":
                    module = selector.__module__
                    made = WANTED.get(module) or WANTED.get(module.rpartition(".")[2], CaseFilter)
                    arguments[name] = made()
                    continue
                arguments[name] = IN_WORDS.get(type(value), str)(value) if wants_text else value
            elif (
                parameter.default is inspect.Parameter.empty
                and selector.__module__.startswith(DATA_RESOURCES)
                and parameter.annotation in NEVER_WERE
            ):
                arguments[name] = NEVER_WERE[parameter.annotation]
            elif parameter.default is inspect.Parameter.empty:
                raise LookupError(f"say in walk.py what {selector.__name__} is to be asked as its {name!r}")
        return arguments

    def _offered(self, known: Thing) -> Mapping[str, Any]:
        world = self.world
        on = civil_date(world.at)
        ids: dict[str, Any] = {
            "number": known.id,
            "numbers": [known.id],
            "case_number": known.facts.get("case", known.id),
            "identifier": known.id,
            "codes": [known.id],
            "type_codes": [make.LICENCE_TYPE["code"]],
            "application_id": UUID(int=0),
            "holder_code": known.facts.get("id_number", ""),
            "holder_name": known.facts.get("name", ""),
            "id_number": known.facts.get("id_number", ""),
        }
        if known.kind is Kind.OFFERING:
            ids["code"] = known.id
        if known.kind in INTEGERS:
            ids[ID_PARAMETERS[known.kind]] = int(known.id)
        elif known.kind in ID_PARAMETERS and known.kind not in WORDS:
            ids[ID_PARAMETERS[known.kind]] = UUID(known.id)
        if known.kind is Kind.LOOK:
            ids["look_ids"] = [int(known.id)]
        if known.kind is Kind.FILE:
            ids["owner"] = _owner_of(known)
        if known.kind is not Kind.OFFERING:
            ids.pop("codes")
        return {
            "key": str(UUID(int=0)),
            "code": "511602000000",
            "version": 1,
            "codes": ("nothing",),
            "mandate_id": UUID(int=5),
            "person_id": UUID(int=5),
            "account_id": UUID(int=5),
            "client_id": "nobody",
            "look_ids": [1],
            **ids,
            "actor": self.actor,
            "at": world.at,
            "on": on,
            "since": on - timedelta(days=1),
            "until": on,
            "calendar": make.CALENDAR,
            "wanted": CaseFilter(),
            "query": BrowseQuery(),
            "prefix": "许可",
            "offering_code": known.offering or "nothing",
            "current": None,
            "post": None,
            "agency_code": self.actor.agency_code or make.AGENCY,
            "role": Role.SECURITY_ADMINISTRATOR,
            "division_code": "511602000000",
            "parent_code": "511600000000",
            "account_ids": [UUID(int=5)],
            "principal_id": UUID(int=5),
            "scopes": {"openid"},
            "state": None,
            "index": b"0" * 16,
            "name_index": b"0" * 16,
            "lists": ("PERSON_THEME",),
            "needed": 2,
            "feed": 1,
            "inbound": 1,
            "entry_number": 1,
            "peer": "510000000000",
            "dataset": "tests.thing",
        }


def _filled(values: Mapping[str, Any], known: Thing) -> dict[str, Any]:
    stands_for = {"{id}": known.id, "{case}": str(known.facts.get("case", ""))}
    return {
        name: stands_for.get(value, value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _body_of(door: Door, known: Thing) -> dict[str, Any]:
    """
    Return a form as a browser sends it, with a file where the door takes one.
    """
    body: dict[str, Any] = {name: str(value) for name, value in _filled(door.body or {}, known).items()}
    if door.is_form:
        body |= {name: SimpleUploadedFile("a.pdf", b"%PDF-", "application/pdf") for name in FILES}
    return body


def number_that_never_was(world: World) -> str:
    """
    Return a case number of the right form that no case has.
    """
    known = world.of(Kind.CASE)[0].id
    return f"{known[:-4]}{8000 + world.random.randrange(1000)}"


def never(world: World, kind: Kind | None) -> Thing:
    """
    Return a thing of a kind that never was, with an id of the right form.
    """
    kind = kind or Kind.CASE
    make_up = {
        Kind.CASE: lambda: Thing(
            kind=kind, id=number_that_never_was(world), facts={"id_number": _number(world)}
        ),
        Kind.LICENCE: lambda: Thing(kind=kind, id=_identifier(world)),
        Kind.WORK_ITEM: lambda: Thing(
            kind=kind, id=str(uuid4()), facts={"case": number_that_never_was(world)}
        ),
        Kind.OFFERING: lambda: Thing(kind=kind, id="BCDFGHJKMNPQRSTV"),
        Kind.FILE: lambda: Thing(kind=kind, id=str(uuid4()), owner=never(world, Kind.CASE)),
        Kind.WAITING_FILE: lambda: Thing(kind=kind, id=str(uuid4()), owner=never(world, Kind.CASE)),
        Kind.DRAFT_FILE: lambda: Thing(kind=kind, id=str(uuid4()), owner=never(world, Kind.DRAFT)),
        Kind.PARTY: lambda: Thing(kind=kind, id=f"party-{world.random.getrandbits(60):x}"),
        Kind.CLIENT: lambda: Thing(kind=kind, id=f"system-{world.random.getrandbits(60):x}"),
    }
    if kind in INTEGERS:
        return Thing(kind=kind, id=str(10**9 + world.random.randrange(10**6)))
    return make_up.get(kind, lambda: Thing(kind=kind, id=str(uuid4())))()


def _number(world: World) -> str:
    return identity.id_number(sequence=world.random.randrange(1, 9_000_000))


def _identifier(world: World) -> str:
    serial = f"{world.random.randrange(10**9):09d}"
    parts = {"type_code": make.LICENCE_TYPE["code"], "issuer_code": "X", "serial": serial, "version": 1}
    return str(Identifier(**parts))


def _owner_of(file: Thing) -> Owner:
    if file.owner is None:
        raise LookupError("a file belongs to something")
    kind = "apply.draft" if file.owner.kind is Kind.DRAFT else "casework.case"
    return Owner(kind=kind, key=file.owner.id)


def shown(value: object) -> str:
    """
    Return everything that a selector's answer says.
    """
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value, enc_hook=_told).decode()


def _told(value: object) -> object:
    if isinstance(value, models.Model):
        return {name: str(kept) for name, kept in vars(value).items() if not name.startswith("_")}
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)


def _body(response: HttpResponseBase) -> str:
    if isinstance(response, StreamingHttpResponse):
        # Read to its end, it closes itself.
        return b"".join(response).decode("utf-8", "replace")
    return response.content.decode("utf-8", "replace") if isinstance(response, HttpResponse) else ""


def counted() -> CaptureQueriesContext:
    """
    Count the questions to the database from now on.
    """
    connection.queries_log.clear()
    return CaptureQueriesContext(connection)


class Undone:
    """
    Whatever a door changes is changed back.
    """

    def __enter__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()

    def __exit__(self, *_failure: object) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(None, None, None)
