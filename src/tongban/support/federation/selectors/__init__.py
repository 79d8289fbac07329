"""
Questions about one login.
"""

from tongban.support.federation.selectors.keys import (
    current_signing_key,
    published_keys,
    verification_key,
)
from tongban.support.federation.selectors.links import (
    LinkFacts,
    home_of,
    links,
    login_choices,
    trusted_nodes,
)
from tongban.support.federation.selectors.parties import (
    ConsentFacts,
    application_facts,
    consents,
    find_party,
    has_consented,
    may_keep_parties,
    party_facts,
    relying_parties,
    ticket_applications,
    words_of,
)
from tongban.support.federation.selectors.sessions import is_login_open, is_session_of

__all__ = [
    "ConsentFacts",
    "LinkFacts",
    "application_facts",
    "consents",
    "current_signing_key",
    "find_party",
    "has_consented",
    "home_of",
    "is_login_open",
    "is_session_of",
    "links",
    "login_choices",
    "may_keep_parties",
    "party_facts",
    "published_keys",
    "relying_parties",
    "ticket_applications",
    "trusted_nodes",
    "verification_key",
    "words_of",
]
