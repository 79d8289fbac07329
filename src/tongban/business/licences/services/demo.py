"""
Licences of the sample area that were issued before its node was there: brought by an editor, compared by a reviewer.

All of them are made up. They are there so that an application shows what takes the place of a material.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from tongban.business.licences import permissions
from tongban.business.licences.models import StockLicence
from tongban.business.licences.services.collecting import collect_licences
from tongban.business.licences.services.sampling import check_sampled
from tongban.business.licences.services.stock_files import read_stock
from tongban.business.licences.services.taking import take_batch_in
from tongban.business.licences.values import BatchFacts, Supply
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.support.identity import services as identity
from tongban.support.identity.values import Role

SOURCE: Final = "演示数据"
STEPS: Final = (Role.LICENCE_EDITOR, Role.LICENCE_REVIEWER)


def load_demo_licences(
    *,
    path: Path,
    agency: tuple[str, str],
    division_code: str,
    office_code: str,
    actor: Actor,
    at: datetime,
) -> int:
    """
    Take in what an agency has issued before, by the very steps of 存量归集; return how many. Twice changes nothing.

    :param path: a file as `read_stock` reads it
    :param agency: code and name of who issued all of them
    :param office_code: agency whose staff keep the directory
    :raises NotPermitted: anybody but the node asks
    """
    permissions.load_types.require(actor)
    acting = identity.demo_staff(agency_code=office_code, roles=STEPS, actor=actor)
    if len(acting) != len(STEPS):
        return 0
    editor, reviewer = (acting[role] for role in STEPS)
    batch_id = collect_licences(
        rows=read_stock(path),
        facts=BatchFacts(
            source=SOURCE,
            supply=Supply.ISSUER,
            agency_code=agency[0],
            agency_name=agency[1],
            division_code=division_code,
            file_name=path.name,
            file_digest=sm3_hex(path.read_bytes()),
            sample_percent=100,
            wanted_percent=100,
        ),
        actor=editor,
        at=at,
    )
    sample = StockLicence.objects.filter(batch_id=batch_id, is_sampled=True, is_right=None)
    for row_id in list(sample.values_list("id", flat=True)):
        check_sampled(row_id=row_id, is_right=True, note="", actor=reviewer, at=at)
    return take_batch_in(batch_id=batch_id, actor=actor, at=at)
