"""
我的证照: the wallet, and one licence with its face, its QR code and its file.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.business.casework.selectors import shown_day
from tongban.business.licences import selectors
from tongban.business.licences.values import CURRENT, LicenceStatus, LicenceSummary
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.languages import in_language, is_english
from tongban.portal.workspace.views.cases import person_of
from tongban.resources.registers import selectors as registers
from tongban.support.documents import services as documents


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceCard:
    """
    A licence as the wallet shows it.
    """

    type_name: str
    holder: str
    number: str
    valid: str
    agency_name: str
    status: str
    grade: str
    """可信等级 as a tag says it."""
    is_ended: bool
    href: str


@never_cache
@require_safe
def show_wallet(request: HttpRequest) -> HttpResponse:
    """
    Show one's licences, newest first.
    """
    actor, today = person_of(request), civil_date(clock.now())
    context = {
        "cards": wallet_cards(actor=actor, on=today),
        "asked": selectors.count_shares_asked(actor=actor, on=today),
    }
    return render(request, "workspace/licence_list.html", context)


@never_cache
@require_safe
def show_licence(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Show one licence of one's own.
    """
    actor = person_of(request)
    detail = selectors.licence_detail(identifier=identifier, actor=actor, at=clock.now())
    picture = b64encode(documents.qr_picture(detail.verification_url)).decode()
    context = {
        "detail": detail,
        "card": _cards([detail.summary], actor=actor)[0],
        "name": _type_name(detail.summary),
        "may_present": detail.summary.status is LicenceStatus.VALID and detail.summary.is_usable,
        "must_be_compared": detail.summary.status is LicenceStatus.VALID and not detail.summary.is_usable,
        "lines": [(in_language(line.label, line.label_en), line.value) for line in detail.face],
        "qr": f"data:image/svg+xml;base64,{picture}",
    }
    return render(request, "workspace/licence_show.html", context)


def wallet_cards(*, actor: Actor, on: date) -> list[LicenceCard]:
    """
    Return one's licences as cards, newest first. One query; on English pages one more, for the issuers' names.

    :param on: today
    """
    return _cards(selectors.wallet_of(actor=actor, on=on), actor=actor)


def _cards(licences: Sequence[LicenceSummary], *, actor: Actor) -> list[LicenceCard]:
    issuers: Mapping[str, str] = {}
    if licences and is_english():
        codes = {licence.issuer_code for licence in licences}
        issuers = registers.english_agency_names(codes=codes, actor=actor)
    return [_card(licence, issuers.get(licence.issuer_code, "")) for licence in licences]


def _card(licence: LicenceSummary, issuer_en: str) -> LicenceCard:
    until = licence.last_valid_date
    return LicenceCard(
        type_name=_type_name(licence),
        holder=licence.holder_name,
        number=licence.number,
        valid=_("有效期至 %(day)s") % {"day": shown_day(until)} if until else _("长期有效"),
        agency_name=in_language(licence.issuer_name, issuer_en),
        status=str(licence.status.label),
        grade=_("%(grade)s 级") % {"grade": licence.grade.value},
        is_ended=licence.status not in CURRENT,
        href=reverse("workspace:licence-show", kwargs={"identifier": licence.identifier}),
    )


def _type_name(licence: LicenceSummary) -> str:
    return in_language(licence.type_name, licence.type_name_en)
