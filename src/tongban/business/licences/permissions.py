"""
Who may issue, change and see licences.
"""

from dataclasses import dataclass
from typing import Final

from tongban.business.licences.models import Licence
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.support.identity.values import Post, Role

AGENCY_KINDS: Final = frozenset({ActorKind.STAFF, ActorKind.CLIENT})
READ_SCOPE: Final = "licences:read"
"""What a system must have been granted to look licences up."""
WRITE_SCOPE: Final = "licences:write"
"""What a system must have been granted to change the licences of its agency."""


class LicenceNotFound(NotFound):
    """
    There is no such licence, or the actor may not know that there is.
    """

    code = "licence_not_found"


def require_issuer(actor: Actor, *, issuer_code: str) -> None:
    """
    Refuse all but the issuing agency and the node itself.

    :raises NotPermitted: the actor does not work for this agency
    """
    if actor.is_system:
        return
    if actor.kind not in AGENCY_KINDS or actor.agency_code != issuer_code:
        raise NotPermitted


def require_decider(actor: Actor, *, issuer_code: str) -> None:
    """
    Refuse all but who `may_decide`.

    :raises NotPermitted: the actor does not decide for this agency
    """
    if not may_decide(actor, issuer_code=issuer_code):
        raise NotPermitted


def may_decide(actor: Actor, *, issuer_code: str) -> bool:
    """
    Tell whether the actor decides for the issuer: its deciders, its system with the scope licences:write, the node.
    """
    if actor.is_system:
        return True
    if actor.agency_code != issuer_code:
        return False
    is_decider = actor.is_staff and Post.DECISION in actor.posts
    return is_decider or (actor.kind is ActorKind.CLIENT and WRITE_SCOPE in actor.scopes)


def is_holder(actor: Actor, licence: Licence) -> bool:
    """
    Tell whether the licence lies in the actor's own wallet.
    """
    return actor.is_person and licence.person_id != "" and licence.person_id == actor.person_id


def may_see(actor: Actor, licence: Licence) -> bool:
    """
    Tell whether the actor holds the licence, works for its issuer, or watches over its area.
    """
    if actor.is_system or is_holder(actor, licence):
        return True
    scope = read_scope(actor)
    if scope is None:
        return False
    return licence.issuer_code == scope.issuer_code or (
        scope.division_prefix is not None and licence.division_code.startswith(scope.division_prefix)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadScope:
    """
    Which licences an agency's people may see.
    """

    issuer_code: str
    """Those their agency issued."""
    division_prefix: str | None
    """Those of an area, for who watches over it or serves it at a counter; None: no area."""


def read_scope(actor: Actor) -> ReadScope | None:
    """
    Return what a member of staff or a client may see, or None for anybody else.
    """
    is_at_work = actor.is_staff and bool(actor.posts or Role.SUPERVISOR in actor.roles)
    is_reader = is_at_work or (actor.kind is ActorKind.CLIENT and READ_SCOPE in actor.scopes)
    if not is_reader:
        return None
    is_wide = Post.COUNTER in actor.posts or Role.SUPERVISOR in actor.roles
    prefix = subtree_prefix(actor.division_code) if is_wide and actor.division_code else None
    return ReadScope(issuer_code=actor.agency_code or "", division_prefix=prefix)
