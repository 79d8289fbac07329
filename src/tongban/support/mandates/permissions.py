"""
Who may do what to legal entities and mandates.
"""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind, MandateFunction, PrincipalKind
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import Post
from tongban.support.mandates.values import LogKind


@policy.action("mandates.entity.register", title=_("登记单位"), for_people_only=True)
def register_entity(actor: Actor, *, needed_level: int) -> Decision:
    """
    Let a person of sufficient real-name level register the entity that he represents.

    :param needed_level: 实名等级 asked of representatives on this node
    """
    return _oneself(actor, needed_level=needed_level)


@policy.action("mandates.entity.read", title=_("查看单位"), hides=True)
def read_entity(
    actor: Actor, *, entity_id: UUID, representative_id: UUID, is_mandated: bool = False
) -> Decision:
    """
    Let through the representative, and whoever may act in the entity's name, in his own or in its name.

    :param is_mandated: a mandate of the entity is in force for the actor
    """
    if not actor.is_person:
        return _not_a_person(actor)
    if actor.acting_for is not None:
        return yes(Reason.MANDATE) if actor.acting_for.id == str(entity_id) else no(Reason.ACTS_FOR_ANOTHER)
    if is_mandated:
        return yes(Reason.MANDATE)
    return yes(Reason.OWN) if actor.person_id == str(representative_id) else no(Reason.NOT_OWN)


@policy.action("mandates.entity.represent", title=_("授权管理"), for_people_only=True)
def represent_entity(actor: Actor, *, entity_id: UUID, representative_id: UUID | None) -> Decision:
    """
    Let the representative keep what an entity grants, whether he acts for it at the moment or for himself.

    Not while he acts for somebody else; nor an agent, who cannot pass on what he was given (民法典 art. 169).

    :param representative_id: None: there is no such entity
    """
    if not actor.is_person:
        return _not_a_person(actor)
    if actor.acting_for is not None and actor.acting_for.id != str(entity_id):
        return no(Reason.ACTS_FOR_ANOTHER)
    return yes(Reason.OWN) if actor.person_id == str(representative_id) else no(Reason.NOT_OWN)


@policy.action("mandates.mandate.offer", title=_("授权他人"), for_people_only=True)
def offer(actor: Actor, *, for_entity: bool, needed_level: int) -> Decision:
    """
    Let a person grant in his own name, and who may keep an entity's mandates in its name.

    :param for_entity: an entity grants, which the actor was found to represent
    """
    if not for_entity:
        return _oneself(actor, needed_level=needed_level)
    return yes(Reason.OWN) if actor.assurance_level >= needed_level else no(Reason.LEVEL_TOO_LOW)


@policy.action("mandates.mandate.answer", title=_("接受或谢绝授权"), hides=True, for_people_only=True)
def answer(actor: Actor, *, is_addressed: bool) -> Decision:
    """
    Let the person to whom a mandate was offered accept or decline it.

    :param is_addressed: number and name of the offer are the actor's
    """
    if not actor.is_person:
        return _not_a_person(actor)
    return yes(Reason.OWN) if is_addressed else no(Reason.NOT_OWN)


@policy.action("mandates.mandate.read", title=_("查看授权"), hides=True)
def read(
    actor: Actor,
    *,
    grantor_person_id: UUID | None,
    representative_id: UUID | None,
    grantee_id: UUID | None,
    is_addressed: bool,
) -> Decision:
    """
    Let through who granted, who received, and who represents the entity that granted.
    """
    if not actor.is_person:
        return _not_a_person(actor)
    parties = {str(party) for party in (grantor_person_id, representative_id, grantee_id) if party}
    return yes(Reason.OWN) if is_addressed or actor.person_id in parties else no(Reason.NOT_OWN)


@policy.action("mandates.mandate.end", title=_("终止授权"), hides=True)
def end(
    actor: Actor,
    *,
    grantor_person_id: UUID | None,
    representative_id: UUID | None,
    grantee_id: UUID | None,
    is_by_law: bool,
) -> Decision:
    """
    Let who granted take back, and who received give up; nobody may give up what follows from law.

    Source: 民法典 art. 173 (2). A ward cannot end a guardianship, nor can the guardian by himself (arts. 36, 39): a
    clerk ends it on evidence.
    """
    if is_by_law:
        return end_by_clerk.decide(actor)
    if not actor.is_person:
        return _not_a_person(actor)
    parties = {str(party) for party in (grantor_person_id, representative_id, grantee_id) if party}
    return yes(Reason.OWN) if actor.person_id in parties else no(Reason.NOT_OWN)


@policy.action("mandates.mandate.establish", title=_("在窗口登记监护或代办"), for_people_only=True)
def establish(actor: Actor) -> Decision:
    """
    Let who works at a counter write down what he has seen evidence of.
    """
    return _at_counter(actor)


@policy.action("mandates.mandate.end_by_clerk", title=_("在窗口终止监护"), for_people_only=True)
def end_by_clerk(actor: Actor) -> Decision:
    """
    Let who works at a counter end what a clerk has established.
    """
    return _at_counter(actor)


@policy.action("mandates.mandate.find", title=_("在窗口查找监护和代办"), for_people_only=True)
def find(actor: Actor) -> Decision:
    """
    Let who works at a counter find, by a card that he holds, who acts for whom.
    """
    return _at_counter(actor)


@policy.action("mandates.register.check", title=_("复核法人库"))
def check_register(actor: Actor) -> Decision:
    """
    Let the node's own jobs look into the register of legal entities anew, and whoever is about to use an entity.
    """
    return yes(Reason.OWN) if actor.is_person else _not_a_person(actor)


def _not_a_person(actor: Actor) -> Decision:
    is_nobody = actor.kind is ActorKind.ANONYMOUS
    return no(Reason.NOT_LOGGED_IN if is_nobody else Reason.NOT_FOR_THIS_KIND)


def _oneself(actor: Actor, *, needed_level: int) -> Decision:
    if not actor.is_person:
        return _not_a_person(actor)
    if actor.acting_for is not None:
        return no(Reason.ACTS_FOR_ANOTHER)
    return yes(Reason.OWN) if actor.assurance_level >= needed_level else no(Reason.LEVEL_TOO_LOW)


def _at_counter(actor: Actor) -> Decision:
    at_counter = actor.is_staff and actor.posts & {Post.COUNTER, Post.ACCEPTANCE}
    return yes(Reason.POST) if at_counter else no(Reason.NO_POST)


@policy.action("mandates.entity.reveal", title=_("以单位名义填写申请"), for_people_only=True)
def reveal_entity(actor: Actor) -> Decision:
    """
    Let who may apply in an entity's name read what an application of it must say.
    """
    principal = actor.acting_for
    if principal is None or principal.kind is not PrincipalKind.LEGAL_ENTITY:
        return no(Reason.NOT_OWN)
    may_apply = MandateFunction.APPLY in principal.functions
    return yes(Reason.MANDATE) if may_apply else no(Reason.MANDATE_LACKS_FUNCTION)


@policy.action("mandates.demo.load", title=_("载入演示授权"))
def load_demo(actor: Actor) -> Decision:
    """
    Let nobody but the node itself make mandates that nobody granted: those of a demonstration.
    """
    return _not_a_person(actor)


audit.entitle(
    {
        "mandates.entity.check": _("核验单位"),
        "mandates.entity.hand_over": _("向其他系统提供单位信息"),
        "mandates.entity.refuse": _("单位登记未通过"),
        **{
            f"mandates.{what}.{kind.value.lower()}": kind.label
            for kind in LogKind
            for what in ("mandate", "entity")
        },
    }
)
