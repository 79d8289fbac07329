"""
Shapes of the search API.
"""

from typing import Annotated

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.support.search.values import (
    MAX_QUERY_CHARACTERS,
    MAX_RESULTS,
    HintKind,
    LexiconKind,
    SearchKind,
)

Question = Annotated[str, StringConstraints(max_length=1000)]
Short = Annotated[str, StringConstraints(max_length=100)]


class SegmentOut(Schema):
    """
    A stretch of a name, and whether it is what was asked for.
    """

    text: str
    is_hit: bool


class HitOut(Schema):
    """
    One result.
    """

    kind: SearchKind
    ref_code: str = Field(
        description="清单编号, for GET /offerings/{code}; of kind BELOW: node and number there"
    )
    name: str
    name_en: str
    agency_name: str
    agency_code: str
    division_code: str
    audiences: list[str]
    themes: list[str]
    online_depth: int
    popularity: int
    segments: list[SegmentOut]
    score: float


class HintOut(Schema):
    """
    The query is a number: what it is the number of.
    """

    kind: HintKind
    value: str


class SearchOut(Schema):
    """
    The answer to one query, best first.
    """

    query: str = Field(description="As it was understood: simplified, lower case")
    hits: list[HitOut]
    total: int
    is_total_capped: bool = Field(description="There are more than `total`")
    corrected_query: str | None = Field(description="您要找的是不是: answered instead of the one typed")
    hint: HintOut | None
    intents: list[str]


class SuggestionOut(Schema):
    """
    A whole query offered while somebody types.
    """

    text: str
    is_name: bool = Field(description="Name of an item; otherwise an everyday phrase")


class SuggestionList(Schema):
    """
    Suggestions.
    """

    items: list[SuggestionOut]


class SearchQuery(Schema):
    """
    What is looked for.
    """

    q: Question = Field(
        description=f"Everyday words, pinyin, initials or a number; cut at {MAX_QUERY_CHARACTERS} characters"
    )
    audience: Annotated[str, StringConstraints(pattern=r"^(PERSON|LEGAL)$")] | None = None
    agency: Short | None = None
    theme: Short | None = None
    online_grade: int | None = Field(None, ge=1, le=4, description="网上办理深度, at least")
    limit: int = Field(MAX_RESULTS, ge=1, le=MAX_RESULTS)


class SuggestionQuery(Schema):
    """
    What was typed so far.
    """

    q: Question
    limit: int = Field(10, ge=1, le=10)


class LexiconPhraseRef(Schema):
    """
    词条.
    """

    model_config = ConfigDict(extra="forbid")

    kind: LexiconKind
    phrase: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(
        description="Everyday words; parts divided by blanks match in any order"
    )


class LexiconPhraseIn(LexiconPhraseRef):
    """
    词条 and what it stands for.
    """

    targets: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(
        [],
        max_length=20,
        description='Official words divided by blanks, all of them in a name; "*0.7" behind gives a weight',
    )
    intent: Annotated[str, StringConstraints(max_length=40)] = ""


class LexiconReceiptOut(Schema):
    """
    词条回执.
    """

    phrase: str = Field(description="As it is kept: normalized")
    is_enabled: bool
