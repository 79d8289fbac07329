"""
目录更新: within 15 working days of a change of law, items or functions. Source: 共享办法, as standards have it.
"""

import uuid
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.resources.datasets import permissions
from tongban.resources.datasets.models import CatalogueDuty
from tongban.resources.datasets.permissions import DatasetNotFound
from tongban.resources.datasets.services.exchanging import own_node, tell_duty
from tongban.resources.datasets.values import DutyReason

WORKING_DAYS: Final = 15
LONGEST_TEXT: Final = 500


@business_transaction
def record_duty(
    *,
    agency_code: str,
    agency_name: str,
    division_code: str,
    reason: DutyReason,
    text: str,
    occurred_on: date,
    actor: Actor,
    at: datetime,
) -> uuid.UUID:
    """
    Write down that something changed for an agency; its catalogue is due in 15 working days.

    :raises NotPermitted: neither the agency's steward nor a reviewer of the area
    :raises InvalidInput: nothing is said, or it lies in the future
    """
    permissions.record_duty.require(actor, agency_code=agency_code, division_code=division_code)
    words = text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise InvalidInput(fields={"text": _("请写明变化内容，不超过 500 字")})
    if occurred_on > civil_date(at):
        raise InvalidInput(fields={"occurred_on": _("变化日期不能晚于今天")})
    duty = CatalogueDuty.objects.create(
        node=own_node(),
        agency_code=agency_code,
        agency_name=agency_name,
        division_code=division_code,
        reason=reason,
        text=words,
        occurred_on=occurred_on,
        due_on=current_calendar().add_working_days(occurred_on, WORKING_DAYS),
    )
    audit.record(
        action="datasets.duty.record", actor=actor, subject=str(duty.id), at=at, agency_code=agency_code
    )
    tell_duty(duty, at=at)
    return duty.id


@business_transaction
def settle_duty(*, duty_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Say that the catalogue was looked through after a change. Once said it stays.

    :raises DatasetNotFound: there is no such duty here
    :raises NotPermitted: neither the agency's steward nor a reviewer of the area
    """
    duty = CatalogueDuty.objects.select_for_update().filter(id=duty_id, node=own_node()).first()
    if duty is None:
        raise DatasetNotFound
    permissions.record_duty.require(actor, agency_code=duty.agency_code, division_code=duty.division_code)
    if duty.done_at is not None:
        return
    duty.done_at = at
    duty.save(update_fields=["done_at"])
    audit.record(action="datasets.duty.settle", actor=actor, subject=str(duty.id), at=at)
    tell_duty(duty, at=at)
