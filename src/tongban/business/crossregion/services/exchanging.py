"""
What nodes exchange about applications that one takes for the other: the contracts `crossregion.*`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.business.crossregion.models import Intake
from tongban.business.crossregion.services.files import take_piece
from tongban.business.crossregion.services.mirroring import take_progress
from tongban.business.crossregion.services.taking import act_on_waiting, held, owner_of, take_handin
from tongban.business.crossregion.values import (
    FILES,
    HANDINS,
    INTAKE_FILES,
    PROGRESS,
    FilePiece,
    HandIn,
    Told,
)
from tongban.foundation.actors import system_actor
from tongban.resources.exchange.values import Contract, Direction, Received, Refused
from tongban.support.documents.values import Owner

TAKER = system_actor("crossregion.take_file")


def contracts() -> tuple[Contract, ...]:
    """
    Return what is exchanged.
    """
    return (
        Contract(
            code=HANDINS,
            title=_("异地收件"),
            shape=HandIn,
            direction=Direction.ADDRESSED,
            take=take_handins,
        ),
        Contract(
            code=PROGRESS,
            title=_("异地办件进度"),
            shape=Told,
            direction=Direction.ADDRESSED,
            take=take_told,
        ),
        Contract(
            code=FILES,
            title=_("异地办件文件"),
            shape=FilePiece,
            direction=Direction.ADDRESSED,
            take=take_pieces,
        ),
    )


def take_handins(entries: Sequence[Received], _source: str, at: datetime) -> Sequence[Refused]:
    """
    Take what counters of other nodes handed in.
    """
    for entry in entries:
        take_handin(entry, at=at)
    return []


def take_told(entries: Sequence[Received], _source: str, at: datetime) -> Sequence[Refused]:
    """
    Take how cases stand that other nodes decide.
    """
    told = [take_progress(entry, at=at) for entry in entries]
    return [each for each in told if each is not None]


def take_pieces(entries: Sequence[Received], _source: str, at: datetime) -> Sequence[Refused]:
    """
    Take pieces of files: materials for cases of this node, papers of cases of others.
    """
    for entry in entries:
        piece: FilePiece = entry.content
        key, node = UUID(piece.intake), entry.origin
        if Intake.objects.filter(pk=key, node=node).exists():
            owner = Owner(kind=INTAKE_FILES, key=str(key))
            take_piece(piece, node=node, owner=owner, is_paper=True, actor=TAKER, at=at)
            continue
        received = held(node=node, intake=key)
        owner = owner_of(received)
        if take_piece(piece, node=node, owner=owner, is_paper=False, actor=TAKER, at=at):
            act_on_waiting(received, at=at)
    return []
