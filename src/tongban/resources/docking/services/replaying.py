"""
Doing a message again: giving once more what was given, taking once more what was refused.
"""

from datetime import datetime

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotFound
from tongban.resources.docking import permissions
from tongban.resources.docking.models import DockMessage
from tongban.resources.docking.services.giving import note
from tongban.resources.docking.services.receiving import receive
from tongban.resources.docking.values import Direction, MessageState, Receipt, Report


class MessageNotReplayable(Conflict):
    """
    The message took effect, waits still, could not be read, or its content is too old to be kept.
    """

    code = "message_not_replayable"
    message = _("该消息不能重放：已生效、正在等待，或内容无法读取")


@business_transaction
def replay(*, message_id: int, actor: Actor, at: datetime) -> Receipt | None:
    """
    Do a message again; of a report return what became of it this time.

    :raises NotFound: there is no such message
    :raises MessageNotReplayable: nothing would come of it
    """
    permissions.manage_systems.require(actor)
    message = (
        DockMessage.objects.select_for_update(no_key=True, of=("self",))
        .select_related("system")
        .filter(pk=message_id)
        .first()
    )
    if message is None:
        raise NotFound(message_id=message_id)
    if message.content is None:
        raise MessageNotReplayable(message_id=message_id)
    audit.record(
        action="docking.message.replay",
        actor=actor,
        subject=message.message_id,
        at=at,
        system=message.system.code,
    )
    if message.direction == Direction.OUT:
        _give_again(message, at=at)
        return None
    return _take_again(message, at=at)


def _give_again(message: DockMessage, *, at: datetime) -> None:
    if message.state == MessageState.QUEUED:
        raise MessageNotReplayable(message_id=message.pk)
    message.state, message.settled_at, message.next_attempt_at = MessageState.QUEUED, None, None
    # Another version has other rows: those that were written before stay as they are.
    message.version += 1
    note(message, "replayed", at=at)
    message.save(update_fields=["state", "settled_at", "next_attempt_at", "version", "story"])


def _take_again(message: DockMessage, *, at: datetime) -> Receipt:
    newest = DockMessage.objects.filter(
        system=message.system, direction=Direction.IN, message_id=message.message_id
    ).order_by("-version")
    if message.state != MessageState.REFUSED or newest[0].pk != message.pk:
        raise MessageNotReplayable(message_id=message.pk)
    try:
        report = msgspec.convert(message.content, Report)
    except msgspec.ValidationError as error:
        raise MessageNotReplayable(message_id=message.pk) from error
    return receive(system=message.system, report=report, at=at, batch=message.batch, is_replay=True)
