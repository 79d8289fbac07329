"""
Words and values of the guided application.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.values import Dispute
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.licences.values.sharing import HeldLicence
from tongban.support.documents.values import FileFacts
from tongban.support.identity.values import PersonDetails
from tongban.support.mandates.values import EntityFacts

DRAFT_FILES = "apply.draft"
"""Kind of owner under which files of drafts are kept."""


class Step(StrEnum):
    """
    步骤 of the application, in order; the value is part of the address.
    """

    SITUATION = "situation"
    FORM = "form"
    MATERIALS = "materials"
    DELIVERY = "delivery"
    CHECK = "check"


STEP_NAMES = {
    Step.SITUATION: _("情形"),
    Step.FORM: _("填写"),
    Step.MATERIALS: _("材料"),
    Step.DELIVERY: _("领取方式"),
    Step.CHECK: _("核对提交"),
}

WAYS = {
    "electronic": _("电子送达，无需领取"),
    "counter": _("到窗口领取"),
    "post": _("邮寄送达"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftDetail:
    """
    A draft with all that was typed, for its owner.
    """

    id: UUID
    resume_code: str
    offering: OfferingTerms
    situations: tuple[str, ...]
    answers: dict[str, str]
    sources: dict[str, str]
    """Field -> where its value came from; a value that was changed has no source any more."""
    changed: frozenset[str]
    """Fields that were filled in from the account and then changed."""
    dispute: Dispute
    """What the person says is wrong without changing it, and his remark."""
    files: dict[str, list[FileFacts]]
    """Material code -> files handed in."""
    offered: dict[str, list[HeldLicence]]
    """Material code -> licences of the applicant's of the kind that takes its place; some cannot, and say why."""
    agreed: dict[str, HeldLicence]
    """Material code -> the licence that takes its place, as the applicant agreed."""
    delivery: dict[str, str]
    updated_at: datetime
    case_number: str
    """Empty until it is submitted."""

    @property
    def disputed(self) -> list[str]:
        """
        Everything that was filled in and is wrong, as the person says: changed, or only marked.
        """
        return [key for key in self.known if key in self.changed or key in self.dispute.fields]

    @property
    def known(self) -> list[str]:
        """
        Everything that was filled in from the account, in the order of the form.
        """
        wanted = self.offering.fields_for(self.situations)
        return [field.key for field in wanted if field.key in self.sources or field.key in self.changed]


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """
    Whose data fill a form in.
    """

    person: PersonDetails
    """The person himself, the one he acts for, or the agent of the entity."""
    entity: EntityFacts | None = None
    """In whose name the person acts, where it is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """
    Whoever stands at the counter, as his identity card says.
    """

    id_number: str
    name: str
    mobile: str = ""
    """Empty: has none."""
    born_on: date | None = None
    """Needed with a travel permit, whose number does not say it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftRow:
    """
    A draft in a list.
    """

    id: UUID
    offering_code: str
    service_name: str
    service_name_en: str
    resume_code: str
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldView:
    """
    One field of a form as a page draws it.
    """

    name: str
    kind: str
    """text, textarea, date, radio, checkboxes."""
    label: str
    hint: str
    value: str
    values: list[str]
    options: list[tuple[str, str]]
    error: str
    required: bool
    unit: str
    source: str
    disputed: bool
    maxlength: int | str
    inputmode: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldGroup:
    """
    Fields under one heading.
    """

    title: str
    fields: list[FieldView]

    @property
    def has_known(self) -> bool:
        """
        Whether any of them was filled in from what the node knows.
        """
        return any(field.source or field.disputed for field in self.fields)
