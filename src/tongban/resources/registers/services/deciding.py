"""
Rows of which a person decides whose they are.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.resources.exchange import ports as exchange
from tongban.resources.registers import permissions
from tongban.resources.registers.models import Batch, Record, WaitingRow
from tongban.resources.registers.services.storing import take_rows
from tongban.resources.registers.values import (
    BatchState,
    BatchWay,
    DecisionKind,
    MatchState,
    Offer,
    RegisterCode,
    definition,
)

LONGEST_WORDS: Final = 500
STATES: Final = {
    DecisionKind.MERGE: MatchState.MERGED,
    DecisionKind.CREATE: MatchState.CREATED,
    DecisionKind.DISCARD: MatchState.DISCARDED,
}


class WaitingRowDecided(Conflict):
    """
    A colleague has decided about the row already.
    """

    code = "register_row_decided"
    message = _("这一行已经处理过")


class RowCannotBeTaken(Conflict):
    """
    The row cannot become a record as it is: its key is wrong, or a field it needs is missing.
    """

    code = "register_row_not_taken"
    message = _("按现有内容不能采用这一行：主键有误或者缺少必填信息项")


@business_transaction
def decide_waiting_row(
    *,
    row_id: UUID,
    decision: DecisionKind,
    record_id: UUID | None,
    words: str,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Decide whose a row is: a record's it may be of, a new one's, or nobody's.

    :param record_id: one of the row's candidates, to merge
    :param words: why; needed to discard
    :raises NotFound: there is no such row, or not for the actor
    :raises WaitingRowDecided: it was decided about already
    :raises InvalidInput: the record is none of the candidates, or no reason was given
    :raises RowCannotBeTaken: it cannot become a record
    """
    row = WaitingRow.objects.select_for_update(no_key=True, of=("self",)).filter(id=row_id).first()
    if row is None:
        raise NotFound
    permissions.decide_match.require(actor, agency_code=row.agency_code)
    if row.state != MatchState.OPEN:
        raise WaitingRowDecided
    words = words.replace("\0", "").strip()
    if len(words) > LONGEST_WORDS or (decision is DecisionKind.DISCARD and not words):
        raise InvalidInput(fields={"words": _("请说明理由，不超过 500 字")})
    if decision is not DecisionKind.DISCARD:
        _take(row, decision, record_id, actor=actor, at=at)
    row.state, row.offered = STATES[decision], None
    row.decided_by, row.decided_at, row.words = actor.id, at, words
    row.save(update_fields=["state", "offered", "decided_by", "decided_at", "words"])
    audit.record(
        action="registers.match.decide",
        actor=actor,
        subject=str(row.id),
        at=at,
        decision=decision.value,
        register=row.register,
    )


def _take(
    row: WaitingRow, decision: DecisionKind, record_id: UUID | None, *, actor: Actor, at: datetime
) -> None:
    register = definition(RegisterCode(row.register))
    fields: dict[str, str] = dict(row.offered["fields"])
    if decision is DecisionKind.MERGE:
        if record_id not in row.candidates:
            raise InvalidInput(fields={"record": _("请从可能的记录中选择")})
        fields[register.key] = Record.objects.get(pk=record_id).fields[register.key]
        # Whoever offered it is not the source of what names the record: that stays as it is.
        for name in register.identifying:
            fields.pop(name, None)
        if register.code is RegisterCode.POPULATION:
            fields.pop("birth_date", None)
    batch = Batch.objects.create(
        register=row.register,
        way=BatchWay.DECISION,
        agency_code=row.agency_code,
        node_code=exchange.neighbours().own_code,
        brought_by_kind=actor.kind.value,
        brought_by=actor.id,
        started_at=at,
        ended_at=at,
        state=BatchState.DONE,
        lines=1,
    )
    chunk = take_rows([Offer(line=1, fields=fields)], batch=batch, at=at)
    if chunk.refused or chunk.waiting:
        raise RowCannotBeTaken
    batch.save()
