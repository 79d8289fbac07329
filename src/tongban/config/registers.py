"""
What joins the base registers with people, cases and messages: apps that they do not know.
"""

from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.business.casework import selectors as cases
from tongban.foundation.actors import Actor, system_actor
from tongban.resources.registers import ports
from tongban.resources.registers.values import definition
from tongban.support.identity import selectors as identity
from tongban.support.identity.selectors.holders import holders_of, number_of
from tongban.support.identity.values import Role
from tongban.support.messaging import ports as messages
from tongban.support.messaging.services import send_once, send_to_staff
from tongban.support.messaging.values import MessageTemplate

TELLER: Final = system_actor("registers.telling")
CORRECTED: Final = "registers.corrected"
NOTICES: Final = {
    "FILED": MessageTemplate(
        code="registers.dispute_filed",
        title=_("收到疑义校核申请"),
        body=_("有人认为你单位提供的“%(field)s”有误（%(number)s），请在 %(due)s 前核实答复。"),
    ),
    "DUE_SOON": MessageTemplate(
        code="registers.dispute_due_soon",
        title=_("疑义校核将到期"),
        body=_("“%(field)s”的疑义校核（%(number)s）最迟 %(due)s 答复，请尽快处理。"),
    ),
    "LATE": MessageTemplate(
        code="registers.dispute_late",
        title=_("疑义校核已超期"),
        body=_("“%(field)s”的疑义校核（%(number)s）应在 %(due)s 前答复，现已超期，已提请数据主管部门督办。"),
    ),
    "ANSWERED": MessageTemplate(
        code="registers.dispute_answered",
        title=_("疑义校核已答复"),
        body=_("您对“%(field)s”提出的疑义校核（%(number)s）已有答复：%(answer)s"),
    ),
}


def join() -> None:
    """
    Wire the ports.
    """
    messages.register_templates(
        *NOTICES.values(),
        MessageTemplate(
            code=CORRECTED,
            title=_("你单位使用过的基础信息已更正"),
            body=_(
                "%(register)s的“%(fields)s”经疑义校核（%(number)s）已更正。你单位此前核验或读取过这项信息，请重新核对。"
            ),
        ),
    )
    ports.know_people_by(Accounts())
    ports.know_cases_by(_knows_case)
    ports.tell_by(tell)
    ports.tell_users_by(tell_users)


class Accounts:
    """
    Knows whose account of this node has a number.
    """

    def holder_of(self, number: str) -> UUID | None:
        """
        Return the person with this identity number. One query.
        """
        found = holders_of([number] if number else []).get(number)
        return UUID(found.person_id) if found else None

    def number_of(self, person_id: UUID) -> str | None:
        """
        Return a person's identity number. One query.
        """
        return number_of(person_id=person_id) or None


def tell(notice: ports.DisputeNotice) -> None:
    """
    Tell the stewards of an agency, those above them where it is late, or the person who filed a dispute.
    """
    template = NOTICES[notice.what]
    params = {
        "field": notice.field,
        "number": notice.number,
        "due": notice.due.isoformat(),
        "answer": notice.answer,
    }
    key = f"{template.code}:{notice.number}"
    if notice.person_id is not None:
        send_once(
            key=key,
            template=template.code,
            person_id=notice.person_id,
            params=params,
            subject=notice.number,
            actor=TELLER,
            at=notice.at,
        )
        return
    told = _stewards({notice.agency_code})
    if notice.what == "LATE":
        told |= {each.account_id for each in identity.staff_with_role(role=Role.DATA_REVIEWER, actor=TELLER)}
    for account_id in sorted(told):
        send_to_staff(
            key=f"{key}:{account_id}",
            template=template.code,
            account_id=account_id,
            mobile="",
            params=params,
            subject=notice.number,
            actor=TELLER,
            at=notice.at,
        )


def tell_users(correction: ports.RecordCorrection) -> None:
    """
    Tell the stewards of every agency that used a datum which was wrong.
    """
    register = definition(correction.register)
    titles = [str(rule.title) for rule in register.fields if rule.name in correction.fields]
    agencies = {user.agency_code for user in correction.users} - {""}
    for account_id in sorted(_stewards(agencies)):
        send_to_staff(
            key=f"{CORRECTED}:{correction.record_id}:{correction.version}:{account_id}",
            template=CORRECTED,
            account_id=account_id,
            mobile="",
            params={
                "register": str(register.title),
                "fields": "、".join(titles),
                "number": correction.dispute_number,
            },
            subject=correction.dispute_number,
            actor=TELLER,
            at=correction.at,
        )


def _stewards(agencies: set[str]) -> set[UUID]:
    found = identity.staff_with_role(role=Role.DATA_STEWARD, actor=TELLER)
    return {each.account_id for each in found if each.agency_code in agencies}


def _knows_case(actor: Actor, number: str) -> bool:
    return cases.may_read_case(actor=actor, number=number)
