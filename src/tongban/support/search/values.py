"""
Words and typed values of search, shared with other apps.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_QUERY_CHARACTERS = 100
"""Longer queries are cut; nobody types more, and pasted letters are not questions."""
MAX_RESULTS = 50
TOTAL_CAP = 1000
"""Counting stops here; nobody reads further, and a count of half a million rows costs more than the search."""


class SearchKind(models.TextChoices):
    """
    检索对象类别.
    """

    ITEM = "ITEM", _("事项")
    BELOW = "BELOW", _("下级节点事项")
    """Handled by a node below; its guide stands there."""


class LexiconKind(models.TextChoices):
    """
    词条类别: what an everyday phrase does to a query.
    """

    TERM = "TERM", _("说法")
    """Stands for official terms: 吃低保 means 最低生活保障."""
    ACTION = "ACTION", _("动作")
    """Prefers names with one of the words: 丢了 prefers 补领, 挂失."""
    FILLER = "FILLER", _("虚词")
    """Means nothing here: 请问, 怎么办."""


class LexiconSource(models.TextChoices):
    """
    词条来源.
    """

    SEED = "SEED", _("随系统提供")
    STAFF = "STAFF", _("人工维护")


class HintKind(StrEnum):
    """
    What a query that looks like a number is the number of.
    """

    ITEM_CODE = "ITEM_CODE"
    CASE_NUMBER = "CASE_NUMBER"
    QUERY_CODE = "QUERY_CODE"
    LICENCE_IDENTIFIER = "LICENCE_IDENTIFIER"


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchDocument:
    """
    One thing that can be found, as its owner describes it. `(kind, ref_code)` is its key.
    """

    ref_code: str
    """Code by which the owner's pages are addressed."""
    name: str
    kind: SearchKind = SearchKind.ITEM
    codes: tuple[str, ...] = ()
    """Every other code people may type: national, local, basic."""
    name_en: str = ""
    related: tuple[str, ...] = ()
    """Other names that mean this: name of the main item, short names; they count nearly like the name."""
    agency_name: str = ""
    agency_code: str = ""
    division_code: str = ""
    """6 or 12 digits, GB/T 2260."""
    audiences: tuple[str, ...] = ()
    """服务对象 codes, as the owner writes them."""
    themes: tuple[str, ...] = ()
    online_depth: int = 0
    """网上办理深度 as a number that grows with depth."""
    popularity: int = 0
    """How often people ask for it in some period; any non-negative number that grows with demand."""
    body: str = ""
    """Text of the guide; found last."""
    is_active: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchFilters:
    """
    What results are limited to; None does not limit.
    """

    audience: str | None = None
    agency_code: str | None = None
    division_code: str | None = None
    """The division and everything below it."""
    theme: str | None = None
    min_online_depth: int | None = None


NO_FILTERS = SearchFilters()


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """
    A stretch of a name, and whether it is what was asked for. Pages mark it up; nothing here is HTML.
    """

    text: str
    is_hit: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchHit:
    """
    One result.
    """

    kind: SearchKind
    ref_code: str
    name: str
    name_en: str
    agency_name: str
    agency_code: str
    division_code: str
    audiences: tuple[str, ...]
    themes: tuple[str, ...]
    online_depth: int
    popularity: int
    segments: tuple[Segment, ...]
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeHint:
    """
    The query is a number: the page may go straight to what it names.
    """

    kind: HintKind
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResults:
    """
    The answer to one query, best first.
    """

    query: str
    """As it was understood: NFKC, simplified, lower case."""
    hits: tuple[SearchHit, ...]
    total: int
    is_total_capped: bool
    """True where there are more than `total`."""
    corrected_query: str | None = None
    """您要找的是不是: the query that was answered instead of the one typed, or None."""
    hint: CodeHint | None = None
    intents: tuple[str, ...] = ()
    """Life events and needs the words stand for, as the lexicon names them: open_hotel, birth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """
    A whole query offered while somebody types.
    """

    text: str
    is_name: bool
    """True for the name of an item, False for an everyday phrase."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexReceipt:
    """
    What a round of indexing did.
    """

    received: int
    written: int
    """Documents that were new or differed from what was indexed."""
    removed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """
    Official words an everyday phrase stands for; all of them must be in a name.
    """

    words: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LexiconRow:
    """
    词条: one everyday phrase. A phrase of several parts matches where every part occurs, in any order.
    """

    kind: LexiconKind
    phrase: str
    targets: tuple[Target, ...] = field(default=())
    intent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LexiconReceipt:
    """
    What a change of the lexicon did.
    """

    phrase: str
    is_enabled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class UnansweredSearch:
    """
    A query that found nothing, and how often.
    """

    query: str
    count: int
    last_at: datetime
