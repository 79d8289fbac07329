"""
Who may do what to a case.
"""

from typing import Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.values import NATURAL_PERSON, Action
from tongban.foundation import policy
from tongban.foundation.actors import Actor, MandateFunction, PrincipalKind
from tongban.foundation.errors import NotPermitted
from tongban.foundation.policy import (
    Columns,
    Decision,
    Reach,
    Reason,
    is_inside_area,
    no,
    own_reach,
    yes,
)
from tongban.support.identity.values import Post
from tongban.support.identity.values.reach import reach_of

COUNTER_ACTIONS: Final = frozenset(
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
"""What a one-stop counter does for every agency of its area."""

POSTS_FOR: Final[dict[Action, frozenset[Post]]] = {
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
"""Which posts of the competent agency do what; what is not here, only applicants or the node do."""

ACTING_POSTS: Final = frozenset[Post]().union(*POSTS_FOR.values())

APPLICANT_ACTIONS: Final = frozenset({Action.CORRECT, Action.WITHDRAW, Action.RATE})

SUREST_ENTITY: Final = 2
"""信息比对: the highest level a legal entity can have; the register of legal entities agrees, and nobody asks more."""

WRITE_SCOPE: Final = "cases:write"
READ_SCOPE: Final = "cases:read"
DECIDING_SCOPES: Final = frozenset({WRITE_SCOPE, "handling:write"})
"""Scopes of systems that act on cases, or take the place of the agency's handling."""

CASE_COLUMNS: Final = Columns(
    principal="applicant_id", agency="agency_code", division="division_code", offering="offering_code"
)
"""Whose a row of `casework_case` is."""


class CasePlace(NamedTuple):
    """
    All that decides who may do what to a case.
    """

    agency_code: str
    division_code: str
    applicant_id: str | None
    """The principal: who applies, or in whose name an agent does."""
    offering_code: str


def case_reach(actor: Actor) -> Reach:
    """
    Return which cases the actor may know of; an applicant's agent is looked at as the applicant.
    """
    return reach_of(actor, scope=READ_SCOPE)


@policy.action("casework.case.list", title=_("列出办件"))
def list_cases(actor: Actor) -> Decision:
    """
    Let through whoever may know of any case at all; the list then holds what `casework.case.read` permits.
    """
    reach = case_reach(actor)
    if reach.is_nothing:
        return no(reach.refusal)
    return yes(Reason.OWN if actor.is_person else Reason.AGENCY)


@policy.action("casework.case.read", title=_("查看办件"), hides=True)
def read_case(actor: Actor, place: CasePlace) -> Decision:
    """
    Let through whom `case_reach` lets know of the case.

    That is: the applicant, or his agent with the function QUERY; staff with a post, for cases of their agency; one-stop
    counters and supervisors, for those of their area too; systems with the scope cases:read, for those of their agency.
    """
    return case_reach(actor).decide(
        principal_id=place.applicant_id,
        agency_code=place.agency_code,
        division_code=place.division_code,
        offering_code=place.offering_code,
    )


@policy.action("casework.case.reveal", title=_("查看办件中的个人信息明文"))
def reveal_case(actor: Actor, place: CasePlace) -> Decision:
    """
    Let the applicant, and whoever may act on the case, read its personal data in clear, each time with a purpose.

    So it is with its files and notices, in which nothing is masked. Who only watches over an area, or only reads, sees
    the rest masked.
    """
    may_read = read_case.decide(actor, place)
    if not may_read or actor.is_person:
        return may_read
    is_own_agency = bool(place.agency_code) and place.agency_code == actor.agency_code
    if not actor.is_staff:
        has_part = is_own_agency and bool(actor.scopes & DECIDING_SCOPES)
        return yes(Reason.SCOPE) if has_part else no(Reason.NO_SCOPE)
    if _is_at_counter_of(actor, place) or (is_own_agency and actor.posts & ACTING_POSTS):
        return yes(Reason.POST)
    return no(Reason.NO_POST)


@policy.action("casework.case.submit", title=_("提交申请"), for_people_only=True)
def submit_case(
    actor: Actor, *, applicant_id: str | None, division_code: str, offering_code: str
) -> Decision:
    """
    Let a person apply for himself, or for whom he acts with the function APPLY.

    Clerks with the post 受理人 or 综合窗口 and systems with the scope cases:write apply for anybody, in their area.
    """
    if actor.is_person:
        return _as_applicant(actor, applicant_id=applicant_id, offering_code=offering_code)
    if actor.is_staff:
        held = actor.posts & {Post.COUNTER, Post.ACCEPTANCE}
        if not held:
            return no(Reason.NO_POST)
        is_inside = any(is_inside_area(actor, division_code, post=post) for post in held)
        return yes(Reason.POST) if is_inside else no(Reason.OUTSIDE_AREA)
    if WRITE_SCOPE not in actor.scopes:
        return no(Reason.NO_SCOPE)
    return yes(Reason.SCOPE) if is_inside_area(actor, division_code) else no(Reason.OUTSIDE_AREA)


class UnitNeedsMandate(NotPermitted):
    """
    Online a unit applies only through a person who acts in its name; a code on a form names nobody's mandate.

    `facts`: action, reason. Only counters and agencies' systems name a unit that they have seen the papers of.
    """

    code = "unit_needs_mandate"
    message = _(
        "以单位名义申请，请先登记单位或者取得单位的授权，再切换到该单位办理；也可以带授权委托书到窗口办理"
    )


@policy.action(
    "casework.case.submit_as_kind", title=_("以自然人或单位的名义提交申请"), error=UnitNeedsMandate
)
def submit_as_kind(actor: Actor, *, applicant_kind: str) -> Decision:
    """
    Let a person apply for a unit only while he acts in its name; clerks and agencies' systems see its papers.

    :param applicant_kind: 申请人类型, code list T4
    """
    if not actor.is_person:
        return yes(Reason.POST if actor.is_staff else Reason.SCOPE)
    principal = actor.acting_for
    acts_for_unit = principal is not None and principal.kind is PrincipalKind.LEGAL_ENTITY
    if acts_for_unit is (applicant_kind != NATURAL_PERSON):
        return yes(Reason.OWN if principal is None else Reason.MANDATE)
    return no(Reason.ACTS_FOR_ANOTHER if acts_for_unit else Reason.NO_MANDATE)


@policy.action("casework.case.submit_at_level", title=_("以足够的实名等级提交申请"))
def submit_at_level(actor: Actor, *, needed: int) -> Decision:
    """
    Let a person apply where he, and the one he acts for, are known as surely as the offering asks.

    Clerks see whom they apply for. A legal entity is known by the register and by nothing more: `SUREST_ENTITY` is
    enough of it, however much is asked of the person who acts.

    :param needed: 实名等级, 0 to 4
    """
    if not actor.is_person:
        return yes(Reason.POST)
    if actor.assurance_level < needed:
        return no(Reason.LEVEL_TOO_LOW)
    principal = actor.acting_for
    if principal is None:
        return yes(Reason.OWN)
    asked = min(needed, SUREST_ENTITY) if principal.kind is PrincipalKind.LEGAL_ENTITY else needed
    return yes(Reason.MANDATE) if principal.assurance_level >= asked else no(Reason.PRINCIPAL_LEVEL_TOO_LOW)


def _as_applicant(actor: Actor, *, applicant_id: str | None, offering_code: str) -> Decision:
    reach = own_reach(actor, function=MandateFunction.APPLY)
    return reach.decide(principal_id=applicant_id, offering_code=offering_code)


def _decide_act(actor: Actor, act: Action, place: CasePlace) -> Decision:
    if actor.is_person:
        if act not in APPLICANT_ACTIONS:
            return no(Reason.NOT_FOR_THIS_KIND)
        return _as_applicant(actor, applicant_id=place.applicant_id, offering_code=place.offering_code)
    is_own_agency = bool(place.agency_code) and place.agency_code == actor.agency_code
    if actor.is_staff:
        return _by_post(actor, act, place, is_own_agency=is_own_agency)
    if WRITE_SCOPE not in actor.scopes or act not in POSTS_FOR:
        return no(Reason.NO_SCOPE)
    return yes(Reason.SCOPE) if is_own_agency else no(Reason.OTHER_AGENCY)


def _by_post(actor: Actor, act: Action, place: CasePlace, *, is_own_agency: bool) -> Decision:
    if is_own_agency and actor.posts & POSTS_FOR.get(act, frozenset()):
        return yes(Reason.POST)
    if act in COUNTER_ACTIONS and _is_at_counter_of(actor, place):
        return yes(Reason.AREA)
    return no(Reason.NO_POST)


def _is_at_counter_of(actor: Actor, place: CasePlace) -> bool:
    return Post.COUNTER in actor.posts and is_inside_area(actor, place.division_code, post=Post.COUNTER)


def _act_on(act: Action) -> policy.Action[[CasePlace]]:
    """
    Declare what one statutory act asks for; the table of the statutory life says when it may be done.
    """

    def rule(actor: Actor, place: CasePlace) -> Decision:
        return _decide_act(actor, act, place)

    rule.__doc__ = _rule_in_words(act)
    return policy.action(f"casework.case.{act.value.lower()}", title=act.label)(rule)


def _rule_in_words(act: Action) -> str:
    who = []
    if act in APPLICANT_ACTIONS:
        who.append("the applicant, or his agent with the function APPLY")
    if posts := POSTS_FOR.get(act):
        named = " or ".join(sorted(post.value for post in posts))
        who += [f"staff of the competent agency with the post {named}", f"its systems with {WRITE_SCOPE}"]
    if act in COUNTER_ACTIONS:
        who.append("one-stop counters of the area")
    return f"Let through {'; '.join(who)}." if who else "Let nobody through but the node itself."


ACT: Final[dict[Action, policy.Action[[CasePlace]]]] = {
    act: _act_on(act) for act in Action if act is not Action.SUBMIT
}
"""Everything that is done to a case after it was submitted; `LIFE` says when."""
