"""
The conformance suite: what the documents ask of a system, what was found, and how to mend it; a certificate for all.

Besides looking at what is there, it gives a trial case and waits for what the system says of it: the case is none, and
nothing but messages comes of it. Whoever passes is CONFORMANT and may go live.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict
from tongban.resources.docking import permissions
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.services.giving import queue
from tongban.resources.docking.services.receiving import CHINESE, is_reached
from tongban.resources.docking.services.registering import SystemStateForbids, locked
from tongban.resources.docking.values import (
    SETTLED,
    TRIAL_PREFIX,
    ConformanceReport,
    Direction,
    Finding,
    GivenCase,
    MessageState,
    OutKind,
    Part,
    ReportKind,
    SystemState,
    Way,
)

CERTIFICATE_PURPOSE: Final = "docking.certificate"
TRIAL_DAYS: Final = 7
"""A trial case is used again for so long, so that running the suite twice gives one case."""
DECISIONS: Final = frozenset({ReportKind.GRANTED, ReportKind.REFUSED, ReportKind.NOT_ACCEPTED})
Checks = Callable[[DockedSystem], Iterator[Finding]]


class WrongWay(Conflict):
    """
    The system is docked in another way than the checks are for.
    """

    code = "docking_way_differs"
    message = gettext_lazy("该系统的对接方式为“%(way)s”")


def begin_trial(*, code: str, way: Way, actor: Actor, at: datetime) -> str:
    """
    Give the trial case where none is open, and return its number. The rounds carry it to the system.

    :raises SystemStateForbids: its tests have not begun
    :raises WrongWay: it is docked in another way
    """
    permissions.manage_systems.require(actor)
    return _begin_trial(code=code, way=way, at=at)


@business_transaction
def _begin_trial(*, code: str, way: Way, at: datetime) -> str:
    system = locked(code)
    if system.way != way:
        raise WrongWay(way=str(Way(system.way).label))
    if not is_reached(system):
        raise SystemStateForbids(system_code=code, state=str(SystemState(system.state).label))
    open_trial = (
        DockMessage.objects.filter(
            system=system,
            direction=Direction.OUT,
            case_number__startswith=TRIAL_PREFIX,
            created_at__gte=at - timedelta(days=TRIAL_DAYS),
        )
        .order_by("-id")
        .first()
    )
    if open_trial is not None:
        return open_trial.case_number
    number = f"{TRIAL_PREFIX}{system.code}"[:41] + f"-{secrets.token_hex(4)}"
    queue(
        system,
        message_id=f"{number}-1",
        kind=OutKind.CASE,
        case_number=number,
        at=at,
        event="ACCEPTED",
        case=_trial_case(system, number, at=at),
    )
    return number


def judge(*, code: str, findings: Sequence[Finding], actor: Actor, at: datetime) -> ConformanceReport:
    """
    Keep what was found, and certify the system where nothing is missing.

    :param findings: of the way's own checks; those of the trial case are added
    """
    permissions.manage_systems.require(actor)
    with translation.override(CHINESE):
        return _judge(code=code, findings=findings, actor=actor, at=at)


@business_transaction
def _judge(*, code: str, findings: Sequence[Finding], actor: Actor, at: datetime) -> ConformanceReport:
    system = locked(code)
    report = ConformanceReport(
        system=code, way=Way(system.way), at=at, findings=[*findings, *trial_findings(system)]
    )
    if report.is_whole:
        report = msgspec.structs.replace(report, certificate=_certificate(system, report, at=at))
        system.certificate = report.certificate
        if system.state == SystemState.TESTING:
            system.state, system.changed_at = SystemState.CONFORMANT, at
        audit.record(
            action="docking.system.certify",
            actor=actor,
            subject=code,
            at=at,
            serial=system.certificate["serial"] if system.certificate else "",
        )
    system.report = msgspec.to_builtins(report)
    system.save(update_fields=["certificate", "state", "changed_at", "report"])
    return report


def is_genuine(certificate: dict[str, Any]) -> bool:
    """
    Return whether this node issued a certificate and nobody changed it.
    """
    body = {name: value for name, value in certificate.items() if name != "signature"}
    return secrets.compare_digest(_signature(body), str(certificate.get("signature", "")))


def trial_findings(system: DockedSystem) -> Iterator[Finding]:
    """
    Judge what the system did with its trial case.
    """
    given = (
        DockMessage.objects.filter(
            system=system, direction=Direction.OUT, case_number__startswith=TRIAL_PREFIX
        )
        .order_by("-id")
        .first()
    )
    number = given.case_number if given else ""
    told = list(
        DockMessage.objects.filter(system=system, direction=Direction.IN, case_number=number).order_by("id")
    )
    good = [message.kind for message in told if message.state in SETTLED]
    latest = {message.message_id: message for message in told}
    bad = [message for message in latest.values() if message.state not in SETTLED]
    yield Finding(
        id="trial.taken",
        title=_("取走联调办件"),
        asked=_("系统取走交给它的办件，并作取走标志（GB/T 21062 前置交换；前置库为 is_sync=1）"),
        is_met=given is not None and given.state == MessageState.TAKEN,
        found=str(MessageState(given.state).label) if given else _("尚未交出"),
        mend=_("请让系统读取联调办件 %(number)s，读取后作取走标志") % {"number": number},
    )
    yield Finding(
        id="trial.step",
        title=_("报送办理过程"),
        asked=_("每个环节办结后报送一条办理过程（C 0110 up_pro_process；消息 3 审批）"),
        is_met=ReportKind.STEP in good,
        found="、".join(str(ReportKind(kind).label) for kind in good) or _("没有有效的报送"),
        mend=_("请为联调办件报送至少一个办理环节"),
    )
    yield Finding(
        id="trial.result",
        title=_("报送办结结果"),
        asked=_("作出决定后报送一条办结结果（C 0110 up_pro_result；消息 4 办结）"),
        is_met=bool(DECISIONS & set(good)),
        found="、".join(str(ReportKind(kind).label) for kind in good if kind in DECISIONS)
        or _("没有办结结果"),
        mend=_("请为联调办件报送一条办结结果"),
    )
    yield Finding(
        id="trial.order",
        title=_("报送顺序"),
        asked=_("先受理，再过程，后结果，结果只有一条（C 0110；数据质量规则）"),
        is_met=bool(good) and _is_in_order(good),
        found=" → ".join(str(ReportKind(kind).label) for kind in good) or _("没有有效的报送"),
        mend=_("请按受理、过程、结果的顺序报送，结果只报一次"),
    )
    yield Finding(
        id="trial.correct",
        title=_("错误已更正"),
        asked=_("被退回的报文按反馈更正后以同一标识重新报送（dn_audit_abnormal；错误反馈）"),
        is_met=not bad,
        found="；".join(f"{message.message_id}：{message.text}" for message in bad[:5])
        or _("没有未更正的错误"),
        mend=_("请按错误说明更正后重新报送"),
    )


def _is_in_order(kinds: Sequence[str]) -> bool:
    ends = [place for place, kind in enumerate(kinds) if kind in DECISIONS]
    accepted = [place for place, kind in enumerate(kinds) if kind == ReportKind.ACCEPTED]
    steps = [place for place, kind in enumerate(kinds) if kind == ReportKind.STEP]
    return (
        len(ends) <= 1
        and all(step < end for step in steps for end in ends)
        and all(first < step for first in accepted for step in steps)
    )


def _certificate(system: DockedSystem, report: ConformanceReport, *, at: datetime) -> dict[str, Any]:
    body = {
        "serial": secrets.token_hex(8),
        "system": system.code,
        "name": system.name,
        "agency": system.agency_code,
        "way": system.way,
        "issued_at": at.isoformat(),
        "checks": [finding.id for finding in report.findings],
        "algorithm": "HMAC-SM3",
    }
    return {**body, "signature": _signature(body)}


def _signature(body: dict[str, Any]) -> str:
    return crypto.mac(CERTIFICATE_PURPOSE, msgspec.json.encode(body, order="deterministic")).hex()


def _trial_case(system: DockedSystem, number: str, *, at: datetime) -> GivenCase:
    return GivenCase(
        project_no=number,
        query_code="TRIAL",
        catalog_code="000000000000",
        task_code="0" * 31,
        task_name=_("联调测试事项（不是真实办件）"),
        task_version=1,
        project_name=_("联调测试"),
        project_type="2",
        applyer_name=_("测试申请人"),
        applyer_type="1",
        applyer_page_type="111",
        applyer_page_code="11010519491231002X",
        org_name=system.name,
        org_code=system.agency_code,
        division_code=system.division_code,
        apply_date=at,
        apply_type="2",
        contact_name=_("测试申请人"),
        contact_mobile="13900000001",
        handle_user_name=_("联调"),
        accept_date=at,
        accept_doc_no=number[:50],
        materials=[Part(code="trial", name=_("联调测试材料"), get_type="2")],
    )
