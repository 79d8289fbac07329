"""
What can be done about one login.
"""

from tongban.support.federation.services.claims import NodeClaims, authentication_of_actor, subject_of
from tongban.support.federation.services.consents import give_consent, withdraw_consent
from tongban.support.federation.services.endings import on_session_ended
from tongban.support.federation.services.foreign import (
    Acting,
    LinkedElsewhere,
    NotKnownWellEnough,
    NotLinked,
    Opened,
    SomebodyElse,
    account_of_linked_login,
    account_of_node_login,
    act_as_told,
    confirm_node_login,
    end_foreign_logins,
    keep_vouched,
    link_account,
    open_vouched_login,
    take_vouched,
    unlink_account,
)
from tongban.support.federation.services.keys import ensure_signing_key, rotate_signing_key
from tongban.support.federation.services.logout import (
    end_relying_sessions,
    logout_token,
    tell_logout,
)
from tongban.support.federation.services.nodes import (
    MessageNotBelieved,
    answer_cases,
    answered,
    believed,
    cases_everywhere,
    on_person_registered,
    push_person,
    receive_person,
    remember_person,
)
from tongban.support.federation.services.parties import (
    PartyIdTaken,
    PartyNotFound,
    disable_party,
    enable_party,
    issuer,
    register_party,
    renew_party_secret,
)
from tongban.support.federation.services.ticket_applications import (
    ApplicationIdTaken,
    ApplicationNotFound,
    disable_ticket_application,
    enable_ticket_application,
    register_ticket_application,
    renew_ticket_key,
)
from tongban.support.federation.services.tickets import (
    TicketRefused,
    end_ticket_tokens,
    hear_ticket_logout,
    tell_ticket_logout,
)
from tongban.support.federation.services.upkeep import clear_lapsed

__all__ = [
    "Acting",
    "ApplicationIdTaken",
    "ApplicationNotFound",
    "LinkedElsewhere",
    "MessageNotBelieved",
    "NodeClaims",
    "NotKnownWellEnough",
    "NotLinked",
    "Opened",
    "PartyIdTaken",
    "PartyNotFound",
    "SomebodyElse",
    "TicketRefused",
    "account_of_linked_login",
    "account_of_node_login",
    "act_as_told",
    "answer_cases",
    "answered",
    "authentication_of_actor",
    "believed",
    "cases_everywhere",
    "clear_lapsed",
    "confirm_node_login",
    "disable_party",
    "disable_ticket_application",
    "enable_party",
    "enable_ticket_application",
    "end_foreign_logins",
    "end_relying_sessions",
    "end_ticket_tokens",
    "ensure_signing_key",
    "give_consent",
    "hear_ticket_logout",
    "issuer",
    "keep_vouched",
    "link_account",
    "logout_token",
    "on_person_registered",
    "on_session_ended",
    "open_vouched_login",
    "push_person",
    "receive_person",
    "register_party",
    "register_ticket_application",
    "remember_person",
    "renew_party_secret",
    "renew_ticket_key",
    "rotate_signing_key",
    "subject_of",
    "take_vouched",
    "tell_logout",
    "tell_ticket_logout",
    "unlink_account",
    "withdraw_consent",
]
