"""
Data services for tests: a provider, an agency that applies, a reviewer, a dataset, and an agency's own HTTP server.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
from django.core.cache import cache

from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.calendar import packaged_calendar
from tongban.resources.datasets.values import Sharing
from tongban.resources.sharing import ports, services
from tongban.resources.sharing.values import (
    Called,
    Catalogued,
    Field,
    Parameter,
    RequestContent,
    RequestReceipt,
    ServiceContent,
    ServiceKind,
)

AT = datetime.fromisoformat("2026-11-20T10:00:00+08:00")
CALENDAR = packaged_calendar()
PROVIDER, USER, OFFICE = "11511301008778298W", "11511301008778239R", "115113016823646795"
DISTRICT = "511602000000"
CLIENT = "hr-system"
SERVICE = "births"
DATASET = "306018000001/000001"
PERSON_NUMBER = "511602199001010015"


def staff(role: str, *, agency_code: str, name: str) -> Actor:
    """
    Return a member of staff with one role; no row stands behind him.
    """
    return Actor(
        kind=ActorKind.STAFF,
        id=f"{name}-{role}",
        name=name,
        agency_code=agency_code,
        division_code=DISTRICT,
        roles=frozenset({role}),
    )


STEWARD = staff("DATA_STEWARD", agency_code=PROVIDER, name="程编目")
APPLICANT = staff("DATA_STEWARD", agency_code=USER, name="姚用数")
REVIEWER = staff("DATA_REVIEWER", agency_code=OFFICE, name="宋审数")
SYSTEM = Actor(
    kind=ActorKind.CLIENT,
    id=CLIENT,
    name="人社业务系统",
    agency_code=USER,
    division_code=DISTRICT,
    scopes=frozenset({"data:call"}),
    channel=Channel.API,
)
FIELDS = (
    Field(name="name", title="姓名", is_personal=True),
    Field(name="born", title="出生日期", is_personal=True),
    Field(name="place", title="出生地"),
    Field(name="division", title="行政区划"),
)
SCHEMA = {
    "type": "object",
    "properties": {field.name: {"type": "string"} for field in FIELDS},
    "required": ["name"],
}
DATASETS = {
    DATASET: Catalogued(
        code=DATASET,
        title="出生登记",
        agency_code=PROVIDER,
        sharing=Sharing.CONDITIONAL,
        condition="用于社会保险待遇核定",
        fields=FIELDS,
        schema=SCHEMA,
        is_published=True,
    )
}


def dataset(**changes: Any) -> Catalogued:
    """
    Return the dataset of the tests, changed.
    """
    return replace(DATASETS[DATASET], **changes)


@dataclass
class Clients:
    """
    The systems that are let in.
    """

    known: dict[str, Actor] = field(default_factory=lambda: {CLIENT: SYSTEM})

    def find(self, client_id: str, *, at: datetime, address: str | None) -> Actor | None:
        """
        Return one.
        """
        return self.known.get(client_id)

    def of_agency(self, agency_code: str, *, at: datetime) -> list[ports.Subscriber]:
        """
        Return those of an agency.
        """
        return [
            ports.Subscriber(
                client_id=actor.id, name=actor.name, agency_code=agency_code, division_code=DISTRICT
            )
            for actor in self.known.values()
            if actor.agency_code == agency_code
        ]


@dataclass
class Told:
    """
    What staff were told.
    """

    words: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(
        self,
        *,
        key: str,
        template: str,
        role: str,
        agency_code: str,
        division_code: str,
        params: Mapping[str, str],
        subject: str,
        at: datetime,
    ) -> int:
        """
        Remember.
        """
        self.words.append((role, agency_code, params["words"]))
        return 1


@contextmanager
def wired(**datasets: Catalogued) -> Iterator[Told]:
    """
    Let the catalogue of the tests, their systems and their ears take the place of the node's.
    """
    known = {each.code: each for each in (*DATASETS.values(), *datasets.values())}
    told = Told()

    def find(code: str) -> Catalogued | None:
        return known.get(code)

    before = ports.know_datasets_by(find)
    clients_before = ports.know_clients_by(Clients())
    teller_before = ports.tell_staff_by(told)
    try:
        yield told
    finally:
        ports.tell_staff_by(teller_before)
        ports.know_clients_by(clients_before)  # type: ignore[arg-type]
        ports.know_datasets_by(before)  # type: ignore[arg-type]


@dataclass
class Agency:
    """
    An agency's own HTTP service with dials.
    """

    rows: Any = field(
        default_factory=lambda: [
            {"name": "王小明", "born": "2020-01-02", "place": "广安区", "division": "511602", "secret": "x"},
            {"name": "李小红", "born": "2021-03-04", "place": "岳池县", "division": "511621", "secret": "y"},
        ]
    )
    status: int = 200
    asked: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    url: str = ""
    answer_to: Callable[[Any], Any] | None = None


@contextmanager
def agency() -> Iterator[Agency]:
    """
    Run one.
    """
    state = Agency()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append((dict(self.headers), question))
            answer = state.answer_to(question) if state.answer_to else state.rows
            body = json.dumps(answer).encode()
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/births"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def content(url: str, **changes: Any) -> ServiceContent:
    """
    Return what a steward writes of the service of the tests.
    """
    plain: dict[str, Any] = {
        "title": "出生登记查询",
        "summary": "按身份证号码查询出生登记",
        "dataset_code": DATASET,
        "kind": ServiceKind.UPSTREAM,
        "definition": {"url": url},
        "parameters": (Parameter(name="id_number", title="身份证号码"),),
        "timeout_seconds": 3,
    }
    return ServiceContent(**{**plain, **changes})


def published(url: str, code: str = SERVICE, *, actor: Actor = STEWARD, **changes: Any) -> str:
    """
    Return the code of a service that was compiled, checked and published.
    """
    services.create_service(
        code=code,
        agency_code=actor.agency_code or "",
        division_code=DISTRICT,
        content=content(url, **changes),
        actor=actor,
        at=AT,
    )
    services.check_service(code=code, actor=REVIEWER, at=AT)
    services.publish_service(code=code, actor=actor, at=AT)
    return code


def wish(**changes: Any) -> RequestContent:
    """
    Return what an agency writes that applies.
    """
    plain: dict[str, Any] = {
        "client_id": CLIENT,
        "purpose": "核定生育保险待遇",
        "legal_basis": "社会保险法第五十四条",
        "fields": ("name", "born"),
        "daily_quota": 3,
        "until": date(2026, 12, 31),
        "contact_name": "姚用数",
        "contact_phone": "0000-1234567",
    }
    return RequestContent(**{**plain, **changes})


def asked_for(code: str = SERVICE, **changes: Any) -> RequestReceipt:
    """
    Return a request as it was sent.
    """
    return services.submit_request(
        service_code=code, content=wish(**changes), actor=APPLICANT, calendar=CALENDAR, at=AT
    )


def granted(code: str = SERVICE, *, row_condition: str = "", **changes: Any) -> RequestReceipt:
    """
    Return a request that was found in order and granted as it was asked for.
    """
    request = asked_for(code, row_condition=row_condition, **changes)
    services.pass_request(request_id=request.id, actor=REVIEWER, calendar=CALENDAR, at=AT)
    wanted = wish(**changes)
    answer = services.Answer(
        fields=wanted.fields, row_condition=row_condition, daily_quota=wanted.daily_quota
    )
    return services.grant_request(request_id=request.id, answer=answer, actor=STEWARD, at=AT)


def call(code: str = SERVICE, *, at: datetime = AT, actor: Actor = SYSTEM, **body: Any) -> Called:
    """
    Return the answer to a call.
    """
    body = {"question": {"id_number": PERSON_NUMBER}, **body}
    return services.call_service(
        code=code, body=json.dumps(body).encode(), actor=actor, request_id="request-1", at=at
    )


def rows(called: Called) -> list[dict[str, Any]]:
    """
    Return the rows of an answer.
    """
    found: list[dict[str, Any]] = json.loads(called.body)["rows"]
    return found


def later(**span: float) -> datetime:
    """
    Return a moment after AT.
    """
    return AT + timedelta(**span)


def encoded(value: object) -> bytes:
    """
    Return JSON.
    """
    return msgspec.json.encode(value)


@contextmanager
def let_out(settings: Any) -> Iterator[None]:
    """
    Let the node reach this machine.
    """
    settings.TONGBAN_OUTGOING = settings.TONGBAN_OUTGOING.model_copy(update={"networks": "127.0.0.1"})
    cache.clear()
    yield
