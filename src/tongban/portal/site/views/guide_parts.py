"""
Parts of the guide page, made from the elements of the offering.
"""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from tongban.business.catalogue.selectors import ServiceGuide
from tongban.business.catalogue.values import (
    FeeItem,
    LegalBasis,
    Limit,
    Material,
    MaterialForm,
    MaterialSource,
    Necessity,
    SituationOption,
    Step,
)
from tongban.foundation.actors import Actor
from tongban.foundation.languages import in_language
from tongban.portal.site.values import (
    Basis,
    BasisList,
    Choice,
    FeeLine,
    FlowStep,
    MaterialLine,
    PlaceCard,
    QuestionLine,
    ResultLine,
    SituationQuestion,
)
from tongban.portal.site.views.words import limit_words
from tongban.support.identity.values import AssuranceLevel


def limit(value: Limit | None) -> str:
    """
    Return a limit in words, with its note; "" where none is published.
    """
    return limit_words(value.amount, value.unit) if value is not None else ""


def assurance(level: int, *, is_high_risk: bool = False) -> str:
    """
    Return which real-name level an applicant needs, as the page of the level names it.

    :param is_high_risk: he is checked anew when he applies
    """
    if level == AssuranceLevel.ANONYMOUS:
        return _("不需要实名")
    words = _("%(level)s 级：%(label)s") % {"level": level, "label": AssuranceLevel(level).label}
    return _("%(level)s，提交时刷脸核验") % {"level": words} if is_high_risk else words


def missing_level(actor: Actor, required: int) -> str:
    """
    Return the real-name level that somebody logged in still needs, as his account names it; "" if none.
    """
    lacks = actor.is_person and actor.assurance_level < required
    return str(AssuranceLevel(required).label) if lacks else ""


def chosen_options(guide: ServiceGuide) -> list[SituationOption]:
    """
    Return the answers that were given and exist, in the order of the questions.
    """
    options = (option for question in guide.elements.situations for option in question.options)
    return [option for option in options if option.code in guide.situations_chosen]


def questions(guide: ServiceGuide, *, prefix: str) -> tuple[SituationQuestion, ...]:
    """
    Return the questions about the applicant's situation, with the answers given.
    """
    return tuple(
        SituationQuestion(
            name=f"{prefix}{situation.code}",
            question=in_language(situation.question, situation.question_en),
            is_multiple=situation.is_multiple,
            choices=tuple(
                Choice(
                    value=option.code,
                    label=in_language(option.label, option.label_en),
                    help=in_language(option.help, option.help_en),
                    is_chosen=option.code in guide.situations_chosen,
                )
                for option in situation.options
            ),
        )
        for situation in guide.elements.situations
    )


def material_lines(guide: ServiceGuide) -> tuple[MaterialLine, ...]:
    """
    Return the materials the answers call for: those to bring first, those that are spared last.
    """
    lines = [_material(material) for material in guide.materials]
    return tuple(sorted(lines, key=lambda line: line.is_spared))


def _material(material: Material) -> MaterialLine:
    tag, kind = _material_tag(material)
    return MaterialLine(
        name=in_language(material.name, material.name_en),
        notes=tuple(_material_notes(material)),
        form=_material_form(material),
        source=str(material.source.label),
        tag=tag,
        tag_kind=kind,
        is_spared=material.is_shared,
        basis=material.legal_basis,
        blank_form=material.blank_form,
        sample=material.sample,
    )


def _material_tag(material: Material) -> tuple[str, str]:
    if material.is_shared:
        return _("免提交"), "good"
    if material.necessity is Necessity.LATER:
        return _("容缺后补"), "info"
    if material.necessity is Necessity.OPTIONAL:
        return _("非必要"), ""
    return "", ""


def _material_notes(material: Material) -> Iterator[str]:
    if material.is_shared:
        yield _("本平台能查到您的证照或数据时不用交，查不到再补。")
    if condition := in_language(material.condition, material.condition_en):
        yield _("仅限：%(condition)s") % {"condition": condition}
    if notes := in_language(material.filling_notes, material.filling_notes_en):
        yield notes
    if standard := in_language(material.acceptance_standard, material.acceptance_standard_en):
        yield _("受理标准：%(standard)s") % {"standard": standard}
    if material.source is not MaterialSource.APPLICANT and material.source_explanation:
        yield material.source_explanation


def _material_form(material: Material) -> str:
    words = [str(material.form.label)]
    if material.form is not MaterialForm.ELECTRONIC:
        if material.original_copies:
            words.append(_("原件 %(copies)s 份") % {"copies": material.original_copies})
        if material.photocopies:
            words.append(_("复印件 %(copies)s 份") % {"copies": material.photocopies})
    if material.paper_format:
        words.append(material.paper_format)
    return " · ".join(words)


def flow(guide: ServiceGuide) -> tuple[FlowStep, ...]:
    """
    Return the steps to draw: the applicant's own first, then what the office publishes.
    """
    steps = guide.elements.steps
    if not steps:
        return ()
    mine = FlowStep(name=_("申请"), note=_where_to_apply(guide), is_yours=True, is_off_clock=False)
    return (mine, *(_step(step) for step in steps))


def _where_to_apply(guide: ServiceGuide) -> str:
    return _("网上或窗口") if guide.elements.can_apply_online else _("到窗口")


def _step(step: Step) -> FlowStep:
    words = [_("当场") if step.limit.amount == 0 else limit(step.limit)] if step.limit else []
    if not step.is_counted:
        words.append(_("不计入时限"))
    note = in_language(step.note, step.note_en)
    if not words and note:
        words.append(note)
    name = in_language(step.name, step.name_en) or str(step.stage.label)
    return FlowStep(name=name, note=" · ".join(words), is_yours=False, is_off_clock=not step.is_counted)


def special_procedures(guide: ServiceGuide) -> tuple[FlowStep, ...]:
    """
    Return what may stop the clock.
    """
    return tuple(
        FlowStep(
            name=in_language(procedure.name, procedure.name_en),
            note=" · ".join(
                word
                for word in (
                    limit(procedure.limit),
                    procedure.legal_basis,
                    in_language(procedure.note, procedure.note_en),
                )
                if word
            ),
            is_yours=False,
            is_off_clock=True,
        )
        for procedure in guide.elements.special_procedures
    )


def basis_lists(guide: ServiceGuide) -> tuple[BasisList, ...]:
    """
    Return the three lists of provisions, each separate as the specification asks.
    """
    elements = guide.elements
    return (
        BasisList(name=_("设定依据"), entries=_bases(elements.setting_basis)),
        BasisList(name=_("实施依据"), entries=_bases(elements.implementing_basis)),
        BasisList(name=_("监管依据"), entries=_bases(elements.supervision_basis)),
    )


def _bases(provisions: Sequence[LegalBasis]) -> tuple[Basis, ...]:
    return tuple(_basis(provision) for provision in provisions)


def _basis(provision: LegalBasis) -> Basis:
    document = provision.document
    title = document if document.startswith("《") else f"《{document}》"
    notes = (provision.document_number, provision.authority, provision.edition)
    return Basis(
        title=f"{title}{provision.article}",
        text=provision.text,
        note=" · ".join(note for note in notes if note),
        url=provision.url,
    )


def place_cards(guide: ServiceGuide) -> tuple[PlaceCard, ...]:
    """
    Return where to go.
    """
    return tuple(
        PlaceCard(
            name=in_language(place.name, place.name_en),
            address=in_language(place.address, place.address_en),
            counter=in_language(place.counter, place.counter_en),
            hours=in_language(place.hours, place.hours_en),
            phone=place.phone,
        )
        for place in guide.elements.places
    )


def question_lines(guide: ServiceGuide) -> tuple[QuestionLine, ...]:
    """
    Return the questions people often ask.
    """
    return tuple(
        QuestionLine(
            question=in_language(row.question, row.question_en),
            answer=in_language(row.answer, row.answer_en),
        )
        for row in guide.elements.questions
    )


def fee_lines(guide: ServiceGuide) -> tuple[FeeLine, ...]:
    """
    Return what it costs.
    """
    return tuple(_fee(fee) for fee in guide.elements.fee_items)


def _fee(fee: FeeItem) -> FeeLine:
    unit = in_language(fee.unit, fee.unit_en)
    return FeeLine(
        name=in_language(fee.name, fee.name_en),
        price=f"{fee.price} {unit}",
        standard=fee.standard or in_language(fee.condition, fee.condition_en),
        basis=fee.legal_basis,
        reduction=fee.reduction if fee.can_be_reduced else "",
    )


def result_lines(guide: ServiceGuide) -> tuple[ResultLine, ...]:
    """
    Return what comes out.
    """
    return tuple(
        ResultLine(
            name=in_language(result.name, result.name_en),
            kind=str(result.kind.label),
            validity=in_language(result.validity, result.validity_en),
            sample=result.sample,
        )
        for result in guide.elements.results
    )
