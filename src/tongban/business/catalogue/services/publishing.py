"""
Publishing one offering, and taking it out of use.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.business.catalogue import permissions, rules
from tongban.business.catalogue.events import (
    OFFERING_PUBLISHED,
    OFFERING_STATE_CHANGED,
    OfferingPublished,
    OfferingStateChanged,
)
from tongban.business.catalogue.models import OfferingVersion, ServiceOffering
from tongban.business.catalogue.selectors import UnknownOffering
from tongban.business.catalogue.selectors.lists import known_codes
from tongban.business.catalogue.services import merging
from tongban.business.catalogue.values import (
    FeedItem,
    OfferingElements,
    OfferingState,
    PublishedOffering,
    PublishOutcome,
    StateReceipt,
)
from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput


class ElementsContradict(InvalidInput):
    """
    Parts of the elements contradict one another; `fields` names them.
    """

    code = "elements_contradict"
    message = _("事项要素互相矛盾，不能发布")


class CodesNotAccepted(InvalidInput):
    """
    A code stands on no code list of the node, or is written in full-width characters; `fields` says which.

    Feeds are taken as they are and flagged; who publishes one offering can mend it at once.
    """

    code = "codes_not_accepted"
    message = _("事项要素中有不能识别的代码")


class NotYetEffective(Conflict):
    """
    The day from which the elements count lies ahead; publish them on that day.
    """

    code = "not_yet_effective"
    message = _("尚未到生效日期，请在生效当日发布")


class OfferingOfOtherSource(Conflict):
    """
    The code belongs to an offering that another source provides.
    """

    code = "offering_of_other_source"
    message = _("该清单编号已由其他来源提供")


class StateChangeNotAllowed(Conflict):
    """
    The offering's state does not allow this: retired is for ever, a code is never used again.
    """

    code = "offering_state_change_not_allowed"
    message = _("该事项当前状态不允许此操作")


@business_transaction
def publish_offering(*, item: FeedItem, source: str, actor: Actor, at: datetime) -> PublishedOffering:
    """
    Publish the elements of one offering; a new version is made only if they differ from the current ones.

    Publishing the same again changes nothing and announces nothing.

    :param source: whose offering it is; the sources of imports have their own names
    :raises NotPermitted: the actor keeps neither the catalogue nor this agency's offerings
    :raises ElementsContradict: materials or fields name situations that do not exist, and the like
    :raises CodesNotAccepted: a code is on no list, or in full-width characters
    :raises NotYetEffective: `effective_from` lies ahead
    :raises OfferingOfOtherSource: another source provides the code
    """
    for agency_code in {item.elements.agency_code, *_present_agency(item.code)}:
        permissions.change_offering.require(actor, agency_code=agency_code)
    today = civil_date(at)
    if wrong := rules.contradictions(item.elements):
        raise ElementsContradict(fields=dict.fromkeys(wrong, _("与其他要素矛盾")))
    _require_codes(item.elements, actor=actor)
    if item.effective_from is not None and item.effective_from > today:
        raise NotYetEffective(offering_code=item.code, effective_from=item.effective_from.isoformat())

    merging.prepare_tables()
    row, _flags = merging.staged_row(1, item, on=today)
    merged = merging.merge([row], source=source, at=at, batch="")
    if merged.foreign:
        raise OfferingOfOtherSource(offering_code=item.code)
    receipt = _receipt(item.code, merged)
    if receipt.outcome is not PublishOutcome.UNCHANGED:
        audit.record(
            action="catalogue.offering.publish",
            actor=actor,
            subject=item.code,
            at=at,
            version=receipt.version,
            digest=receipt.digest,
        )
        _announce_published(receipt, at=at)
    return receipt


def suspend_offering(*, code: str, actor: Actor, at: datetime, reason: str) -> StateReceipt:
    """
    Take an offering out of use for a time; running cases go on.

    :raises UnknownOffering: no offering has this code
    :raises NotPermitted: the actor keeps neither the catalogue nor this agency's offerings
    :raises StateChangeNotAllowed: it is not in use
    """
    return _change_state(
        code=code,
        to=OfferingState.SUSPENDED,
        allowed={OfferingState.IN_USE},
        actor=actor,
        at=at,
        reason=reason,
    )


def resume_offering(*, code: str, actor: Actor, at: datetime, reason: str) -> StateReceipt:
    """
    Put a suspended offering or a draft into use.

    :raises UnknownOffering: no offering has this code
    :raises NotPermitted: the actor keeps neither the catalogue nor this agency's offerings
    :raises StateChangeNotAllowed: it is neither suspended nor a draft
    """
    return _change_state(
        code=code,
        to=OfferingState.IN_USE,
        allowed={OfferingState.SUSPENDED, OfferingState.DRAFT},
        actor=actor,
        at=at,
        reason=reason,
    )


def retire_offering(*, code: str, actor: Actor, at: datetime, reason: str) -> StateReceipt:
    """
    Take an offering out of use for ever; its code is never used again.

    :raises UnknownOffering: no offering has this code
    :raises NotPermitted: the actor keeps neither the catalogue nor this agency's offerings
    :raises StateChangeNotAllowed: it was retired before
    """
    allowed = {OfferingState.IN_USE, OfferingState.SUSPENDED, OfferingState.DRAFT}
    return _change_state(
        code=code, to=OfferingState.RETIRED, allowed=allowed, actor=actor, at=at, reason=reason
    )


@business_transaction
def _change_state(
    *, code: str, to: OfferingState, allowed: set[OfferingState], actor: Actor, at: datetime, reason: str
) -> StateReceipt:
    try:
        offering = ServiceOffering.objects.locked(code)
    except ServiceOffering.DoesNotExist:
        raise UnknownOffering(offering_code=code) from None
    decision = permissions.change_offering.decide(actor, agency_code=offering.agency_code)
    if not decision:
        if not permissions.read_offering.allows(actor, state=offering.state):
            raise UnknownOffering(offering_code=code)
        raise permissions.change_offering.refusal(decision)
    before = OfferingState(offering.state)
    if before not in allowed:
        raise StateChangeNotAllowed(offering_code=code, state=before.value)

    offering.state = to
    offering.save(update_fields=["state"])

    audit.record(
        action="catalogue.offering.change_state",
        actor=actor,
        subject=code,
        at=at,
        before=before.value,
        after=to.value,
        reason=reason,
    )
    events.announce(
        topic=OFFERING_STATE_CHANGED,
        key=code,
        at=at,
        payload=OfferingStateChanged(offering_id=offering.pk, code=code, state=to),
    )
    return StateReceipt(offering_id=offering.pk, code=code, state=to)


def _require_codes(elements: OfferingElements, *, actor: Actor) -> None:
    known = known_codes(lists=rules.CODE_LISTS.values(), actor=actor)
    wrong = {
        f"elements.{name}": str(_("代码表 %(list)s 中没有“%(value)s”")) % {"list": list_code, "value": value}
        for name, value, list_code in rules.unknown_codes(elements, known)
    }
    wrong |= {
        f"elements.{name}": str(_("编码和号码只能用半角字母和数字")) for name in rules.wide_codes(elements)
    }
    if wrong:
        raise CodesNotAccepted(fields=wrong)


def _present_agency(code: str) -> list[str]:
    # Who publishes over an offering must keep it too, not only the agency he writes into it.
    held = ServiceOffering.objects.filter(code=code).select_for_update(no_key=True)
    return list(held.values_list("agency_code", flat=True))


def _receipt(code: str, merged: merging.Merged) -> PublishedOffering:
    offering = ServiceOffering.objects.get(code=code)
    version = OfferingVersion.objects.only("digest").get(offering=offering, version=offering.current_version)
    outcome = PublishOutcome.NEW if merged.new else PublishOutcome.CHANGED
    return PublishedOffering(
        offering_id=offering.pk,
        code=code,
        version=offering.current_version,
        digest=version.digest,
        case_prefix=offering.case_prefix,
        outcome=PublishOutcome.UNCHANGED if merged.unchanged else outcome,
    )


def _announce_published(receipt: PublishedOffering, *, at: datetime) -> None:
    events.announce(
        topic=OFFERING_PUBLISHED,
        key=receipt.code,
        at=at,
        payload=OfferingPublished(
            offering_id=receipt.offering_id, code=receipt.code, version=receipt.version
        ),
    )
