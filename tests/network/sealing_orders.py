"""
What a process beside a node is told to do with seals.
"""

import time
from datetime import timedelta
from typing import Any

from tests.factories.ofd import plain_ofd
from tests.factories.seals import NODE, applied, fresh, issued, people
from tongban.foundation import clock
from tongban.foundation.errors import ServiceError
from tongban.support.seals import services
from tongban.support.seals.models import Seal
from tongban.support.seals.values import AuthorisationKind, Limits, SealPurpose


def share(agency_code: str, agency_name: str, division_code: str, node_code: str) -> dict[str, Any]:
    """
    Make a seal by four people and let another node use it.
    """
    at = clock.now()
    by = people(agency_code=agency_code, division_code=division_code, at=at)
    seal = issued(applied(by, at=at, name=agency_name, agency_code=agency_code), by, at=at)
    services.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.NODE,
        node_code=node_code,
        limits=Limits(purposes=frozenset({SealPurpose.NOTICE})),
        valid_from=at,
        valid_until=at + timedelta(days=1),
        actor=fresh(by.keeper, at=at),
        at=at,
    )
    return {"code": seal.code}


def lose(code: str, agency_code: str, division_code: str) -> dict[str, Any]:
    """
    Report a seal lost; when that was done.
    """
    at = clock.now()
    keeper = people(agency_code=agency_code, division_code=division_code, at=at).keeper
    services.report_loss(seal_id=Seal.objects.get(code=code).id, note="丢失", actor=keeper, at=at)
    return {"at": time.time()}


def seal(agency_code: str) -> dict[str, Any]:
    """
    Seal a document; in hexadecimal, or the code of the refusal and when it came.
    """
    try:
        made = services.seal_document(
            document=plain_ofd(),
            agency_code=agency_code,
            purpose=SealPurpose.NOTICE,
            case_number="C-1",
            actor=NODE,
            at=clock.now(),
        )
    except ServiceError as error:
        return {"refusal": error.code, "at": time.time()}
    return {"content": made.content.hex()}


def seal_until_refused(agency_code: str) -> dict[str, Any]:
    """
    Seal document after document; how many, and the refusal.
    """
    sealed = 0
    while True:
        made = seal(agency_code)
        if "refusal" in made:
            return made | {"sealed": sealed}
        sealed += 1
