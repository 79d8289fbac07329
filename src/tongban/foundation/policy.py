"""
Who may do what: one question for the whole system, and a reason with every answer.

An app declares its actions in `permissions.py` and nowhere else:

    @policy.action("casework.case.read", title=_("查看办件"), hides=True)
    def read_case(actor: Actor, *, agency_code: str, division_code: str) -> Decision: ...

    read_case.require(actor, agency_code=…, division_code=…)    # refuses, with the reason
    read_case.allows(actor, agency_code=…, division_code=…)     # asks

Where many objects are asked for at once, the same rule stands as a `Reach`: it answers for one object, and it gives
the SQL condition that keeps exactly those objects. A list and a single look can so never disagree.

The node's own jobs may do everything; who acts for somebody else (`Actor.acting_for`) is looked at as that somebody.
Source: GB/T 22239-2019 8.1.4.2 访问控制 (least privilege, one policy for subjects and objects).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Concatenate, Final, Generic, NoReturn, ParamSpec
from uuid import UUID

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.foundation import refusals
from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.errors import NotAuthenticated, NotFound, NotPermitted, Text

P = ParamSpec("P")


class Reason(TextChoices):
    """
    Why something is permitted or refused; a stable code, part of the open interface.
    """

    PUBLIC = "PUBLIC", _("人人可见")
    SYSTEM = "SYSTEM", _("平台自身的任务")
    OWN = "OWN", _("本人的内容")
    MANDATE = "MANDATE", _("授权范围内")
    AGENCY = "AGENCY", _("本机构的内容")
    AREA = "AREA", _("辖区内的内容")
    POST = "POST", _("岗位职责")
    ROLE = "ROLE", _("角色职责")
    SCOPE = "SCOPE", _("系统授权范围")

    NOT_LOGGED_IN = "NOT_LOGGED_IN", _("尚未登录")
    NOT_OWN = "NOT_OWN", _("不是本人的内容")
    ACTS_FOR_ANOTHER = "ACTS_FOR_ANOTHER", _("正在代他人办事，请先切换回本人")
    NO_MANDATE = "NO_MANDATE", _("没有这个单位的授权")
    MANDATE_LACKS_FUNCTION = "MANDATE_LACKS_FUNCTION", _("授权不包括此项功能")
    MANDATE_LACKS_ITEM = "MANDATE_LACKS_ITEM", _("授权不包括此事项")
    OTHER_AGENCY = "OTHER_AGENCY", _("不属于本机构")
    OUTSIDE_AREA = "OUTSIDE_AREA", _("不在本辖区")
    NO_POST = "NO_POST", _("没有相应岗位")
    NO_ROLE = "NO_ROLE", _("没有相应角色")
    NO_SCOPE = "NO_SCOPE", _("系统没有相应授权范围")
    NO_PURPOSE = "NO_PURPOSE", _("没有说明查看用途")
    LEVEL_TOO_LOW = "LEVEL_TOO_LOW", _("实名等级不够")
    PRINCIPAL_LEVEL_TOO_LOW = "PRINCIPAL_LEVEL_TOO_LOW", _("被代理人的实名等级不够")
    CHECK_NOT_FRESH = "CHECK_NOT_FRESH", _("需要重新核验本人")
    SECOND_FACTOR_MISSING = "SECOND_FACTOR_MISSING", _("需要第二重认证")
    NOT_FOR_THIS_KIND = "NOT_FOR_THIS_KIND", _("此身份不能进行此操作")


@dataclass(frozen=True, slots=True)
class Decision:
    """
    Yes or no, and why. True in a condition means permitted.
    """

    is_allowed: bool
    reason: Reason

    def __bool__(self) -> bool:
        return self.is_allowed


def yes(reason: Reason) -> Decision:
    """
    Permit.
    """
    return Decision(is_allowed=True, reason=reason)


def no(reason: Reason) -> Decision:
    """
    Refuse.
    """
    return Decision(is_allowed=False, reason=reason)


def first_yes(*decisions: Decision) -> Decision:
    """
    Return the first that permits; else the first refusal.
    """
    return next((decision for decision in decisions if decision), decisions[0])


@dataclass(frozen=True, eq=False)
class Action(Generic[P]):
    """
    Something that an actor may want to do, with the rule that decides about it.
    """

    code: str
    """Stable, e.g. "casework.case.read": app, object, verb."""
    title: Text
    rule: Callable[Concatenate[Actor, P], Decision]
    hides: bool
    """A refusal looks as if there were nothing: the actor may not even know of the object."""
    for_people_only: bool
    """The node's own jobs may not do it."""
    error: type[NotFound] | type[NotPermitted] | None = None
    """What refusals leave the process as, where the open interface has a code of its own for them."""

    def decide(self, actor: Actor, *args: P.args, **target: P.kwargs) -> Decision:
        """
        Return whether `actor` may, and why.
        """
        if actor.is_system and not self.for_people_only:
            return SYSTEM_MAY
        return self.rule(actor, *args, **target)

    def allows(self, actor: Actor, *args: P.args, **target: P.kwargs) -> bool:
        """
        Return whether `actor` may.
        """
        return self.decide(actor, *args, **target).is_allowed

    def require(self, actor: Actor, *args: P.args, **target: P.kwargs) -> None:
        """
        Refuse who may not.

        :raises NotAuthenticated: nobody is logged in, and somebody who is might be permitted
        :raises NotFound: the action hides its objects
        :raises NotPermitted: otherwise; `facts` names action and reason
        """
        decision = self.decide(actor, *args, **target)
        if not decision:
            self.refuse(actor, decision)

    def refuse(self, actor: Actor, decision: Decision) -> NoReturn:
        """
        Refuse, and note that somebody was refused.

        :raises NotAuthenticated: as `require`
        :raises NotFound: as `require`
        :raises NotPermitted: as `require`
        """
        refusals.note(actor, action=self.code, reason=decision.reason.value)
        raise self.refusal(decision)

    def refusal(self, decision: Decision) -> NotAuthenticated | NotFound | NotPermitted:
        """
        Return the error that a refusal leaves the process as.
        """
        if decision.reason is Reason.NOT_LOGGED_IN:
            return NotAuthenticated()
        if self.hides:
            return (self.error or NotFound)()
        return (self.error or NotPermitted)(action=self.code, reason=decision.reason.value)


SYSTEM_MAY: Final = yes(Reason.SYSTEM)
NOTHING: Final = Q(pk__in=[])
"""Filter that keeps no row."""
_ACTIONS: dict[str, Action[Any]] = {}


def action(
    code: str,
    *,
    title: Text,
    hides: bool = False,
    for_people_only: bool = False,
    error: type[NotFound] | type[NotPermitted] | None = None,
) -> Callable[[Callable[Concatenate[Actor, P], Decision]], Action[P]]:
    """
    Declare an action; the function decides about everybody but the node's own jobs.

    :param code: "app.object.verb", never changed once released
    :param title: what it is, for the reference and for auditors
    :param hides: refusals answer as if nothing were there
    :param for_people_only: the node's own jobs may not do it either
    :param error: with a stable code of its own, instead of NotFound or NotPermitted
    :raises ValueError: the code is taken
    """

    def declare(rule: Callable[Concatenate[Actor, P], Decision]) -> Action[P]:
        if code in _ACTIONS:
            raise ValueError(f"two actions are called {code}")
        declared = Action(
            code=code, title=title, rule=rule, hides=hides, for_people_only=for_people_only, error=error
        )
        _ACTIONS[code] = declared
        return declared

    return declare


def actions() -> dict[str, Action[Any]]:
    """
    Return every action of the installed apps by its code.
    """
    return dict(sorted(_ACTIONS.items()))


def find_action(code: str) -> Action[Any] | None:
    """
    Return the action of this code, or None.
    """
    return _ACTIONS.get(code)


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """
    Which columns of a table say whose a row is. None: the table knows no such thing.
    """

    principal: str | None = None
    agency: str | None = None
    division: str | None = None
    offering: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """
    可见范围: which objects of one kind an actor may know of. What is not named is not reached.
    """

    is_everything: bool = False
    principal_id: str | None = None
    """Objects of this person or legal entity."""
    items: frozenset[str] | None = None
    """Of these only those of offerings whose code begins so (a mandate's items); None: all."""
    agency_code: str | None = None
    """Objects of this agency."""
    division_prefix: str | None = None
    """Objects of divisions whose code begins so; "" is the nation."""
    refusal: Reason = field(default=Reason.NOT_OWN)
    """Why anything else is refused."""

    @property
    def is_nothing(self) -> bool:
        """
        Whether there can be no object within it.
        """
        return (
            not self.is_everything
            and self.principal_id is None
            and not self.agency_code
            and (self.division_prefix is None)
        )

    def decide(
        self,
        *,
        principal_id: str | None = None,
        agency_code: str | None = None,
        division_code: str | None = None,
        offering_code: str | None = None,
    ) -> Decision:
        """
        Return whether one object lies within.

        :param principal_id: whose it is, as text
        """
        if self.is_everything:
            return SYSTEM_MAY
        if self.agency_code and agency_code == self.agency_code:
            return yes(Reason.AGENCY)
        if self.division_prefix is not None and (division_code or "").startswith(self.division_prefix):
            return yes(Reason.AREA)
        if self.principal_id is None or principal_id != self.principal_id:
            return no(self.refusal)
        return self._decide_item(offering_code or "")

    def _decide_item(self, offering_code: str) -> Decision:
        if self.items is None:
            return yes(Reason.OWN)
        is_covered = any(offering_code.startswith(item) for item in self.items)
        return yes(Reason.MANDATE) if is_covered else no(Reason.MANDATE_LACKS_ITEM)

    def condition(self, columns: Columns) -> tuple[str, dict[str, Any]]:
        """
        Return the SQL condition that keeps exactly what `decide` permits, and its arguments (named `reach_…`).
        """
        if self.is_everything:
            return "TRUE", {}
        parts: list[str] = []
        arguments: dict[str, Any] = {}
        if self.principal_id is not None and columns.principal:
            arguments["reach_principal"] = self.principal_id
            own = f"{columns.principal} = %(reach_principal)s"
            if self.items is not None:
                arguments["reach_items"] = sorted(self.items)
                own = (
                    f"({own} AND {columns.offering} ^@ ANY(%(reach_items)s))" if columns.offering else "FALSE"
                )
            parts.append(own)
        if self.agency_code and columns.agency:
            arguments["reach_agency"] = self.agency_code
            parts.append(f"{columns.agency} = %(reach_agency)s")
        if self.division_prefix is not None and columns.division:
            arguments["reach_subtree"] = f"{self.division_prefix}%"
            parts.append(f"{columns.division} LIKE %(reach_subtree)s")
        if not parts:
            return "FALSE", {}
        return (parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"), arguments


def visible_rows(reach: Reach, columns: Columns) -> Q:
    """
    Return `Reach.condition` as a filter of the object-relational mapper; `columns` names fields.
    """
    if reach.is_everything:
        return Q()
    parts: list[Q] = []
    if reach.principal_id is not None and columns.principal:
        own = Q(**{columns.principal: reach.principal_id})
        if reach.items is None:
            parts.append(own)
        elif columns.offering:
            begins = [Q(**{f"{columns.offering}__startswith": item}) for item in sorted(reach.items)]
            parts.append(own & reduce(or_, begins, NOTHING))
    if reach.agency_code and columns.agency:
        parts.append(Q(**{columns.agency: reach.agency_code}))
    if reach.division_prefix is not None and columns.division:
        parts.append(Q(**{f"{columns.division}__startswith": reach.division_prefix}))
    return reduce(or_, parts, NOTHING)


def require_person(actor: Actor) -> UUID:
    """
    Return the person who is logged in, whomever he acts for.

    :raises NotAuthenticated: nobody is, or not as a person
    """
    if actor.person_id is None or not actor.is_person:
        raise NotAuthenticated
    return UUID(actor.person_id)


def own_reach(actor: Actor, *, function: MandateFunction) -> Reach:
    """
    Return what a person reaches: what is his own, or what is the principal's while he acts for one.

    :param function: what a mandate must let him do
    """
    principal = actor.acting_for
    if principal is None:
        return Reach(principal_id=actor.person_id)
    if function not in principal.functions:
        return Reach(refusal=Reason.MANDATE_LACKS_FUNCTION)
    return Reach(principal_id=principal.id, items=principal.items)


def area_prefix(actor: Actor, *, post: str = "") -> str | None:
    """
    Return what the codes of the divisions begin with that a member of staff or a client may look into; None: none.

    :param post: by which post he looks; one that he holds for an absent colleague reaches no further than the
        colleague's area and his own
    """
    if not actor.division_code:
        return None
    own = subtree_prefix(actor.division_code)
    absent = actor.stand_in(post)
    if absent is None:
        return own
    if not absent.division_code:
        return None
    narrow, wide = sorted((own, subtree_prefix(absent.division_code)), key=len, reverse=True)
    return narrow if narrow.startswith(wide) else None


def is_inside_area(actor: Actor, division_code: str, *, post: str = "") -> bool:
    """
    Return whether a division lies in the subtree the actor may look into by this post.
    """
    prefix = area_prefix(actor, post=post)
    return prefix is not None and division_code.startswith(prefix)
