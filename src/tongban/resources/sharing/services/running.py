"""
Getting the rows of a service from where they are: an agency's interface, a base register, other services, the parent.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto, outgoing
from tongban.foundation.actors import Actor
from tongban.foundation.errors import ServiceError, UpstreamError
from tongban.resources.datasets.values import Sharing
from tongban.resources.sharing import ports
from tongban.resources.sharing.models import DataService
from tongban.resources.sharing.rules import expressions, plans
from tongban.resources.sharing.services import proxying
from tongban.resources.sharing.services.defining import definition_of
from tongban.resources.sharing.values import (
    AFTER,
    MOST_ROWS,
    AtParent,
    Credential,
    Orchestration,
    Query,
    QueryWay,
    Rows,
    ServiceKind,
    ServiceState,
    Step,
    Upstream,
)

CREDENTIAL_CONTEXT: Final = "sharing.service.credential"
MOST_ANSWER_BYTES: Final = 4 * 1024 * 1024


class UpstreamRefused(UpstreamError):
    """
    The agency's interface answered with an error, or with something that is no answer.
    """

    code = "data_upstream_failed"
    message = _("提供方系统没有给出有效的结果，请稍后再试")


class StepFailed(UpstreamError):
    """
    A step of an orchestration that cannot be left out did not answer.
    """

    code = "data_step_failed"
    message = _("编排步骤“%(step)s”没有得到结果，请稍后再试")


class AnswerTooLong(UpstreamError):
    """
    The answer has more rows than one call may bring.
    """

    code = "data_answer_too_long"
    message = _("结果超过 %(limit)s 行，请缩小查询范围")


class NotWired(UpstreamError):
    """
    Nothing here can answer such a service: no base registers are wired.
    """

    code = "data_source_missing"
    message = _("本节点未接入该服务的数据来源")


@dataclass(frozen=True, kw_only=True, slots=True)
class Runnable:
    """
    A service as it is run.
    """

    code: str
    agency_code: str
    kind: ServiceKind
    definition: dict[str, Any]
    credential: bytes | None
    timeout_seconds: int
    field_names: frozenset[str]
    """That may be read: what is granted, and what its row condition looks at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """
    Who asks, what for, and until when an answer is of use.
    """

    actor: Actor
    agency_code: str
    reference: str
    request_id: str
    purpose: str
    legal_basis: str
    case_number: str
    expires_at: datetime
    at: datetime
    node_code: str = ""
    """Of the node that asks for its subscribers; empty: a system of our own."""
    deadline: float
    """On `time.monotonic`'s clock."""

    def seconds_left(self, most: float) -> float:
        """
        Return how long the next part may take.

        :raises OutgoingFailed: no time is left
        """
        left = min(most, self.deadline - time.monotonic())
        if left <= 0:
            raise outgoing.OutgoingFailed
        return left


def run(service: Runnable, question: Mapping[str, Any], asking: Asking) -> Rows:
    """
    Return the rows of a service.

    :raises UpstreamError: wherever they come from did not answer, or with nonsense
    """
    definition = definition_of(service.kind, service.definition)
    match definition:
        case Upstream():
            return Rows(rows=_fetched(service, definition, question, asking))
        case Query():
            return _read(service, definition, question, asking)
        case AtParent():
            return proxying.ask_parent(
                service=definition.service,
                question=question,
                request_id=asking.request_id,
                purpose=asking.purpose,
                case_number=asking.case_number,
                seconds=asking.seconds_left(service.timeout_seconds),
                at=asking.at,
            )
        case Orchestration():
            return _orchestrated(service, definition, question, asking)


def rows_in(value: object) -> list[dict[str, Any]]:
    """
    Return an answer as rows: one object is one row.

    :raises UpstreamRefused: it is neither an object nor a list of them
    :raises AnswerTooLong: there are too many
    """
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UpstreamRefused
    if len(rows) > MOST_ROWS:
        raise AnswerTooLong(limit=MOST_ROWS)
    return rows


def _fetched(
    service: Runnable, definition: Upstream, question: Mapping[str, Any], asking: Asking
) -> list[dict[str, Any]]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Request-Id": asking.request_id,
    }
    if service.credential and definition.credential is not Credential.NONE:
        secret = crypto.unseal(service.credential, context=CREDENTIAL_CONTEXT).decode()
        if definition.credential is Credential.BEARER:
            headers["Authorization"] = f"Bearer {secret}"
        else:
            headers[definition.header] = secret
    answer = outgoing.fetch(
        "POST",
        definition.url,
        headers=headers,
        content=msgspec.json.encode(question),
        timeout_seconds=asking.seconds_left(service.timeout_seconds),
        most_bytes=MOST_ANSWER_BYTES,
    )
    if not answer.is_success:
        raise UpstreamRefused(service=service.code)
    try:
        value: Any = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamRefused(service=service.code) from error
    for part in filter(None, definition.rows_at.split(".")):
        value = value.get(part) if isinstance(value, dict) else None
    return rows_in([] if value is None else value)


def note_again(service: Runnable, uses: Sequence[str], asking: Asking) -> tuple[str, ...] | None:
    """
    Let base registers write down that what they answered before is given again; None: they have to be asked.
    """
    reader = ports.register_reader()
    if reader is None:
        raise NotWired
    asked = _register_question("", _readable_by(service), asking)
    return reader.again(asked, uses=uses, actor=asking.actor, at=asking.at)


def _readable_by(service: Runnable) -> frozenset[str]:
    definition = definition_of(service.kind, service.definition)
    if not isinstance(definition, Orchestration):
        return service.field_names
    called = _services_of(definition, agency_code=service.agency_code)
    return frozenset[str]().union(*(each.field_names for each in called.values()))


def _register_question(register: str, fields: frozenset[str], asking: Asking) -> ports.RegisterQuestion:
    return ports.RegisterQuestion(
        register=register,
        fields=fields,
        reference=asking.reference,
        subscriber=asking.actor.id,
        agency_code=asking.agency_code,
        purpose=asking.purpose,
        legal_basis=asking.legal_basis,
        case_number=asking.case_number,
        expires_at=asking.expires_at,
        node_code=asking.node_code,
    )


def _read(service: Runnable, definition: Query, question: Mapping[str, Any], asking: Asking) -> Rows:
    reader = ports.register_reader()
    if reader is None:
        raise NotWired
    asked = _register_question(definition.register, service.field_names, asking)
    said = {name: str(value) for name, value in question.items() if value not in (None, "")}
    key, after = said.pop(definition.key, ""), said.pop(AFTER, "")
    actor, at = asking.actor, asking.at
    match definition.way:
        case QueryWay.READ:
            found = reader.read(asked, key=key, actor=actor, at=at)
        case QueryWay.VERIFY:
            found = reader.verify(asked, key=key, claims=said, actor=actor, at=at)
        case _:
            found = reader.page(asked, where=said, after=after, actor=actor, at=at)
    return Rows(rows=[dict(row) for row in found.rows], uses=found.uses, next=found.next)


def _orchestrated(
    service: Runnable, plan: Orchestration, question: Mapping[str, Any], asking: Asking
) -> Rows:
    called = _services_of(plan, agency_code=service.agency_code)
    answers: dict[str, list[dict[str, Any]]] = {}
    missing: list[str] = []
    uses: list[str] = []
    for wave in plans.waves(plan.steps):
        for step, outcome in _run_wave(wave, called, question, answers, asking):
            if isinstance(outcome, ServiceError):
                if not step.optional:
                    raise StepFailed(step=step.id) from outcome
                missing.append(step.id)
                answers[step.id] = []
            else:
                answers[step.id] = outcome.rows
                uses += outcome.uses
    try:
        output = expressions.compute(plan.output, {"question": dict(question), "steps": answers})
    except expressions.DoesNotHold as error:
        raise UpstreamRefused(service=service.code) from error
    return Rows(rows=rows_in(output), missing=tuple(missing), uses=tuple(uses))


def _services_of(plan: Orchestration, *, agency_code: str) -> dict[str, Runnable]:
    """
    Return the services that steps may call: published, and the provider's own or shared without condition. One query.
    """
    codes = {step.call for step in plan.steps}
    permitted = Q(agency_code=agency_code) | Q(sharing=Sharing.UNCONDITIONAL)
    rows = DataService.objects.filter(
        permitted,
        code__in=codes,
        state=ServiceState.PUBLISHED,
        kind__in=(ServiceKind.UPSTREAM, ServiceKind.QUERY),
    )
    return {row.code: _runnable(row) for row in rows}


def _runnable(row: DataService) -> Runnable:
    sealed = crypto.seal(row.credential.encode(), context=CREDENTIAL_CONTEXT) if row.credential else None
    return Runnable(
        code=row.code,
        agency_code=row.agency_code,
        kind=ServiceKind(row.kind),
        definition=row.definition,
        credential=sealed,
        timeout_seconds=row.timeout_seconds,
        field_names=frozenset(field["name"] for field in row.fields),
    )


Outcome = Rows | ServiceError


def _run_wave(
    wave: list[Step],
    called: Mapping[str, Runnable],
    question: Mapping[str, Any],
    answers: Mapping[str, list[dict[str, Any]]],
    asking: Asking,
) -> list[tuple[Step, Outcome]]:
    """
    Run steps that do not wait for one another: interfaces at the same time, base registers in this thread.
    """

    def prepared(step: Step) -> Callable[[], Rows]:
        target = called.get(step.call)
        if target is None:
            raise UpstreamRefused(service=step.call)
        try:
            given = expressions.compute(step.input, {"question": dict(question), "steps": dict(answers)})
        except expressions.DoesNotHold as error:
            raise UpstreamRefused(service=step.call) from error
        if not isinstance(given, dict):
            raise UpstreamRefused(service=step.call)
        seconds = min(step.timeout_seconds, target.timeout_seconds)
        bounded = replace(target, timeout_seconds=seconds)
        return lambda: run(bounded, given, asking)

    def outcome_of(step: Step) -> Outcome:
        try:
            return prepared(step)()
        except ServiceError as error:
            return error

    def is_interface(step: Step) -> bool:
        return step.call in called and called[step.call].kind is ServiceKind.UPSTREAM

    # Interfaces need no database; threads that asked it would open connections of their own.
    outside = [step for step in wave if is_interface(step)]
    if len(outside) < 2:  # noqa: PLR2004 -- one needs no thread
        return [(step, outcome_of(step)) for step in wave]
    with ThreadPoolExecutor(max_workers=len(outside)) as pool:
        asked = {step.id: pool.submit(outcome_of, step) for step in outside}
        return [(step, asked[step.id].result() if step.id in asked else outcome_of(step)) for step in wave]
