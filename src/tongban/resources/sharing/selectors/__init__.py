"""
Questions about data services, requests, grants and calls; each within what the actor may know.
"""

from tongban.resources.sharing.selectors.figures import (
    alarm_rules,
    all_figures,
    calls_page,
    figures,
    open_alarms,
)
from tongban.resources.sharing.selectors.gateway import gateway_document
from tongban.resources.sharing.selectors.lists import (
    grant_by_id,
    grants_page,
    keys_of_agency,
    may_apply,
    may_compile,
    may_open,
    may_review,
    request_by_id,
    requests_page,
    service_by_code,
    services_page,
    waiting_requests,
)

__all__ = [
    "alarm_rules",
    "all_figures",
    "calls_page",
    "figures",
    "gateway_document",
    "grant_by_id",
    "grants_page",
    "keys_of_agency",
    "may_apply",
    "may_compile",
    "may_open",
    "may_review",
    "open_alarms",
    "request_by_id",
    "requests_page",
    "service_by_code",
    "services_page",
    "waiting_requests",
]
