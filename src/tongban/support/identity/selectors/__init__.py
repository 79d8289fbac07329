"""
Questions about who somebody is. Personal data come masked; in clear only through services that write it down.
"""

from tongban.support.identity.selectors.actors import (
    HELD_BY,
    LONGEST_TOKEN,
    SESSION_KEY,
    OpenSession,
    ReadableSession,
    actor_for_session,
    actor_for_token,
    actor_of,
    digest_of_token,
    open_session,
    sign_in_of,
)
from tongban.support.identity.selectors.clients import client_facts, clients
from tongban.support.identity.selectors.people import (
    DEVICES_SHOWN,
    Contact,
    contact_of,
    devices,
    person_ref,
    profile,
)
from tongban.support.identity.selectors.staff import find_staff, staff_by_ids, staff_of_agency

__all__ = [
    "DEVICES_SHOWN",
    "HELD_BY",
    "LONGEST_TOKEN",
    "SESSION_KEY",
    "Contact",
    "OpenSession",
    "ReadableSession",
    "actor_for_session",
    "actor_for_token",
    "actor_of",
    "client_facts",
    "clients",
    "contact_of",
    "devices",
    "digest_of_token",
    "find_staff",
    "open_session",
    "person_ref",
    "profile",
    "sign_in_of",
    "staff_by_ids",
    "staff_of_agency",
]
