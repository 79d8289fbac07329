"""
Cut-over, item by item: from which day on an item is applied for here and no longer at the old platform.
"""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.resources.movein import permissions
from tongban.resources.movein.models import MovedItem
from tongban.resources.movein.selectors import old_place
from tongban.resources.movein.services.platforms import PlatformStateForbids
from tongban.resources.movein.values import PlatformState


class StillAtOldPlatform(Conflict):
    """
    The item is not cut over yet: it is applied for at the old platform. `facts`: address.
    """

    code = "still_at_old_platform"
    message = _("该事项目前仍在%(name)s办理，请前往 %(address)s")


@business_transaction
def cut_over(*, code: str, old_item: str, on: date, actor: Actor, at: datetime) -> None:
    """
    Let an item be applied for here from a day on. Cases that the old platform has taken in end there.

    :raises NotFound: the mapping has no such item
    :raises PlatformStateForbids: the old platform's cases are not loaded
    :raises InvalidInput: the day is gone
    """
    permissions.manage_platforms.require(actor)
    item = _item(code, old_item)
    if item.platform.state not in {PlatformState.LOADED, PlatformState.FOLLOWING}:
        raise PlatformStateForbids(platform=code, state=str(PlatformState(item.platform.state).label))
    if on < civil_date(at):
        raise InvalidInput(fields={"on": _("切换日期不能早于今天")})
    item.cut_over_on = on
    item.save()
    audit.record(
        action="movein.item.cut_over", actor=actor, subject=code, at=at, item=old_item, on=on.isoformat()
    )


@business_transaction
def go_back(*, code: str, old_item: str, actor: Actor, at: datetime) -> None:
    """
    Take a cut-over back: the item is applied for at the old platform again. Cases taken in here end here.

    :raises NotFound: the mapping has no such item
    """
    permissions.manage_platforms.require(actor)
    item = _item(code, old_item)
    item.cut_over_on = None
    item.save()
    audit.record(action="movein.item.go_back", actor=actor, subject=code, at=at, item=old_item)


def require_moved_in(*, offering_code: str, at: datetime) -> None:
    """
    Refuse to begin an application for an item that is still applied for at an old platform. One query.

    :raises StillAtOldPlatform: it is
    """
    place = old_place(offering_code=offering_code, on=civil_date(at))
    if place is not None:
        raise StillAtOldPlatform(offering_code=offering_code, name=place.name, address=place.address)


def _item(code: str, old_item: str) -> MovedItem:
    found = MovedItem.objects.select_for_update(of=("self",)).select_related("platform")
    item = found.filter(platform_id=code, old_code=old_item).first()
    if item is None:
        raise NotFound(platform=code, item=old_item)
    return item
