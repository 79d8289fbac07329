"""
Who may do what to a case.
"""

from tongban.business.casework.values import Action
from tongban.foundation.actors import Actor
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.errors import NotPermitted
from tongban.support.identity.values import Post, Role

COUNTER_ACTIONS = frozenset(
    {
        Action.PASS_PRE_CHECK,
        Action.REQUEST_CORRECTION,
        Action.CORRECT,
        Action.ACCEPT,
        Action.REFUSE_ACCEPTANCE,
        Action.WITHDRAW,
        Action.DELIVER,
    }
)

POSTS_FOR: dict[Action, frozenset[Post]] = {
    Action.PASS_PRE_CHECK: frozenset({Post.ACCEPTANCE, Post.COUNTER}),
    Action.REQUEST_CORRECTION: frozenset({Post.ACCEPTANCE, Post.COUNTER}),
    Action.CORRECT: frozenset({Post.ACCEPTANCE, Post.COUNTER}),
    Action.ACCEPT: frozenset({Post.ACCEPTANCE, Post.COUNTER}),
    Action.REFUSE_ACCEPTANCE: frozenset({Post.ACCEPTANCE, Post.COUNTER}),
    Action.REVIEW: frozenset({Post.REVIEW, Post.DECISION}),
    Action.STOP_CLOCK: frozenset({Post.REVIEW, Post.DECISION}),
    Action.RESUME_CLOCK: frozenset({Post.REVIEW, Post.DECISION}),
    Action.EXTEND: frozenset({Post.DECISION}),
    Action.GRANT: frozenset({Post.DECISION}),
    Action.REFUSE: frozenset({Post.DECISION}),
    Action.DELIVER: frozenset({Post.DELIVERY, Post.ACCEPTANCE, Post.COUNTER}),
    Action.WITHDRAW: frozenset({Post.ACCEPTANCE, Post.COUNTER}),
    Action.PASS_ON: frozenset({Post.ACCEPTANCE, Post.DECISION}),
    Action.VOID: frozenset({Post.DECISION}),
}

ACTING_POSTS = frozenset[Post]().union(*POSTS_FOR.values())

APPLICANT_ACTIONS = frozenset({Action.CORRECT, Action.WITHDRAW, Action.RATE})

WRITE_SCOPE = "cases:write"
READ_SCOPE = "cases:read"
DECIDING_SCOPES = frozenset({WRITE_SCOPE, "handling:write"})
"""Scopes of systems that act on cases, or take the place of the agency's handling."""


def sees_cases(actor: Actor) -> bool:
    """
    Return whether there may be cases that the actor can know of.

    Of staff those who hold a post, and supervisors; other roles are for other work.
    """
    if actor.is_staff:
        return bool(actor.posts) or Role.SUPERVISOR in actor.roles
    return actor.is_system or actor.is_person or READ_SCOPE in actor.scopes


def may_read(actor: Actor, *, agency_code: str, division_code: str, applicant_id: str | None) -> bool:
    """
    Return whether the actor may know of a case of this agency, division and applicant.
    """
    if actor.is_system:
        return True
    if actor.is_person:
        return applicant_id is not None and applicant_id == actor.person_id
    return sees_cases(actor) and (agency_code == actor.agency_code or _looks_into(actor, division_code))


def may_reveal(actor: Actor, *, agency_code: str, division_code: str, applicant_id: str | None) -> bool:
    """
    Return whether the actor may read the case's personal data in clear: the applicant, and whoever may act on it.

    Who only watches over an area, or only reads, sees them masked.
    """
    if not may_read(actor, agency_code=agency_code, division_code=division_code, applicant_id=applicant_id):
        return False
    if actor.is_system or actor.is_person:
        return True
    own_agency = agency_code == actor.agency_code
    if not actor.is_staff:
        return own_agency and bool(actor.scopes & DECIDING_SCOPES)
    at_counter = Post.COUNTER in actor.posts and _in_subtree(actor, division_code)
    return at_counter or (own_agency and bool(actor.posts & ACTING_POSTS))


def require_action(
    actor: Actor, action: Action, *, agency_code: str, division_code: str, applicant_id: str | None
) -> None:
    """
    Refuse an actor who has not the post for `action` on such a case.

    :raises NotPermitted: the case is none of the actor's, or the action not of the actor's posts
    """
    if actor.is_system:
        return
    if actor.is_person:
        if action in APPLICANT_ACTIONS and applicant_id == actor.person_id:
            return
        raise NotPermitted(action=action.value)
    own_agency = agency_code == actor.agency_code
    if actor.is_staff and own_agency and actor.posts & POSTS_FOR.get(action, frozenset()):
        return
    at_counter = actor.is_staff and action in COUNTER_ACTIONS and Post.COUNTER in actor.posts
    if at_counter and _in_subtree(actor, division_code):
        return
    if WRITE_SCOPE in actor.scopes and own_agency and action in POSTS_FOR:
        return
    raise NotPermitted(action=action.value)


def require_submission(actor: Actor, *, applicant_id: str | None, division_code: str) -> None:
    """
    Refuse an actor who applies neither for himself nor, as a clerk, at the counter.

    :raises NotPermitted: the actor may not submit this application
    """
    if actor.is_person and applicant_id == actor.person_id:
        return
    if actor.is_staff and actor.posts & {Post.COUNTER, Post.ACCEPTANCE} and _in_subtree(actor, division_code):
        return
    if WRITE_SCOPE in actor.scopes and _in_subtree(actor, division_code):
        return
    raise NotPermitted(action=Action.SUBMIT.value)


def _looks_into(actor: Actor, division_code: str) -> bool:
    wide = Post.COUNTER in actor.posts or Role.SUPERVISOR in actor.roles
    return wide and _in_subtree(actor, division_code)


def _in_subtree(actor: Actor, division_code: str) -> bool:
    return actor.division_code is not None and division_code.startswith(subtree_prefix(actor.division_code))
