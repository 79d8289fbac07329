"""
Who may issue, change and see licences.
"""

from typing import Final, Protocol

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.values import LicenceEventKind
from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, yes
from tongban.support.identity.values import Post
from tongban.support.identity.values.reach import reach_of

READ_SCOPE: Final = "licences:read"
"""What a system must have been granted to look licences up."""
WRITE_SCOPE: Final = "licences:write"
"""What a system must have been granted to change the licences of its agency."""

LICENCE_COLUMNS: Final = Columns(principal="person_id", agency="issuer_code", division="division_code")
"""Whose a row of `licences_licence` is."""


class LicenceNotFound(NotFound):
    """
    There is no such licence, or the actor may not know that there is.
    """

    code = "licence_not_found"


class Placed(Protocol):
    """
    What decides about a licence: its holder, its issuer, its area.
    """

    person_id: str
    issuer_code: str
    division_code: str


def licence_reach(actor: Actor) -> Reach:
    """
    Return which licences the actor may know of; agencies know of those they issued.
    """
    return reach_of(actor, scope=READ_SCOPE)


@policy.action("licences.licence.read", title=_("查看证照"), hides=True, error=LicenceNotFound)
def read_licence(actor: Actor, licence: Placed) -> Decision:
    """
    Let through whom `licence_reach` lets know of the licence.

    That is: the holder, or his agent with the function QUERY; staff with a post, for licences their agency issued;
    one-stop counters and supervisors, for those of their area too; systems with licences:read, for their agency's.
    """
    return licence_reach(actor).decide(
        principal_id=licence.person_id or None,
        agency_code=licence.issuer_code,
        division_code=licence.division_code,
    )


@policy.action("licences.wallet.read", title=_("查看我的证照"))
def read_wallet(actor: Actor) -> Decision:
    """
    Let a person look into the own wallet, or into that of whom he acts for with the function QUERY.
    """
    if not actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    reach = licence_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.OWN)


@policy.action("licences.licence.search", title=_("检索证照"))
def search_licences(actor: Actor) -> Decision:
    """
    Let staff with a post, supervisors and systems with licences:read search what `licences.licence.read` permits.
    """
    if actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    reach = licence_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.AGENCY)


@policy.action("licences.licence.issue", title=_("制发证照"))
def issue_licence(actor: Actor, *, issuer_code: str) -> Decision:
    """
    Let the issuing agency's staff and systems issue, in the transaction of the decision that calls for it.
    """
    if actor.kind not in {ActorKind.STAFF, ActorKind.CLIENT}:
        return no(Reason.NOT_FOR_THIS_KIND)
    is_own = bool(issuer_code) and actor.agency_code == issuer_code
    return yes(Reason.AGENCY) if is_own else no(Reason.OTHER_AGENCY)


@policy.action("licences.licence.change", title=_("变更、暂停、撤销、注销证照"))
def change_licence(actor: Actor, *, issuer_code: str) -> Decision:
    """
    Let the issuer's staff with the post 决定人, and its systems with the scope licences:write, change a licence.
    """
    if not issuer_code or actor.agency_code != issuer_code:
        return no(Reason.OTHER_AGENCY)
    if actor.is_staff:
        return yes(Reason.POST) if Post.DECISION in actor.posts else no(Reason.NO_POST)
    may_write = actor.kind is ActorKind.CLIENT and WRITE_SCOPE in actor.scopes
    return yes(Reason.SCOPE) if may_write else no(Reason.NO_SCOPE)


@policy.action("licences.type.load", title=_("导入证照类型"))
def load_types(actor: Actor) -> Decision:
    """
    Let nobody through but the node itself.
    """
    del actor
    return no(Reason.NOT_FOR_THIS_KIND)


def require_change(actor: Actor, licence: Placed) -> None:
    """
    Refuse who may not change a licence; who may not even know of it is not told that it exists.

    :raises LicenceNotFound: the actor may not know of the licence
    :raises NotPermitted: the actor does not decide for the issuing agency
    """
    decision = change_licence.decide(actor, issuer_code=licence.issuer_code)
    if not decision:
        raise change_licence.refusal(decision) if read_licence.allows(actor, licence) else LicenceNotFound


def is_holder(actor: Actor, licence: Placed) -> bool:
    """
    Tell whether the licence lies in the actor's own wallet, or in that of whom he acts for.
    """
    return actor.is_person and read_licence.allows(actor, licence)


audit.entitle(
    {
        "licences.type.load": _("装入证照类型"),
        **{f"licences.licence.{kind.value.lower()}": kind.label for kind in LicenceEventKind},
    }
)
