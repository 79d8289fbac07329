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
    consents,
    find_party,
    has_consented,
    party_facts,
    relying_parties,
)
from tongban.support.federation.selectors.sessions import is_login_open, is_session_of

__all__ = [
    "ConsentFacts",
    "LinkFacts",
    "consents",
    "current_signing_key",
    "find_party",
    "has_consented",
    "home_of",
    "is_login_open",
    "is_session_of",
    "links",
    "login_choices",
    "party_facts",
    "published_keys",
    "relying_parties",
    "trusted_nodes",
    "verification_key",
]
