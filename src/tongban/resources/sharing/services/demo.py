"""
Data services of a demonstration: two of an agency, and another agency's request for one of them.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.datasets import services as datasets
from tongban.resources.datasets.values import Definition
from tongban.resources.sharing.models import DataService
from tongban.resources.sharing.services.defining import check_service, create_service, publish_service
from tongban.resources.sharing.services.requesting import pass_request, submit_request
from tongban.resources.sharing.values import RequestContent, ServiceContent

TERM = timedelta(days=365)


def load_demo_services(
    lines: list[dict[str, Any]],
    *,
    provider: Mapping[str, str],
    applicant: Actor,
    actor: Actor,
    calendar: WorkCalendar,
    at: datetime,
) -> int:
    """
    Bring services, each with its dataset and perhaps a request, where there is none yet; return how many came.

    :param lines: "code", "dataset" (a definition), "service" (what a steward writes of it), "request" or nothing
    :param provider: agency_code, agency_name and division_code of the agency that offers them
    :param applicant: who applies
    """
    if DataService.objects.exists():
        return 0
    for line in lines:
        _bring(line, provider=provider, applicant=applicant, actor=actor, calendar=calendar, at=at)
    return len(lines)


def _bring(
    line: dict[str, Any],
    *,
    provider: Mapping[str, str],
    applicant: Actor,
    actor: Actor,
    calendar: WorkCalendar,
    at: datetime,
) -> None:
    place = {
        "provider_code": provider["agency_code"],
        "provider_name": provider["agency_name"],
        "division_code": provider["division_code"],
    }
    definition = msgspec.convert({**line["dataset"], **place}, Definition)
    version = datasets.compile_dataset(definition=definition, actor=actor, at=at)
    datasets.submit_draft(version_id=version.id, actor=actor, at=at)
    published = datasets.publish_version(version_id=version.id, actor=actor, at=at)
    create_service(
        code=line["code"],
        agency_code=provider["agency_code"],
        division_code=provider["division_code"],
        content=msgspec.convert({**line["service"], "dataset_code": published.code}, ServiceContent),
        actor=actor,
        at=at,
    )
    check_service(code=line["code"], actor=actor, at=at)
    publish_service(code=line["code"], actor=actor, at=at)
    if "request" in line:
        until: date = civil_date(at) + TERM
        content = msgspec.convert({**line["request"], "until": until.isoformat()}, RequestContent)
        request = submit_request(
            service_code=line["code"], content=content, actor=applicant, calendar=calendar, at=at
        )
        pass_request(request_id=request.id, actor=actor, calendar=calendar, at=at)
