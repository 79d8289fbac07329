"""
What an offering promises to this applicant on this day: the terms that a case takes along.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongban.business.casework.rules.answers import complaints
from tongban.business.casework.values import Limit, MaterialTerm, Terms
from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.values import FormField, MaterialForm, Necessity, ResultKind
from tongban.business.catalogue.values import Limit as CatalogueLimit
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import Conflict, InvalidInput


class NotAppliedForOnline(Conflict):
    """
    The offering is not complete enough to be applied for here; its guide says where it can be.
    """

    code = "offering_not_applied_for_online"
    message = _("该事项暂不能在线申请，请按办事指南到窗口办理")


@dataclass(frozen=True, kw_only=True, slots=True)
class Promised:
    """
    The terms for one application, and the form that goes with them.
    """

    terms: Terms
    terms_builtin: dict[str, Any]
    terms_json: str
    offering: catalogue.OfferingTerms

    def require_form(self, form: Mapping[str, str], *, situations: Collection[str], on: date) -> None:
        """
        Refuse a form that is incomplete or wrong.

        :param on: today; dates of birth may not lie behind it
        :raises InvalidInput: `fields` says what is wrong with which field
        """
        require_form(self.offering.fields_for(situations), form, on=on)


def require_form(fields: Sequence[FormField], form: Mapping[str, str], *, on: date) -> None:
    """
    Refuse answers that are incomplete or wrong.

    :param fields: those that apply in the applicant's situation
    :param on: today; dates of birth may not lie behind it
    :raises InvalidInput: `fields` says what is wrong with which field
    """
    wrong = complaints(fields, form, on=on)
    if wrong:
        raise InvalidInput(fields={key: gettext(text) for key, text in wrong.items()})


def promised(offering_code: str, *, situations: Collection[str], on: date) -> Promised:
    """
    Return what the offering in use promises for these answers. One query.

    :raises UnknownOffering: no such offering is in use
    :raises NotAppliedForOnline: the offering cannot be applied for through this node
    :raises InvalidInput: an answer is none of the offering's
    """
    return promise_of(catalogue.offering_terms(actor=ANONYMOUS, code=offering_code), situations=situations)


def promise_of(offering: catalogue.OfferingTerms, *, situations: Collection[str]) -> Promised:
    """
    Return what an offering that was looked up already promises for these answers. No query.

    :raises NotAppliedForOnline: the offering cannot be applied for through this node
    :raises InvalidInput: an answer is none of the offering's
    """
    if not offering.can_apply_online:
        raise NotAppliedForOnline(offering_code=offering.code)
    _require_known(offering, situations)
    terms = _terms(offering, situations)
    builtin = msgspec.to_builtins(terms)
    return Promised(
        terms=terms,
        terms_builtin=builtin,
        terms_json=msgspec.json.encode(builtin).decode(),
        offering=offering,
    )


def _terms(offering: catalogue.OfferingTerms, situations: Collection[str]) -> Terms:
    variant = offering.variant_for(situations)
    result = offering.results[0] if offering.results else None
    return Terms(
        offering_id=offering.offering_id,
        offering_code=offering.code,
        offering_version=offering.version,
        variant_code=variant.code if variant else "",
        case_prefix=offering.case_prefix,
        basic_code=offering.basic_code or offering.local_basic_code,
        service_name=offering.name,
        service_name_en=offering.name_en,
        service_type=offering.service_type,
        handling_kind=offering.handling_kind.value,
        agency_code=offering.agency_code,
        agency_name=offering.agency_name,
        division_code=offering.division_code,
        statutory=_limit(offering.statutory_limit),
        promised=_limit(offering.promised_limit),
        result_kind=(result.kind if result else ResultKind.ENTRY).value,
        result_name=result.name if result else "",
        licence_type_code=result.licence_type if result and result.kind is ResultKind.LICENCE else "",
        validity_months=result.validity_months if result else None,
        materials=[
            MaterialTerm(
                code=material.code,
                name=material.name,
                name_en=material.name_en,
                # What exists on paper only is brought to the counter; it cannot be missing online.
                is_required=material.necessity is Necessity.REQUIRED
                and material.form is not MaterialForm.PAPER,
                may_follow=material.necessity is Necessity.LATER,
                legal_basis=material.legal_basis,
                standard=material.acceptance_standard,
            )
            for material in offering.materials_for(situations)
        ],
        steps=[
            {"name": step.name, "name_en": step.name_en, "stage": step.stage.value, "post": step.post}
            for step in offering.steps
        ],
        legal_basis=[
            {"document": basis.document, "article": basis.article}
            for basis in (*offering.setting_basis, *offering.implementing_basis)
        ],
        special_procedures=[msgspec.to_builtins(procedure) for procedure in offering.special_procedures],
        is_fee=offering.is_charged,
        remedies=offering.remedies,
    )


def _limit(limit: CatalogueLimit | None) -> Limit | None:
    return None if limit is None else Limit(amount=limit.amount, unit=limit.unit.value)


def _require_known(offering: catalogue.OfferingTerms, situations: Collection[str]) -> None:
    wrong = {}
    chosen = set(situations)
    for situation in offering.situations:
        answers = {option.code for option in situation.options} & chosen
        chosen -= answers
        if not answers:
            wrong[situation.code] = str(_("请选择：%(question)s")) % {"question": situation.question}
        elif len(answers) > 1 and not situation.is_multiple:
            wrong[situation.code] = str(_("只能选择一项：%(question)s")) % {"question": situation.question}
    if chosen:
        wrong["situations"] = str(_("选择的情形不属于本事项"))
    if wrong:
        raise InvalidInput(fields=wrong)
