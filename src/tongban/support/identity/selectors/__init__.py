"""
Questions about who somebody is. Personal data come masked; in clear only through services that write it down.
"""

from tongban.support.identity.selectors.actors import (
    HELD_BY,
    LONGEST_TOKEN,
    SESSION_KEY,
    MandateEnded,
    OpenSession,
    ReadableSession,
    acting_by,
    actor_for_session,
    actor_for_token,
    actor_of,
    actor_of_account,
    digest_of_token,
    longest_idle,
    open_session,
    own_session,
    sign_in_of,
)
from tongban.support.identity.selectors.addresses import (
    Addresses,
    index_of_name,
    own_addresses,
    persons_addressed,
)
from tongban.support.identity.selectors.assurance import Assurance, Proof, assurance
from tongban.support.identity.selectors.clients import client_facts, clients, clients_of
from tongban.support.identity.selectors.directory import (
    account_acts,
    all_staff,
    may_keep_clients,
    may_list_staff,
    may_name_substitutes,
    may_open_accounts,
    missing_administrators,
    staff_detail,
    staff_page,
    waiting_resets,
)
from tongban.support.identity.selectors.factors import own_factors
from tongban.support.identity.selectors.limits import may_read_limits, security_limits
from tongban.support.identity.selectors.one_login import (
    SignInFacts,
    actor_of_person,
    ended_sign_ins,
    is_signed_in,
    sign_in_facts,
)
from tongban.support.identity.selectors.people import (
    DEVICES_SHOWN,
    Contact,
    account_of,
    contact_of,
    devices,
    person_ref,
    profile,
)
from tongban.support.identity.selectors.staff import find_staff, staff_by_ids, staff_of_agency
from tongban.support.identity.selectors.stock import disputed_stock, has_pending_merges, pending_merges
from tongban.support.identity.selectors.work import (
    staff_at_work,
    staff_on_duty,
)

__all__ = [
    "DEVICES_SHOWN",
    "HELD_BY",
    "LONGEST_TOKEN",
    "SESSION_KEY",
    "Addresses",
    "Assurance",
    "Contact",
    "MandateEnded",
    "OpenSession",
    "Proof",
    "ReadableSession",
    "SignInFacts",
    "account_acts",
    "account_of",
    "acting_by",
    "actor_for_session",
    "actor_for_token",
    "actor_of",
    "actor_of_account",
    "actor_of_person",
    "all_staff",
    "assurance",
    "client_facts",
    "clients",
    "clients_of",
    "contact_of",
    "devices",
    "digest_of_token",
    "disputed_stock",
    "ended_sign_ins",
    "find_staff",
    "has_pending_merges",
    "index_of_name",
    "is_signed_in",
    "longest_idle",
    "may_keep_clients",
    "may_list_staff",
    "may_name_substitutes",
    "may_open_accounts",
    "may_read_limits",
    "missing_administrators",
    "open_session",
    "own_addresses",
    "own_factors",
    "own_session",
    "pending_merges",
    "person_ref",
    "persons_addressed",
    "profile",
    "security_limits",
    "sign_in_facts",
    "sign_in_of",
    "staff_at_work",
    "staff_by_ids",
    "staff_detail",
    "staff_of_agency",
    "staff_on_duty",
    "staff_page",
    "waiting_resets",
]
