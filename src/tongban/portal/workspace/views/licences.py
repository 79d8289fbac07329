"""
我的证照: the wallet, and one licence with its face, its QR code and its file.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.business.casework.selectors import shown_day
from tongban.business.licences import selectors
from tongban.business.licences.values import CURRENT, LicenceSummary
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.portal.workspace.views.cases import person_of
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
    is_ended: bool
    href: str


@never_cache
@require_safe
def show_wallet(request: HttpRequest) -> HttpResponse:
    """
    Show one's licences, newest first.
    """
    cards = wallet_cards(actor=person_of(request), on=civil_date(clock.now()))
    return render(request, "workspace/licence_list.html", {"cards": cards})


@never_cache
@require_safe
def show_licence(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Show one licence of one's own.
    """
    detail = selectors.licence_detail(
        identifier=identifier, actor=person_of(request), on=civil_date(clock.now())
    )
    picture = b64encode(documents.qr_picture(detail.verification_url)).decode()
    context = {
        "detail": detail,
        "card": _card(detail.summary),
        "name": _type_name(detail.summary),
        "lines": [(_in_language(line.label, line.label_en), line.value) for line in detail.face],
        "qr": f"data:image/svg+xml;base64,{picture}",
    }
    return render(request, "workspace/licence_show.html", context)


def wallet_cards(*, actor: Actor, on: date) -> list[LicenceCard]:
    """
    Return one's licences as cards, newest first. One query.

    :param on: today
    """
    return [_card(licence) for licence in selectors.wallet_of(actor=actor, on=on)]


def _card(licence: LicenceSummary) -> LicenceCard:
    until = licence.last_valid_date
    return LicenceCard(
        type_name=_type_name(licence),
        holder=licence.holder_name,
        number=licence.number,
        valid=_("有效期至 %(day)s") % {"day": shown_day(until)} if until else _("长期有效"),
        agency_name=licence.issuer_name,
        status=str(licence.status.label),
        is_ended=licence.status not in CURRENT,
        href=reverse("workspace:licence-show", kwargs={"identifier": licence.identifier}),
    )


def _type_name(licence: LicenceSummary) -> str:
    return _in_language(licence.type_name, licence.type_name_en)


def _in_language(chinese: str, english: str) -> str:
    return english if english and (get_language() or "").startswith("en") else chinese
