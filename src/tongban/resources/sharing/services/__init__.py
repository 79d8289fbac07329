"""
Verbs of the data services.
"""

from tongban.resources.sharing.services.calling import answer_node, call_service
from tongban.resources.sharing.services.chaining import contracts, tell_down
from tongban.resources.sharing.services.correcting import forget_answers
from tongban.resources.sharing.services.defining import (
    change_state,
    check_service,
    create_service,
    publish_service,
    save_service,
)
from tongban.resources.sharing.services.demo import load_demo_services
from tongban.resources.sharing.services.granting import open_to_node, revoke_grant
from tongban.resources.sharing.services.noting import note_uses
from tongban.resources.sharing.services.proxying import NoParentNode
from tongban.resources.sharing.services.pruning import prune_calls
from tongban.resources.sharing.services.requesting import (
    Answer,
    grant_request,
    pass_request,
    refuse_request,
    resubmit_request,
    return_request,
    submit_request,
    withdraw_request,
)
from tongban.resources.sharing.services.signing import (
    believe,
    end_key,
    forget_nonces,
    register_key,
    signed_text,
)
from tongban.resources.sharing.services.watching import save_rule, watch

__all__ = [
    "Answer",
    "NoParentNode",
    "answer_node",
    "believe",
    "call_service",
    "change_state",
    "check_service",
    "contracts",
    "create_service",
    "end_key",
    "forget_answers",
    "forget_nonces",
    "grant_request",
    "load_demo_services",
    "note_uses",
    "open_to_node",
    "pass_request",
    "prune_calls",
    "publish_service",
    "refuse_request",
    "register_key",
    "resubmit_request",
    "return_request",
    "revoke_grant",
    "save_rule",
    "save_service",
    "signed_text",
    "submit_request",
    "tell_down",
    "watch",
    "withdraw_request",
]
