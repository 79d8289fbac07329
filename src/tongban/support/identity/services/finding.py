"""
Writing down, for the person to read, that somebody found him by his number.
"""

import uuid
from datetime import datetime

from tongban.foundation import looks
from tongban.foundation.actors import Actor
from tongban.foundation.looks import LookAct, ObjectKind, Thing


def note_found(person_id: uuid.UUID, *, actor: Actor, at: datetime) -> None:
    """
    Write down that a person was found by his number, at a counter or by a system; once a day for one of them.
    """
    thing = Thing(kind=ObjectKind.PERSON, key="")
    looks.record(principal_id=person_id, act=LookAct.FOUND, thing=thing, actor=actor, at=at)
