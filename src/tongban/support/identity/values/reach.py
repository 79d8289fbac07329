"""
可见范围 of those who work for agencies: one rule for every kind of object that belongs to an agency and an area.
"""

from tongban.foundation.actors import Actor, ActorKind, MandateFunction
from tongban.foundation.policy import Reach, Reason, area_prefix, own_reach
from tongban.support.identity.values.words import Post, Role


def reach_of(actor: Actor, *, scope: str) -> Reach:
    """
    Return which objects of agencies and applicants the actor may know of.

    A person: the own ones, or those of whom he acts for with the function QUERY. Staff who hold a post: those of their
    agency, at a one-stop counter and as supervisors those of the area too. Systems: those of their agency.

    :param scope: what a system must have been granted
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if actor.is_person:
        return own_reach(actor, function=MandateFunction.QUERY)
    if actor.is_staff:
        return _of_staff(actor)
    if actor.kind is not ActorKind.CLIENT:
        return Reach(refusal=Reason.NOT_LOGGED_IN)
    if scope not in actor.scopes:
        return Reach(refusal=Reason.NO_SCOPE)
    return Reach(agency_code=actor.agency_code, refusal=Reason.OTHER_AGENCY)


def _of_staff(actor: Actor) -> Reach:
    if not (actor.posts or Role.SUPERVISOR in actor.roles):
        return Reach(refusal=Reason.NO_POST)
    prefix = None
    if Role.SUPERVISOR in actor.roles:
        prefix = area_prefix(actor)
    elif Post.COUNTER in actor.posts:
        prefix = area_prefix(actor, post=Post.COUNTER)
    return Reach(
        agency_code=actor.agency_code,
        division_prefix=prefix,
        refusal=Reason.OTHER_AGENCY if prefix is None else Reason.OUTSIDE_AREA,
    )
