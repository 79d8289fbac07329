"""
Seals of the sample area: every agency gets one, through the very steps that a real one takes.

All of them are made up, and each picture says 演示专用章.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.support.identity import services as identity
from tongban.support.identity.values import Role
from tongban.support.seals import permissions
from tongban.support.seals.models import Seal
from tongban.support.seals.services.applying import apply_for_seal, review_seal
from tongban.support.seals.services.authorising import LONGEST, give
from tongban.support.seals.services.making import file_seal, issue_seal, make_seal, receive_seal
from tongban.support.seals.values import AuthorisationKind, Limits, SealKind, SealPurpose

BASIS: Final = "演示数据"
YEARS: Final = 4
STEPS: Final = (Role.SEAL_KEEPER, Role.SEAL_REVIEWER, Role.SEAL_MAKER, Role.SEAL_REGISTRAR)
TERM: Final = LONGEST - timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoAgency:
    """
    An agency of the sample area.
    """

    code: str
    name: str
    division_code: str


def load_demo_seals(*, agencies: Iterable[DemoAgency], office_code: str, actor: Actor, at: datetime) -> int:
    """
    Make the seals that do not exist yet, with standing authorisations for notices and licences; return how many.

    Each seal is a transaction of its own: loading can be cut short, and goes on where it was. Loading twice changes
    nothing. The one keeper among the demo accounts asks for every agency, as no real keeper could.

    :param office_code: agency whose staff keep, review, make and register seals
    :raises NotPermitted: anybody but the node asks
    """
    permissions.load_demo.require(actor)
    acting = identity.demo_staff(agency_code=office_code, roles=STEPS, actor=actor)
    if len(acting) != len(STEPS):
        return 0
    done = set(Seal.objects.values_list("agency_code", flat=True))
    wanted = [agency for agency in agencies if agency.code not in done]
    for agency in wanted:
        _load(agency, acting, at=at)
    return len(wanted)


@business_transaction
def _load(agency: DemoAgency, acting: dict[Role, Actor], *, at: datetime) -> None:
    # Reviewer, maker and registrar are those of the area, wherever in it the agency is.
    keeper, *others = (replace(acting[role], division_code=agency.division_code) for role in STEPS)
    keeper = replace(keeper, agency_code=agency.code)
    reviewer, maker, registrar = others
    asked = apply_for_seal(
        agency_code=agency.code,
        agency_name=agency.name,
        division_code=agency.division_code,
        name=agency.name,
        kind=SealKind.AGENCY,
        basis=BASIS,
        years=YEARS,
        actor=keeper,
        at=at,
    )
    seal_id = asked.seal_id
    review_seal(seal_id=seal_id, actor=reviewer, at=at)
    make_seal(seal_id=seal_id, actor=maker, at=at)
    file_seal(seal_id=seal_id, filing_number=f"DEMO-{asked.code}", actor=registrar, at=at)
    issue_seal(seal_id=seal_id, actor=maker, at=at)
    receive_seal(seal_id=seal_id, actor=keeper, at=at)
    # Nobody is at the screen whose second factor could be asked for.
    give(
        Seal.objects.get(id=seal_id),
        AuthorisationKind.STANDING,
        Limits(purposes=frozenset({SealPurpose.NOTICE, SealPurpose.LICENCE})),
        valid_from=at,
        valid_until=at + TERM,
        account_id=None,
        account_name="",
        actor=keeper,
        at=at,
    )
