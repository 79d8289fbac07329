"""
Somebody says which platform is believed.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import Conflict
from tongban.resources.movein.models import OldPlatform
from tongban.resources.movein.services import rounds
from tongban.resources.movein.services.conflicts import note_decision
from tongban.resources.movein.values import Matter, Rule, label_of


class CaseRefused(Conflict):
    """
    The case as the old platform has it cannot be taken; `facts`: reason. Nothing is decided.
    """

    code = "old_case_refused"
    message = _("原平台的这件办件不能装入：%(reason)s")


def decide(*, conflict_id: int, decision: Rule, actor: Actor, at: datetime) -> None:
    """
    Decide a conflict: OLD takes the case as the old platform has it, OURS leaves it out or writes ours again.

    :raises NotFound: there is no such conflict
    :raises AlreadyDecided: it is decided
    :raises CaseRefused: the library does not take it
    :raises OldPlatformAway: the case has to be read, and the old platform is not reached; nothing is decided
    """
    with transaction.atomic():
        row = note_decision(conflict_id=conflict_id, decision=decision, actor=actor, at=at)
        if row.matter == Matter.LATE_CASE and decision is Rule.OLD:
            _take(row.platform, row.case_key, at=at)


def _take(platform: OldPlatform, key: str, *, at: datetime) -> None:
    with rounds.reached(platform, at=at) as taking:
        case = taking.mapping.case
        taking.take(
            taking.database.rows_of(case.table, case.reads(), column=case.key, values=[key], key=case.key)
        )
    if taking.report.refused:
        found = taking.report.refused[0]
        raise CaseRefused(reason=f"{label_of(found.code)} {found.field}".strip())
