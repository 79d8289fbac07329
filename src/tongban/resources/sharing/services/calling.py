"""
A call through the gateway: who may, how often, exactly these fields and rows; and the evidence of it.

One statement finds service, grant and limits and counts the call; nothing is held while the source answers. What was
let through counts, whether it was answered or not; what was refused does not.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from json import dumps, loads
from typing import Any, Final

import jsonschema_rs
import msgspec
from django.core.cache import cache
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto, looks
from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.clock import civil_date
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.errors import (
    InvalidInput,
    NotPermitted,
    ServiceError,
    Text,
    TooManyRequests,
    UpstreamError,
)
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.foundation.payload import UNKEPT_CHARACTER, unkept
from tongban.resources.sharing import permissions, ports
from tongban.resources.sharing.permissions import SCOPE
from tongban.resources.sharing.rules import expressions
from tongban.resources.sharing.services import proxying
from tongban.resources.sharing.services.granting import end_of
from tongban.resources.sharing.services.running import Asking, Runnable, note_again, run
from tongban.resources.sharing.values import (
    LONGEST_CASE_NUMBER,
    LONGEST_PURPOSE,
    Called,
    Hop,
    QueryWay,
    Result,
    Rows,
    ServiceKind,
    ServiceState,
)

BREAK_AFTER: Final = 5
"""Failures in a row after which a service rests."""
REST_SECONDS: Final = 30
MINUTE: Final = 60

# The counter is written only where the call may go on, so that refused calls do not count. A service that rests is
# asked by nobody until its time is over. Calls of one system meet at its counter: it is not held until the disk has
# it, and a node that loses its power may forget the counts of the last moment. The evidence waits for the disk.
OPEN: Final = """
WITH soon AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), open AS (
    SELECT s.id AS service_id, s.code, s.title, s.agency_code AS provider, s.kind, s.state, s.definition, s.credential,
           s.parameters, s.timeout_seconds, s.cache_seconds, s.subject, s.fields AS service_fields, s.schema,
           s.revision, s.corrections, g.id AS grant_id, g.agency_code, g.fields AS granted, g.row_condition,
           g.daily_quota, g.rate, g.purpose, g.legal_basis, g.expires_at, g.ended_at,
           coalesce(b.failures, 0) AS failures, b.open_until
    FROM sharing_dataservice s
    JOIN sharing_grant g ON g.service_id = s.id AND g.client_id = %(client)s
    LEFT JOIN sharing_breaker b ON b.service_id = s.id
    WHERE s.code = %(code)s
    ORDER BY g.ended_at DESC NULLS FIRST LIMIT 1
), used AS (
    INSERT INTO sharing_grantday AS held (grant_id, day, calls, minute, minute_calls)
    SELECT grant_id, %(day)s, 1, %(minute)s, 1 FROM open
    WHERE state = 'PUBLISHED' AND ended_at IS NULL AND expires_at > %(at)s
        AND (open_until IS NULL OR open_until <= %(at)s)
    ON CONFLICT (grant_id, day) DO UPDATE SET
        calls = held.calls + 1,
        minute = excluded.minute,
        minute_calls = CASE WHEN held.minute = excluded.minute THEN held.minute_calls + 1 ELSE 1 END
    WHERE held.calls < (SELECT daily_quota FROM open)
        AND (held.minute <> excluded.minute OR held.minute_calls < (SELECT rate FROM open))
    RETURNING calls, minute_calls
)
SELECT open.*, used.calls, used.minute_calls FROM soon CROSS JOIN open LEFT JOIN used ON true
"""
COUNTED: Final = "SELECT calls FROM sharing_grantday WHERE grant_id = %s AND day = %s"
TRY_AGAIN: Final = """
UPDATE sharing_breaker SET open_until = %(until)s WHERE service_id = %(service)s AND open_until <= %(at)s
"""
FAILED: Final = """
INSERT INTO sharing_breaker AS held (service_id, failures) VALUES (%(service)s, 1)
ON CONFLICT (service_id) DO UPDATE SET failures = held.failures + 1,
    open_until = CASE WHEN held.failures + 1 >= %(limit)s THEN %(until)s END
"""
WELL: Final = "DELETE FROM sharing_breaker WHERE service_id = %s"
WRITE_DOWN: Final = """
INSERT INTO sharing_call (at, request_id, service_id, grant_id, client_id, agency_code, provider_code, case_number,
                          purpose, question_sm3, answer_sm3, result, milliseconds, row_count, hops)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
WRITE_DOWN_STRANGER: Final = """
INSERT INTO sharing_call (at, request_id, service_id, client_id, agency_code, provider_code, case_number, purpose,
                          question_sm3, result, milliseconds, row_count)
SELECT %(at)s, %(request_id)s, id, %(client)s, %(agency)s, agency_code, '', '', %(question)s, %(result)s, 0, 0
FROM sharing_dataservice WHERE code = %(code)s AND state IN ('PUBLISHED', 'SUSPENDED')
"""


class DataNotGranted(NotPermitted):
    """
    Nothing of this service was opened to the system that calls.
    """

    code = "data_not_granted"
    message = _("该系统没有使用此数据服务的授权")


class GrantExpired(NotPermitted):
    """
    The term of the grant is over.
    """

    code = "data_grant_expired"
    message = _("数据授权已到期，请申请续用")


class GrantRevoked(NotPermitted):
    """
    The grant was taken back.
    """

    code = "data_grant_revoked"
    message = _("数据授权已被收回")


class FieldsNotGranted(NotPermitted):
    """
    Fields were asked for that the grant does not open.
    """

    code = "data_fields_not_granted"
    message = _("所要的信息项不在授权范围内：%(fields)s")


class ServiceUnavailable(ServiceError):
    """
    The service is suspended or withdrawn by its provider.
    """

    code = "data_service_unavailable"
    status = 503
    message = _("该数据服务已暂停或撤下")


class QuotaExhausted(TooManyRequests):
    """
    The calls of the day are used up.
    """

    code = "data_quota_exhausted"
    message = _("今日调用次数已用完")


class RateExceeded(TooManyRequests):
    """
    More calls in a minute than the grant opens.
    """

    code = "data_rate_exceeded"
    message = _("调用过于频繁，请稍后再试")


class ServiceResting(TooManyRequests):
    """
    The service has failed several times in a row and is left alone for a while (熔断).
    """

    code = "data_service_resting"
    status = 503
    message = _("提供方系统连续出错，已暂停转发，请稍后再试")


class AnswerNotOfDataset(UpstreamError):
    """
    What the source answered is not of the form that the catalogue promises; nothing of it is handed on.
    """

    code = "data_answer_invalid"
    message = _("提供方返回的内容不符合信息资源目录，结果未采用")


class _Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The body of a call.
    """

    question: dict[str, Any] = {}
    fields: tuple[str, ...] = ()
    """Fewer than granted; empty: all that is granted."""
    case_number: str = ""
    purpose: str = ""
    """What exactly for; empty: what the grant was given for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Open:
    """
    Service, grant and limits at the moment of a call.
    """

    service_id: uuid.UUID
    code: str
    title: str
    provider: str
    kind: str
    state: str
    definition: dict[str, Any]
    credential: bytes | None
    parameters: list[dict[str, Any]]
    timeout_seconds: int
    cache_seconds: int
    subject: str
    service_fields: list[dict[str, Any]]
    schema: dict[str, Any]
    revision: int
    corrections: int
    grant_id: uuid.UUID
    agency_code: str
    granted: list[str]
    row_condition: str
    daily_quota: int
    rate: int
    purpose: str
    legal_basis: str
    expires_at: datetime
    ended_at: datetime | None
    failures: int
    open_until: datetime | None
    calls: int | None
    minute_calls: int | None


@dataclass(slots=True)
class _Answer:
    """
    What is known of an answer so far, for the evidence.
    """

    body: bytes = b""
    rows: int = 0
    hops: tuple[Hop, ...] = ()
    is_cached: bool = False
    is_noted: bool = False
    result: Result = Result.OK


def call_service(*, code: str, body: bytes, actor: Actor, request_id: str, at: datetime) -> Called:
    """
    Answer a system's question through a service, within what was opened to it, and write down that it asked.

    Not one transaction: the call counts, and the evidence stays, whatever the source does. Three statements: grant and
    limits; the look at somebody's data where there is one; the evidence.

    :param body: JSON of `question`, `fields`, `case_number`, `purpose`
    :raises NotPermitted: no system, no scope; or nothing (any more) was opened to it
    :raises InvalidInput: the question is not what the service asks for
    :raises TooManyRequests: quota, rate, or the service rests; says when to come back
    :raises UpstreamError: the source did not answer, or not what the catalogue promises
    """
    permissions.call_service.require(actor)
    begun = time.monotonic()
    opened = _find(code, actor, at=at)
    if opened is None:
        _note_stranger(code, body, actor=actor, request_id=request_id, at=at)
        raise DataNotGranted(service=code)
    answer = _Answer()
    asked = _Asked()
    failure: ServiceError | None = None
    try:
        _require_open(opened, at=at)
        asked = _read_question(body, opened)
        answer = _answered(opened, asked, actor=actor, request_id=request_id, begun=begun, at=at)
    except ServiceError as error:
        failure = error
    if answer.hops or opened.kind == ServiceKind.PARENT or _is_node(actor):
        answer.hops = proxying.own_hop(
            service=code, request_id=request_id, question=body, body=answer.body, before=answer.hops, at=at
        )
    _write_down(
        opened, asked, answer, body, actor=actor, request_id=request_id, failure=failure, begun=begun, at=at
    )
    if failure is not None:
        raise failure
    return Called(
        body=answer.body,
        request_id=request_id,
        result=answer.result,
        quota=opened.daily_quota,
        quota_left=max(0, opened.daily_quota - (opened.calls or 0)),
        rate=opened.rate,
        rate_left=max(0, opened.rate - (opened.minute_calls or 0)),
        is_cached=answer.is_cached,
        is_noted=answer.is_noted,
        hops=answer.hops,
    )


def answer_node(*, node_code: str, message: bytes, at: datetime) -> bytes:
    """
    Answer what a node below asks in its subscribers' stead, within the grant that node has.

    :raises ServiceError: as `call_service`; or the question is none
    """
    try:
        asked = msgspec.json.decode(message, type=proxying.NodeQuestion)
    except msgspec.MsgspecError as error:
        raise InvalidInput(fields={"body": str(error)}) from error
    body = msgspec.json.encode(
        {"question": asked.question, "case_number": asked.case_number, "purpose": asked.purpose}
    )
    actor = Actor(
        kind=ActorKind.CLIENT,
        id=node_code,
        agency_code=node_code,
        division_code=node_code,
        scopes=frozenset({SCOPE}),
        channel=Channel.API,
    )
    called = call_service(code=asked.service, body=body, actor=actor, request_id=asked.request_id, at=at)
    return msgspec.json.encode(
        proxying.NodeAnswer(body=called.body.decode(), hops=called.hops, is_noted=called.is_noted)
    )


def _find(code: str, actor: Actor, *, at: datetime) -> _Open | None:
    facts: dict[str, Any] = {
        "code": code,
        "client": actor.id,
        "day": civil_date(at),
        "minute": int(at.timestamp()) // MINUTE,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN, facts)
        row = cursor.fetchone()
        if row is None:
            return None
        names = [column.name for column in cursor.description or ()]
    known = dict(zip(names, row, strict=True))
    for name in ("definition", "parameters", "service_fields", "schema"):
        if isinstance(known[name], str):
            known[name] = loads(known[name])
    if known["credential"] is not None:
        known["credential"] = bytes(known["credential"])
    return _Open(**known)


def _require_open(opened: _Open, *, at: datetime) -> None:
    if opened.ended_at is not None:
        raise GrantRevoked(service=opened.code)
    if opened.expires_at <= at:
        raise GrantExpired(service=opened.code)
    if opened.state != ServiceState.PUBLISHED:
        raise ServiceUnavailable(service=opened.code)
    if opened.open_until is not None:
        _try_again(opened, at=at)
    if opened.calls is None:
        _refuse_too_many(opened, at=at)


def _try_again(opened: _Open, *, at: datetime) -> None:
    """
    Let one call through when the rest is over; it decides whether others follow.
    """
    if opened.open_until is not None and opened.open_until > at:
        seconds = max(1, round((opened.open_until - at).total_seconds()))
        raise ServiceResting(retry_after_seconds=seconds)
    with connection.cursor() as cursor:
        cursor.execute(
            TRY_AGAIN, {"until": at + timedelta(seconds=REST_SECONDS), "service": opened.service_id, "at": at}
        )
        if cursor.rowcount == 0:
            raise ServiceResting(retry_after_seconds=REST_SECONDS)


def _refuse_too_many(opened: _Open, *, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [opened.grant_id, civil_date(at)])
        row = cursor.fetchone()
    if row is not None and row[0] >= opened.daily_quota:
        seconds = int((end_of(civil_date(at)) - at).total_seconds())
        raise QuotaExhausted(retry_after_seconds=max(1, seconds), quota=opened.daily_quota)
    raise RateExceeded(retry_after_seconds=MINUTE - int(at.timestamp()) % MINUTE, rate=opened.rate)


def _read_question(body: bytes, opened: _Open) -> _Asked:
    try:
        asked = msgspec.json.decode(body or b"{}", type=_Asked)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(fields={"body": str(error)[:200]}) from error
    wrong: dict[str, Text] = dict.fromkeys(unkept(msgspec.to_builtins(asked)), UNKEPT_CHARACTER)
    wrong |= _flaws_of(asked.question, opened.parameters)
    if len(asked.case_number) > LONGEST_CASE_NUMBER:
        wrong["case_number"] = _("格式有误或过长")
    if len(asked.purpose) > LONGEST_PURPOSE:
        wrong["purpose"] = _("请填写，不超过 500 字")
    if wrong:
        raise InvalidInput(fields=wrong)
    if beyond := sorted(set(asked.fields) - set(opened.granted)):
        raise FieldsNotGranted(fields="、".join(beyond)[:200])
    return asked


def _flaws_of(question: Mapping[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Text]:
    known = {each["name"]: each for each in parameters}
    wrong: dict[str, Text] = {
        f"question.{name}"[:80]: _("该服务没有这个查询条件") for name in sorted(set(question) - set(known))
    }
    for name, each in known.items():
        value = question.get(name)
        if value in (None, ""):
            if each["is_required"]:
                wrong[f"question.{name}"] = _("请填写")
        elif not isinstance(value, str | int | bool) or len(str(value)) > each["longest"]:
            wrong[f"question.{name}"] = _("格式有误或过长")
    return wrong


def _answered(
    opened: _Open, asked: _Asked, *, actor: Actor, request_id: str, begun: float, at: datetime
) -> _Answer:
    found, is_cached = _rows(opened, asked, actor=actor, request_id=request_id, begun=begun, at=at)
    names = [name for name in opened.granted if not asked.fields or name in asked.fields]
    rows = [
        {name: row[name] for name in names if name in row}
        for row in found.rows
        if _is_open_row(opened.row_condition, {} if _verifies(opened) else row, asked.question)
    ]
    content: dict[str, Any] = {"rows": rows}
    if found.missing:
        content["missing"] = found.missing
    if found.next:
        content["next"] = found.next
    if opened.subject and opened.kind != ServiceKind.QUERY:
        _tell_subject(opened, asked, actor=actor, at=at)
    return _Answer(
        body=msgspec.json.encode(content),
        rows=len(rows),
        hops=found.hops,
        is_cached=is_cached,
        is_noted=bool(found.uses) or found.is_noted_above,
        result=Result.PARTIAL if found.missing else Result.OK,
    )


def _rows(
    opened: _Open, asked: _Asked, *, actor: Actor, request_id: str, begun: float, at: datetime
) -> tuple[Rows, bool]:
    """
    Return the rows of the source, all of the form that the catalogue promises, and whether they were kept before.
    """
    place = ""
    # Verifications are always asked: wrong claims are counted by the register.
    if opened.cache_seconds and not _verifies(opened):
        question = dumps(asked.question, sort_keys=True, ensure_ascii=False)
        # A register gives what this grant opens, and no more: another one's answer is not this one's.
        opened_to = ",".join(sorted(_field_names(opened)))
        digest = sm3_hex(f"{opened_to}\n{question}".encode())
        place = f"sharing:{opened.service_id}:{opened.revision}.{opened.corrections}:{digest}"
    asking = Asking(
        actor=actor,
        agency_code=opened.agency_code,
        reference=str(opened.grant_id),
        request_id=request_id,
        purpose=asked.purpose or opened.purpose,
        legal_basis=opened.legal_basis,
        case_number=asked.case_number,
        expires_at=opened.expires_at,
        at=at,
        node_code=actor.id if _is_node(actor) else "",
        deadline=begun + opened.timeout_seconds,
    )
    runnable = _runnable(opened)
    kept: Rows | None = cache.get(place) if place else None
    if kept is not None and _is_noted_again(runnable, kept, asking):
        return kept, True
    try:
        found = run(runnable, asked.question, asking)
        found = replace(found, rows=_of_dataset(opened, found.rows))
    except UpstreamError:
        _note_failure(opened, at=at)
        raise
    if opened.failures:
        _run_statement(WELL, [opened.service_id])
    if place and not found.missing and not found.is_noted_above:
        cache.set(place, found, opened.cache_seconds)
    return found, False


def _is_noted_again(runnable: Runnable, kept: Rows, asking: Asking) -> bool:
    """
    Whether whom a kept answer is about sees this use of it too; where not, his register is asked.
    """
    return not kept.uses or note_again(runnable, kept.uses, asking) is not None


def _field_names(opened: _Open) -> frozenset[str]:
    names = set(opened.granted)
    if opened.row_condition and not _verifies(opened):
        names |= {field["name"] for field in opened.service_fields if field["name"] in opened.row_condition}
    return frozenset(names)


def _verifies(opened: _Open) -> bool:
    """
    Whether rows say yes, no or unknown instead of what a register says: a condition over values cannot hold of them.
    """
    return opened.kind == ServiceKind.QUERY and opened.definition.get("way") == QueryWay.VERIFY


def _runnable(opened: _Open) -> Runnable:
    return Runnable(
        code=opened.code,
        agency_code=opened.provider,
        kind=ServiceKind(opened.kind),
        definition=opened.definition,
        credential=opened.credential,
        timeout_seconds=opened.timeout_seconds,
        field_names=_field_names(opened),
    )


def _of_dataset(opened: _Open, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Return the rows with the fields of the dataset only.

    :raises AnswerNotOfDataset: a row is not of the form that the catalogue promises
    """
    known = {field["name"] for field in opened.service_fields}
    kept = [{name: value for name, value in row.items() if name in known} for row in rows]
    # A register, or a parent, gives what was asked for only: what else the dataset requires is not there.
    if _verifies(opened):
        return kept
    is_whole = opened.kind in {ServiceKind.UPSTREAM, ServiceKind.ORCHESTRATED}
    schema = opened.schema if is_whole else {k: v for k, v in opened.schema.items() if k != "required"}
    if schema:
        validator = _validator(dumps(schema, sort_keys=True))
        if not all(validator.is_valid(row) for row in kept):
            raise AnswerNotOfDataset(service=opened.code)
    return kept


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(loads(schema), validate_formats=True)


def _is_open_row(condition: str, row: Mapping[str, Any], question: Mapping[str, Any]) -> bool:
    """
    Whether the grant opens this row; what its condition cannot be computed for stays closed.
    """
    if not condition:
        return True
    try:
        return expressions.compute(condition, {"row": dict(row), "question": dict(question)}) is True
    except expressions.DoesNotHold:
        return False


def _tell_subject(opened: _Open, asked: _Asked, *, actor: Actor, at: datetime) -> None:
    principal = ports.subject_of(str(asked.question.get(opened.subject, "")))
    if principal is not None:
        looks.record(
            principal_id=principal,
            act=LookAct.HANDED_OVER,
            thing=Thing(kind=ObjectKind.PERSON, key=opened.code, label=opened.title),
            actor=actor,
            at=at,
            reason=Reason(purpose=Purpose.OTHER, words=(asked.purpose or opened.purpose)[:200]),
            agency_code=opened.agency_code,
        )


def _note_failure(opened: _Open, *, at: datetime) -> None:
    until = at + timedelta(seconds=REST_SECONDS)
    _run_statement(FAILED, {"service": opened.service_id, "limit": BREAK_AFTER, "until": until})


def _is_node(actor: Actor) -> bool:
    return actor.agency_code == actor.id


def _write_down(
    opened: _Open,
    asked: _Asked,
    answer: _Answer,
    body: bytes,
    *,
    actor: Actor,
    request_id: str,
    failure: ServiceError | None,
    begun: float,
    at: datetime,
) -> None:
    _run_statement(
        WRITE_DOWN,
        [
            at,
            request_id[:64],
            opened.service_id,
            opened.grant_id,
            actor.id,
            opened.agency_code,
            opened.provider,
            asked.case_number,
            asked.purpose or opened.purpose,
            crypto.sm3(body),
            None if failure else crypto.sm3(answer.body),
            failure.code if failure else answer.result.value,
            round((time.monotonic() - begun) * 1000),
            answer.rows,
            msgspec.json.encode(answer.hops).decode() if answer.hops else None,
        ],
    )


def _note_stranger(code: str, body: bytes, *, actor: Actor, request_id: str, at: datetime) -> None:
    """
    Write down that a system asked a service of which nothing was ever opened to it; a name that is none leaves nothing.
    """
    facts = {
        "at": at,
        "request_id": request_id[:64],
        "client": actor.id,
        "agency": (actor.agency_code or "")[:32],
        "question": crypto.sm3(body),
        "result": DataNotGranted.code,
        "code": code,
    }
    _run_statement(WRITE_DOWN_STRANGER, facts)


def _run_statement(statement: str, parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
