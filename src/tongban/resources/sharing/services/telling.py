"""
Telling both sides, through the port: what is to be done, and what was decided.
"""

from datetime import datetime

from tongban.resources.sharing import ports
from tongban.resources.sharing.models import DataRequest
from tongban.resources.sharing.permissions import REVIEWER, STEWARD
from tongban.resources.sharing.values import ALARM_TEMPLATE, REQUEST_TEMPLATE


def tell_agency(request: DataRequest, agency_code: str, *, words: str, key: str, at: datetime) -> None:
    """
    Tell an agency's stewards of data how a request stands.
    """
    _tell(
        request,
        role=STEWARD,
        agency_code=agency_code,
        words=words,
        key=f"{request.number}:{key}:agency",
        at=at,
    )


def tell_reviewers(request: DataRequest, *, words: str, key: str, at: datetime) -> None:
    """
    Tell the reviewers of the area.
    """
    _tell(request, role=REVIEWER, agency_code="", words=words, key=f"{request.number}:{key}:review", at=at)


def tell_of_alarm(*, agency_code: str, title: str, words: str, key: str, at: datetime) -> None:
    """
    Tell a provider's stewards that a rule is broken.
    """
    teller = ports.staff_teller()
    if teller is not None:
        teller(
            key=key,
            template=ALARM_TEMPLATE,
            role=STEWARD,
            agency_code=agency_code,
            division_code="",
            params={"service": title, "words": words},
            subject=key,
            at=at,
        )


def _tell(request: DataRequest, *, role: str, agency_code: str, words: str, key: str, at: datetime) -> None:
    teller = ports.staff_teller()
    if teller is not None:
        teller(
            key=key,
            template=REQUEST_TEMPLATE,
            role=role,
            agency_code=agency_code,
            division_code=request.division_code,
            params={"number": request.number, "service": request.service.title, "words": words},
            subject=request.number,
            at=at,
        )
