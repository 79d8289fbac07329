"""
What the pages of the site show: frozen values, made by views, read by templates. No rows, no queries, no rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from tongban.foundation.errors import Text
from tongban.resources.movein.values import OldPlace

#: Icon of each theme of services for persons (three digits, national list of 108号), by its code.
PERSON_THEME_ICONS: Mapping[str, str] = MappingProxyType(
    {
        "005": "baby-carriage",
        "010": "id",
        "015": "users-group",
        "020": "school",
        "025": "shield-star",
        "030": "briefcase",
        "035": "building-plus",
        "040": "building-store",
        "045": "lock-dollar",
        "050": "certificate",
        "055": "receipt-2",
        "060": "rings",
        "065": "heart",
        "070": "ruler-2",
        "075": "home",
        "085": "heart-handshake",
        "090": "id-badge-2",
        "095": "car",
        "100": "map-2",
        "105": "plane-departure",
        "110": "shopping-cart",
        "115": "shield-check",
        "120": "scale",
        "125": "bulb",
        "130": "leaf",
        "135": "ball-basketball",
        "140": "bolt",
        "145": "stethoscope",
        "150": "old",
        "155": "flower",
        "998": "map-pin-star",
    }
)

#: The same for legal entities.
LEGAL_THEME_ICONS: Mapping[str, str] = MappingProxyType(
    {
        "005": "building-plus",
        "010": "building-store",
        "015": "certificate-2",
        "020": "calendar-check",
        "025": "coin-yuan",
        "030": "users",
        "035": "heart-handshake",
        "040": "chart-line",
        "045": "pig-money",
        "050": "lock",
        "055": "arrows-exchange",
        "060": "gavel",
        "065": "ship",
        "070": "world",
        "075": "plant-2",
        "085": "ruler-2",
        "090": "truck",
        "095": "leaf",
        "100": "cloud",
        "105": "droplet",
        "110": "stethoscope",
        "115": "flask",
        "120": "books",
        "125": "bulb",
        "130": "users-group",
        "135": "ruler-measure",
        "140": "microscope",
        "145": "helmet",
        "150": "flame",
        "155": "scale",
        "160": "bolt",
        "165": "building-off",
        "170": "archive",
        "998": "map-pin-star",
    }
)

THEME_ICON = "category"
EVENT_ICON = "puzzle"


@dataclass(frozen=True, kw_only=True, slots=True)
class ThemeTile:
    """
    A theme to browse by.
    """

    code: str
    name: str
    count: int
    icon: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EventTile:
    """
    A life event (一件事) to begin from.
    """

    code: str
    name: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyTile:
    """
    An agency with how much it offers.
    """

    code: str
    name: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyGroup:
    """
    The agencies of one division.
    """

    name: str
    agencies: tuple[AgencyTile, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionTile:
    """
    A division of the node with how much can be done there.
    """

    code: str
    name: str
    agencies: int
    items: int
    is_node: bool


@dataclass(frozen=True, slots=True)
class Part:
    """
    A stretch of a name; hits are marked.
    """

    text: str
    is_hit: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemLine:
    """
    An item as lists and search results show it. Texts are in the reader's language; "" says nothing.
    """

    code: str
    parts: tuple[Part, ...]
    agency_name: str
    type_name: str = ""
    limit: str = ""
    fee: str = ""
    visits: str = ""
    can_apply: bool = False
    is_on_the_spot: bool = False
    url: str = ""
    """Of the guide, where another node handles the item."""
    handled_by: str = ""
    """Name of that node."""

    @property
    def name(self) -> str:
        """
        Return the whole name.
        """
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemPage:
    """
    Some items and the address of those that follow, "" on the last page.
    """

    items: tuple[ItemLine, ...]
    next_url: str
    first_url: str
    """Address of the first page, "" on it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MyCase:
    """
    One of the reader's own cases.
    """

    number: str
    name: str
    status: str
    due: date | None
    """Last day of the next step, or of the whole."""
    light: str
    """State of the due light."""
    needs_correction: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """
    A published number, computed when the page was made.
    """

    name: str
    value: int
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Today:
    """
    What today is for the legal clock.
    """

    day: date
    weekday: str
    kind: str
    """工作日, 休息日, the name of a holiday."""
    counts_from: date
    """First day that counts for something handed in today and accepted at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """
    One answer to a question.
    """

    value: str
    label: str
    help: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SituationQuestion:
    """
    情形: a question of the guide with its answers.
    """

    name: str
    """Name of the form field."""
    question: str
    is_multiple: bool
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialLine:
    """
    One material of the list.
    """

    name: str
    notes: tuple[str, ...]
    form: str
    """In which form and how many."""
    source: str
    tag: str
    """免提交, 容缺后补, 非必要 or "" for what must be handed in."""
    tag_kind: str
    is_spared: bool
    basis: str
    blank_form: str
    sample: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowStep:
    """
    A step of the drawn procedure.
    """

    name: str
    note: str
    is_yours: bool
    is_off_clock: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """
    One provision.
    """

    title: str
    """《Law》 and article."""
    text: str
    note: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BasisList:
    """
    One of the three separate lists of provisions.
    """

    name: str
    entries: tuple[Basis, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceCard:
    """
    Where to go.
    """

    name: str
    address: str
    counter: str
    hours: str
    phone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FeeLine:
    """
    One fee.
    """

    name: str
    price: str
    standard: str
    basis: str
    reduction: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultLine:
    """
    What comes out.
    """

    name: str
    kind: str
    validity: str
    sample: str


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionLine:
    """
    常见问题.
    """

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SkippedDays:
    """
    Days on the way to a deadline that do not count.
    """

    name: str
    first: date | None
    """None for weekends, which need no dates."""
    last: date | None
    """None where it is a single day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """
    今天申请，最迟哪天有结果: the promise counted on the calendar.
    """

    due: date
    accepted: date
    """Day of acceptance that was assumed: today, or the next working day."""
    counts_from: date
    limit: str
    is_on_the_spot: bool
    """即办件: nothing to count."""
    is_promised: bool
    """False: no promise is published, the statutory limit was counted."""
    skipped: tuple[SkippedDays, ...]
    is_provisional: bool
    """True: a year's holidays are not announced yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GuidePage:
    """
    办事指南 as its page shows it.
    """

    code: str
    name: str
    type_name: str
    agency_code: str
    agency_name: str
    shown_code: str
    version: int
    effective_from: date
    summary: str
    promised: str
    statutory: str
    visits: str
    visits_note: str
    fee: str
    can_apply: bool
    old_place: OldPlace | None
    """Where it is applied for as long as it is not cut over to this node."""
    assurance: str
    missing_level: str
    """The real-name level that whoever reads is logged in without, in words; "" if nothing is missing."""
    handling: str
    forms: str
    reach: str
    applicants: str
    situations: tuple[SituationQuestion, ...]
    chosen: str
    """The answers chosen, in words; "" if none."""
    chosen_query: str
    """The same as a query string, for links that keep the choice."""
    materials: tuple[MaterialLine, ...]
    to_prepare: int
    flow: tuple[FlowStep, ...]
    criteria: tuple[str, ...]
    refusal_criteria: tuple[str, ...]
    bases: tuple[BasisList, ...]
    places: tuple[PlaceCard, ...]
    hours: str
    phone: str
    complaint_phone: str
    questions: tuple[QuestionLine, ...]
    fees: tuple[FeeLine, ...]
    fee_basis: str
    results: tuple[ResultLine, ...]
    special_procedures: tuple[FlowStep, ...]
    remedies: str
    source: str
    source_url: str
    person_theme: str
    legal_theme: str
    promise: Promise | None

    @property
    def has_basis(self) -> bool:
        """
        Whether any provision is published.
        """
        return any(basis.entries for basis in self.bases)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterOption:
    """
    One way to narrow what was found.
    """

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberHint:
    """
    The query looks like a number of something else; where to go with it.
    """

    text: str
    link_text: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPage:
    """
    检索结果 as the page shows them.
    """

    query: str
    """As it was typed."""
    corrected: str
    """The query that was answered instead, "" where it is the one typed."""
    items: tuple[ItemLine, ...]
    total: int
    is_more: bool
    """True: there are more than are shown."""
    hint: NumberHint | None
    audiences: tuple[FilterOption, ...]
    agencies: tuple[FilterOption, ...]
    depths: tuple[FilterOption, ...]
    is_filtered: bool


class Light(StrEnum):
    """
    How an answer about a signature is marked; the word stands beside the colour.
    """

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    NOTE = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignatureAnswer:
    """
    One thing that was asked of a signature.
    """

    question: str
    sentence: str
    light: Light


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedSignature:
    """
    One signature of a file somebody holds.
    """

    number: int
    """From 1, in the order of the file; the name of its place in the page."""
    id: str
    seal_name: str
    signer_word: str
    """What the name of the certificate is called: of the signer, of the maker of a seal, of an issuer."""
    signer: str
    time_word: str
    signed_at: datetime | None
    changed_by: int | None
    """Number of the later signature that changed what this one covers."""
    answers: tuple[SignatureAnswer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedPage:
    """
    One page of the file, as a picture.
    """

    number: int
    picture: str
    """A data address, for an <img>."""
    text: str
    is_partial: bool
    """Something on it could not be shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedFile:
    """
    What is said of a file that somebody holds.
    """

    name: str
    kind_name: str
    title: str
    light: Light
    advice: tuple[str, ...]
    remarks: tuple[str, ...]
    signatures: tuple[CheckedSignature, ...]
    uncovered: tuple[str, ...]
    """The first of the parts that no signature covers."""
    uncovered_in_all: int
    picture: str = ""
    """Data address of the picture of a seal that was handed in by itself."""
    pages: tuple[CheckedPage, ...] = ()
    pages_note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDataLine:
    """
    A dataset in the list of open data.
    """

    url: str
    title: str
    provider: str
    summary: str
    openness: Text
    is_conditional: bool
    cycle: Text
    published_on: str
    """ISO 8601; empty: not known."""
