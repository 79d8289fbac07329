"""
What a process beside a node is told to do about applications that one city takes for another.
"""

from itertools import count
from typing import Any
from uuid import UUID, uuid4

from tests.factories import casework as make
from tests.factories import identity
from tests.factories.seals import with_seal
from tongban.business.casework import services as casework
from tongban.business.casework.models import Case
from tongban.business.catalogue.values.enums import Reach
from tongban.business.crossregion import selectors, services
from tongban.business.licences.models import Licence
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import Owner

CODE = "hygiene-for-all"
INTAKE_FILES = "crossregion.intake"


def offer() -> dict[str, Any]:
    """
    Publish an offering that ends in a licence and that counters of the whole province may take in; have a seal.
    """
    at = clock.now()
    # The same node may have staff that another test's process has made: login names are given once.
    identity._turn = count(700_001)
    make.publish_permit(CODE, at=at, reach=Reach.PROVINCE)
    with_seal(agency_code=make.AGENCY, agency_name="广安区卫生健康局", at=clock.now())
    return {}


def nodes(division_code: str) -> dict[str, Any]:
    """
    Return the nodes that can be asked.
    """
    return {"codes": [each.code for each in selectors.other_nodes(actor=_clerk(division_code))]}


def ask(node: str, division_code: str) -> dict[str, Any]:
    """
    Ask another city at the counter: its offerings, and how many materials one wants.
    """
    at, clerk = clock.now(), _clerk(division_code)
    guide = services.guide_of(node=node, code=CODE, actor=clerk, at=at)
    return {
        "offerings": [
            one.code for one in services.offerings_of(node=node, words="公共场所", actor=clerk, at=at)
        ],
        "materials": len(guide.materials),
    }


def hand_in(node: str, division_code: str) -> dict[str, Any]:
    """
    Take an application in at the counter; the id of the intake.
    """
    at, clerk = clock.now(), _clerk(division_code)
    key = uuid4()
    services.hand_in(
        key=key,
        node=node,
        guide=services.guide_of(node=node, code=CODE, actor=clerk, at=at),
        situations=(),
        form=make.FORM,
        applicant=make.APPLICANT,
        born_on=None,
        paper=("floor_plan",),
        counter="成都市政务服务中心",
        actor=clerk,
        at=at,
    )
    return {"intake": str(key), "at": at.isoformat()}


def seen(intake: str, division_code: str) -> dict[str, Any]:
    """
    Return what the counter sees of its intake.
    """
    clerk = _clerk(division_code)
    found = selectors.intake(intake_id=UUID(intake), actor=clerk)
    files = files_of(owner=Owner(kind=INTAKE_FILES, key=intake), actor=clerk)
    told = found.told
    return {
        "state": found.line.state.value,
        "case": found.line.case_number,
        "status": found.line.status,
        "due": found.line.due.isoformat() if found.line.due else "",
        "wants_delivery": found.line.wants_delivery,
        "licences": list(told.licences) if told else [],
        "files": [file.digest for file in files],
    }


def decided(number: str) -> dict[str, Any]:
    """
    Accept and grant a case at the city that decides.
    """
    at = clock.now()
    casework.accept(number=number, actor=make.clerk("ACCEPTANCE"), at=at, calendar=current_calendar())
    casework.grant(
        number=number,
        opinion="符合条件",
        actor=make.clerk("DECISION"),
        at=clock.now(),
        calendar=current_calendar(),
    )
    return {}


def case(number: str) -> dict[str, Any]:
    """
    Return how a case stands, and the digests of its licence's documents.
    """
    row = Case.objects.get(number=number)
    files = Licence.objects.filter(case_number=number).values_list("original_digest", "file_digest")
    return {
        "status": row.status,
        "submitted_at": row.submitted_at.isoformat(),
        "due": row.due.isoformat() if row.due else "",
        "documents": [digest for each in files for digest in each],
    }


def hand_over(intake: str, division_code: str) -> dict[str, Any]:
    """
    Hand the result over to the applicant at the counter.
    """
    services.hand_over(
        intake_id=UUID(intake),
        counter="成都市政务服务中心",
        recipient=make.APPLICANT.name,
        number_tail=make.APPLICANT.id_number[-4:],
        actor=_clerk(division_code),
        at=clock.now(),
    )
    return {}


def _clerk(division_code: str) -> Actor:
    return make.clerk("COUNTER", agency_code="11510100MB0000001A", division_code=division_code)
