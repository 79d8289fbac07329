"""
Words for codes and amounts, in the reader's language.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.business.catalogue.selectors import OfferingSummary
from tongban.business.catalogue.values import HandlingKind, LimitUnit, ServiceType
from tongban.business.catalogue.values.elsewhere import OfferingElsewhere
from tongban.foundation.actors import Actor
from tongban.foundation.languages import in_language, is_english
from tongban.portal.site.values import ItemLine, Part
from tongban.resources.registers import selectors as registers

FULLY_ONLINE_GRADE = 4


def limit_words(amount: int | None, unit: LimitUnit | None) -> str:
    """
    Return a limit: 5 个工作日; "" where none is published.
    """
    if amount is None or unit is None:
        return ""
    if amount == 0:
        return _("当场办结")
    texts = {
        LimitUnit.WORKING_DAY: ngettext("%(amount)s 个工作日", "%(amount)s 个工作日", amount),
        LimitUnit.CALENDAR_DAY: ngettext("%(amount)s 个自然日", "%(amount)s 个自然日", amount),
        LimitUnit.MONTH: ngettext("%(amount)s 个月", "%(amount)s 个月", amount),
        LimitUnit.YEAR: ngettext("%(amount)s 年", "%(amount)s 年", amount),
        LimitUnit.HOUR: ngettext("%(amount)s 小时", "%(amount)s 小时", amount),
    }
    return texts[unit] % {"amount": amount}


def visits_words(visits: int | None, online_grade: int) -> str:
    """
    Return how often one has to go somewhere; "" where it is not published.
    """
    if visits is None:
        return _("0 次") if online_grade == FULLY_ONLINE_GRADE else ""
    return ngettext("%(visits)s 次", "%(visits)s 次", visits) % {"visits": visits}


def type_words(code: str) -> str:
    """
    Return the word for a 事项类型; "" for one the node has no word for.
    """
    return str(ServiceType(code).label) if code in ServiceType.values else ""


def weekday_words(day: date) -> str:
    """
    Return the name of a day's weekday.
    """
    names = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
    return names[day.weekday()]


def agency_names(codes: Iterable[str], *, actor: Actor) -> Mapping[str, str]:
    """
    Return what to call agencies on an English page, by code; nothing on a Chinese one. At most one query.
    """
    wanted = set(codes) if is_english() else set()
    return registers.english_agency_names(codes=wanted, actor=actor) if wanted else {}


def item_line(
    offering: OfferingSummary,
    parts: tuple[Part, ...] = (),
    *,
    agencies: Mapping[str, str] = MappingProxyType({}),
) -> ItemLine:
    """
    Return an offering as a line of a list.

    :param parts: its name with hits marked; by default the plain name
    :param agencies: names of agencies to show instead of those that the offering gives
    """
    has_promise = offering.promised_amount is not None
    amount = offering.promised_amount if has_promise else offering.statutory_amount
    unit = offering.promised_unit if has_promise else offering.statutory_unit
    limit = limit_words(amount, unit)
    return ItemLine(
        code=offering.code,
        parts=parts or (Part(in_language(offering.name, offering.name_en)),),
        agency_name=agencies.get(offering.agency_code, offering.agency_name),
        type_name=type_words(offering.service_type),
        limit=limit if has_promise or not limit else _("法定 %(limit)s") % {"limit": limit},
        fee=_("收费") if offering.is_charged else "",
        visits=visits_words(offering.visits, offering.online_grade),
        can_apply=offering.can_apply_online,
        is_on_the_spot=offering.handling_kind is HandlingKind.ON_THE_SPOT,
    )


def item_line_elsewhere(offering: OfferingElsewhere, parts: tuple[Part, ...]) -> ItemLine:
    """
    Return an offering of a node below as a line of a list; it leads there.
    """
    return ItemLine(
        code=offering.key,
        parts=parts,
        agency_name=offering.agency_name,
        type_name=type_words(offering.service_type),
        can_apply=offering.can_apply_online,
        url=offering.url,
        handled_by=in_language(offering.node_name, offering.node_name_en),
    )
