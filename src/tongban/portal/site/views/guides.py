"""
The guide of one item, on screen and on paper.
"""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.selectors import ServiceGuide
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date, now
from tongban.foundation.languages import in_language
from tongban.portal.site.values import GuidePage
from tongban.portal.site.views import guide_parts as parts
from tongban.portal.site.views import promises
from tongban.portal.site.views.words import type_words, visits_words
from tongban.resources.movein import selectors as movein
from tongban.support.identity.selectors import actor_of

CHOICE_PREFIX = "s-"


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show the guide; `s-<question>` parameters are the answers that decide which materials are listed.

    One query. htmx asks for the part that depends on the answers alone.
    """
    page = guide_page(request, code)
    template = "site/_materials.html" if request.headers.get("HX-Request") == "true" else "site/item.html"
    response = render(request, template, {"guide": page})
    response["Vary"] = "HX-Request, Accept-Language, Cookie"
    return response


@require_safe
def print_out(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show the whole guide as one document to print. One query.
    """
    return render(request, "site/item_print.html", {"guide": guide_page(request, code)})


def guide_page(request: HttpRequest, code: str) -> GuidePage:
    """
    Return the guide of the offering `code` in the reader's language, for the answers in the address.

    :raises UnknownOffering: there is no such offering in use
    """
    answers = tuple(_answers(request))
    actor = actor_of(request)
    guide = catalogue.guide(code=code, actor=actor, situations=answers)
    elements = guide.elements
    old_place = movein.old_place(offering_code=guide.code, on=civil_date(now()))
    known = parts.chosen_options(guide)
    materials = parts.material_lines(guide)
    return GuidePage(
        code=guide.code,
        name=in_language(elements.name, elements.name_en),
        type_name=type_words(elements.service_type),
        agency_code=elements.agency_code,
        agency_name=in_language(elements.agency_name, elements.agency_name_en),
        shown_code=elements.implementation_code or elements.local_implementation_code or guide.code,
        version=guide.version,
        effective_from=guide.effective_from,
        summary=in_language(elements.summary, elements.summary_en),
        promised=parts.limit(elements.promised_limit),
        statutory=parts.limit(elements.statutory_limit),
        visits=visits_words(elements.visits, elements.online_grade),
        visits_note=elements.visits_reason,
        fee=_fee(guide),
        can_apply=elements.can_apply_online and old_place is None,
        old_place=old_place,
        assurance=parts.assurance(elements.required_assurance_level, is_high_risk=elements.is_high_risk),
        missing_level=parts.missing_level(actor, elements.required_assurance_level),
        handling=str(elements.handling_kind.label) if elements.handling_kind else "",
        forms=_("、").join(str(form.label) for form in elements.handling_forms),
        reach=str(elements.reach.label) if elements.reach else "",
        applicants=_("、").join(str(kind.label) for kind in elements.applicants),
        situations=parts.questions(guide, prefix=CHOICE_PREFIX),
        chosen=_("、").join(in_language(option.label, option.label_en) for option in known),
        chosen_query=urlencode([(f"{CHOICE_PREFIX}{_question(o.code)}", o.code) for o in known]),
        materials=materials,
        to_prepare=sum(1 for material in materials if not material.is_spared and not material.tag),
        flow=parts.flow(guide),
        criteria=tuple(in_language(row.text, row.text_en) for row in elements.eligibility_criteria),
        refusal_criteria=tuple(in_language(row.text, row.text_en) for row in elements.refusal_criteria),
        bases=parts.basis_lists(guide),
        places=parts.place_cards(guide),
        hours=in_language(elements.hours, elements.hours_en),
        phone=elements.enquiry_phone,
        complaint_phone=elements.complaint_phone,
        questions=parts.question_lines(guide),
        fees=parts.fee_lines(guide),
        fee_basis=elements.fee_basis,
        results=parts.result_lines(guide),
        special_procedures=parts.special_procedures(guide),
        remedies=in_language(elements.remedies, elements.remedies_en),
        source=in_language(elements.source_note, elements.source_note_en),
        source_url=elements.source_url,
        person_theme=next(iter(elements.person_themes), ""),
        legal_theme=next(iter(elements.legal_themes), ""),
        promise=promises.promise_today(elements, at=now(), calendar=current_calendar()),
    )


def _answers(request: HttpRequest) -> Iterator[str]:
    for name in request.GET:
        if name.startswith(CHOICE_PREFIX):
            yield from (value for value in request.GET.getlist(name) if value)


def _question(option_code: str) -> str:
    return option_code.partition(".")[0]


def _fee(guide: ServiceGuide) -> str:
    if guide.elements.is_charged:
        return _("收费")
    # Silence is no promise: a list that was never described says nothing about fees.
    return _("不收费") if guide.elements.materials or guide.elements.steps else ""
