"""
Writing down, for the holder to read, who opened the file of a licence.
"""

import uuid
from datetime import datetime

from tongban.business.licences.models import Licence, StockLicence
from tongban.business.licences.selectors.holding import thing_of
from tongban.foundation import looks
from tongban.foundation.actors import Actor
from tongban.foundation.looks import LookAct


def note_file_opened(key: str, actor: Actor, at: datetime) -> None:
    """
    Write down that the file of a licence was opened. Two statements.

    :param key: id of the licence
    """
    licence = Licence.objects.get(id=uuid.UUID(key))
    thing = thing_of(licence)
    looks.record(principal_id=licence.person_id, act=LookAct.OPENED, thing=thing, actor=actor, at=at)


def note_scan_opened(key: str, actor: Actor, at: datetime) -> None:
    """
    Write down that the scan of a licence was opened, once the licence is in the library. Two statements.

    :param key: id of the row it came with
    """
    row = StockLicence.objects.select_related("licence").filter(id=uuid.UUID(key)).first()
    if row is None or row.licence is None:
        return
    principal, thing = row.licence.person_id, thing_of(row.licence)
    looks.record(principal_id=principal, act=LookAct.OPENED, thing=thing, actor=actor, at=at)
