"""
Cases that begin in agencies' own systems (自办件): into the case library, as cases of those systems.

What a system reports, by whichever way, becomes the rows that the library has of every case (C 0110).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from tongban.foundation import clock, crypto
from tongban.foundation.clock import civil_date
from tongban.resources.caselibrary import services as library
from tongban.resources.caselibrary.services import WholeCase
from tongban.resources.caselibrary.values import (
    CaseContent,
    CaseState,
    Content,
    MaterialContent,
    PartContent,
    ProcessContent,
    ResultContent,
    SpecialContent,
    part_of,
)
from tongban.resources.docking import ports
from tongban.resources.docking.ports import BegunCaseRefused
from tongban.resources.docking.values import BegunCaseFacts, Report, ReportKind
from tongban.resources.exchange import ports as exchange

ONLY: Final = "1"
"""Part of which a case has one."""
DIGITS: Final = 17
EXTENSION, STOP = "1", "2"
"""特别程序种类, T7."""
EXTENDED: Final = "延长审批"
CORRECTION: Final = "补正告知"
ACTIONS: Final = {"PASS": "1", "RETURN": "2", "OTHER": "9"}
"""From the outcome of a step to T23."""
ENDS: Final = {
    ReportKind.GRANTED: "0",
    ReportKind.REFUSED: "1",
    ReportKind.VOIDED: "2",
    ReportKind.PASSED_ON: "4",
    ReportKind.WITHDRAWN: "5",
    ReportKind.NOT_ACCEPTED: "6",
}
"""From how a case ended to T22."""
AFTER_THE_END: Final = frozenset({*ENDS, ReportKind.ACCEPTED, ReportKind.DELIVERED, ReportKind.MATERIAL})
"""What may still be said of a case that has ended: corrections, delivery."""

Contents = tuple[Content, ...]


def join() -> None:
    """
    Wire it; called when all apps are loaded.
    """
    ports.keep_begun_cases_by(take)


def take(*, system: str, division_code: str, report: Report, at: datetime) -> None:
    """
    Bring what a system reports of its own case into the library, and so to the nodes above.

    :param system: its code, the source of the case in the library
    :raises BegunCaseRefused: the library does not take it, or it makes no sense after what came before
    :raises RuntimeError: no transaction is open
    """
    node = exchange.neighbours().own_code
    key = (node, system, report.case_number)
    held = library.held_contents({key}).get(key, ())
    about = {"node": node, "system": system, "number": report.case_number}
    try:
        contents = (
            _begun(report, held, about, division_code) if report.case else _gone_on(report, held, about)
        )
    except msgspec.ValidationError as error:
        raise BegunCaseRefused(why=str(error)) from error
    whole = WholeCase(number=int(clock.now().timestamp() * 1_000_000), contents=contents)
    taken = library.take_own([whole], at=at)
    if taken.faulty:
        raise BegunCaseRefused(why=str(taken.faulty[0][1].label))


def _begun(report: Report, held: Contents, about: dict[str, str], division_code: str) -> Contents:
    """
    Return the case as it is told, or corrected, with what the library has of it.
    """
    case, facts = _case_of(held), report.case
    assert facts is not None  # noqa: S101 -- for the type checker: the caller has seen to it
    told = {
        **about,
        "catalog_code": facts.catalog_code,
        "local_catalog_code": facts.local_catalog_code,
        "task_code": facts.task_code,
        "local_task_code": facts.local_task_code,
        "variant_code": facts.task_handle_item,
        "item_name": facts.task_name,
        "item_version": facts.task_version,
        "summary": facts.project_name,
        "handling_kind": facts.project_type,
        "applicant": _applicant(facts),
        "applied_at": facts.apply_date,
        "channel": facts.apply_type,
        "agency_code": facts.org_code,
        "agency_name": facts.org_name,
        "division_code": division_code,
        "handler": report.handler,
        "accepted_at": report.at,
        "acceptance_document": facts.accept_doc_no,
        "promised_on": civil_date(facts.promise_date) if facts.promise_date else None,
        "state": case.state if case else CaseState.ACCEPTED.value,
        "ended_at": case.ended_at if case else None,
    }
    return (msgspec.convert(told, CaseContent), *held[1:])


def _applicant(facts: BegunCaseFacts) -> dict[str, str]:
    return {
        "name": facts.applyer_name,
        "kind": facts.applyer_type,
        "id_type": facts.applyer_page_type,
        "id_number": facts.applyer_page_code,
        "legal_representative": facts.legal,
        "contact_name": facts.contact_name,
        "contact_id_type": facts.contact_type,
        "contact_id_number": facts.contact_code,
        "contact_mobile": facts.contact_mobile,
        "address": facts.address,
        "zip_code": facts.zip_code,
    }


def _gone_on(report: Report, held: Contents, about: dict[str, str]) -> Contents:
    """
    Return the case with what has happened to it.
    """
    case = _case_of(held)
    if case is None:
        raise BegunCaseRefused(why=_("办件库中没有这一办件"))
    if case.ended_at is not None and report.kind not in AFTER_THE_END:
        raise BegunCaseRefused(why=_("办件已经办结，不能再报办理环节"))
    parts = [content for content in held if isinstance(content, PartContent)]
    change, part = _READERS[report.kind](report, about, parts)
    rest = [each for each in parts if part is None or _place(each) != _place(part)]
    changed = msgspec.convert({**_plain(case), **change}, CaseContent)
    return (changed, *rest, *([part] if part else []))


Change = tuple[dict[str, Any], PartContent | None]
"""What is new of the case itself, and the row that is."""


def _step(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    step = {
        "name": report.step_name,
        "action": ACTIONS[report.outcome],
        "started_at": report.at,
        "ended_at": report.at,
        "handler": report.handler,
        "explanation": report.opinion,
    }
    return {"state": CaseState.UNDER_WAY.value}, _part(ProcessContent, report, about, step)


def _correction(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    step = {
        "name": CORRECTION,
        "action": ACTIONS["OTHER"],
        "started_at": report.at,
        "ended_at": report.at,
        "handler": report.handler,
        "explanation": "；".join(f"{item.name}：{item.reason}" for item in report.items),
    }
    return {"state": CaseState.CORRECTING.value}, _part(ProcessContent, report, about, step)


def _procedure_begins(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    stop = {
        "special_type": STOP,
        "name": report.procedure,
        "started_at": report.at,
        "reason": report.reason,
        "handler": report.handler,
        "explanation": "；".join(report.legal_basis),
    }
    return {"state": CaseState.SUSPENDED.value}, _part(SpecialContent, report, about, stop)


def _procedure_ends(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    stops = [each for each in parts if isinstance(each, SpecialContent) and each.special_type == STOP]
    running = [each for each in stops if each.ended_at is None]
    if not running:
        raise BegunCaseRefused(why=_("没有进行中的特别程序"))
    last = max(running, key=lambda each: each.started_at)
    ended = {**_plain(last), "ended_at": report.at, "result": report.result}
    state = CaseState.UNDER_WAY if len(running) == 1 else CaseState.SUSPENDED
    return {"state": state.value}, msgspec.convert(ended, SpecialContent)


def _extended(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    stop = {
        "special_type": EXTENSION,
        "name": EXTENDED,
        "started_at": report.at,
        "reason": report.reason,
        "handler": report.handler,
        "explanation": str(report.days),
        "ended_at": report.at,
    }
    return {}, _part(SpecialContent, report, about, stop)


def _material(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    material = {"name": report.material_name, "way": report.step_name or "9"}
    return {}, _part(MaterialContent, report, about, material, of=report.material_name)


def _end(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    result = {
        "result_type": ENDS[report.kind],
        "ended_at": report.at,
        "explanation": report.opinion or report.reason,
        "certificate_name": report.certificate_name,
        "certificate_number": report.certificate_number,
        "handler": report.handler,
    }
    state = CaseState.NOT_ACCEPTED if report.kind is ReportKind.NOT_ACCEPTED else CaseState.ENDED
    change = {"state": state.value, "ended_at": report.at}
    return change, msgspec.convert({**about, "part": ONLY, **result}, ResultContent)


def _delivered(report: Report, about: dict[str, str], parts: Sequence[PartContent]) -> Change:
    result = next((each for each in parts if isinstance(each, ResultContent)), None)
    if result is None:
        raise BegunCaseRefused(why=_("办件尚未办结"))
    return {}, msgspec.structs.replace(result, is_delivered=True)


_READERS: Final[dict[ReportKind, Callable[[Report, dict[str, str], Sequence[PartContent]], Change]]] = {
    ReportKind.STEP: _step,
    ReportKind.CORRECTION: _correction,
    ReportKind.PROCEDURE_BEGINS: _procedure_begins,
    ReportKind.PROCEDURE_ENDS: _procedure_ends,
    ReportKind.EXTENDED: _extended,
    ReportKind.MATERIAL: _material,
    ReportKind.DELIVERED: _delivered,
    **dict.fromkeys(ENDS, _end),
}


def _case_of(held: Contents) -> CaseContent | None:
    return held[0] if held and isinstance(held[0], CaseContent) else None


def _place(part: PartContent) -> tuple[type, str]:
    return type(part), part_of(part)


def _part(
    shape: type[PartContent], report: Report, about: dict[str, str], words: dict[str, Any], *, of: str = ""
) -> PartContent:
    """
    Return a row that is the same whenever the same is told.

    :param of: what tells rows of this kind apart; empty: the report
    """
    name = crypto.sm3((of or report.id).encode()).hex()[:DIGITS]
    return msgspec.convert({**about, "part": f"r{name}", **words}, shape)


def _plain(content: Content) -> dict[str, Any]:
    return msgspec.structs.asdict(content)
