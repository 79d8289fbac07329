"""
Shapes of the API of the resource catalogue.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.resources.datasets.values import (
    CatalogueLevel,
    Cycle,
    DatasetAct,
    DatasetClass,
    DatasetState,
    DatasetVersionState,
    FieldType,
    Format,
    Mode,
    Openness,
    Sharing,
    UserKind,
)

LARGEST_NUMBER = 2**31 - 1
MOST_FIELDS = 300
MOST_RELATED = 50
Short = Annotated[str, StringConstraints(max_length=100)]
Title = Annotated[str, StringConstraints(max_length=200)]
TitleEn = Annotated[str, StringConstraints(max_length=300)]
Words = Annotated[str, StringConstraints(max_length=1000)]
VersionNumber = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class DatasetQuery(Schema):
    """
    Which datasets; every part narrows the list.
    """

    q: Short = Field(
        "", description="Part of a title, summary or provider's name, or the beginning of a code"
    )
    dataset_class: DatasetClass | None = Field(None, alias="class", description="类")
    sharing: Sharing | None = Field(None, description="共享类型")
    state: DatasetState | None = None
    open_state: DatasetVersionState | None = Field(
        None, description="Where the next version stands; for who compiles or reviews it"
    )
    provider: Short = Field("", description="提供方代码")
    own: bool | None = Field(None, description="true: of this node's catalogue; false: of other nodes'")
    cursor: str | None = None
    limit: int = Field(30, ge=1, le=100)


class DatasetHealthOut(Schema):
    """
    数据状况.
    """

    loaded_at: datetime | None
    is_fresh: bool | None = Field(description="null: its cycle names no term, or it was never loaded")
    rows: int
    filled: float | None = Field(description="必填项完整率, 0 to 1; null: nothing was measured")
    errors: int


class DatasetOut(Schema):
    """
    信息资源, as a list shows it.
    """

    id: UUID
    code: str = Field(description="信息资源代码")
    node: str = Field(description="登记节点, 12 digits")
    is_own: bool
    title: str
    title_en: str
    class_code: DatasetClass
    provider_code: str
    provider_name: str
    sharing: Sharing
    openness: Openness
    cycle: Cycle
    state: DatasetState
    open_state: DatasetVersionState | None
    version: int = Field(description="The version in force; 0: none was ever published")
    changed_at: datetime
    health: DatasetHealthOut


class DatasetPage(Schema):
    """
    A page of datasets, by node and code.
    """

    items: list[DatasetOut]
    next_cursor: str | None


class DatasetFieldOut(Schema):
    """
    信息项.
    """

    name: str
    title: str
    title_en: str
    type: FieldType
    length: int
    is_required: bool
    is_key: bool
    is_personal: bool


class DatasetDefinitionOut(Schema):
    """
    核心元数据.
    """

    title: str
    title_en: str
    summary: str
    class_code: DatasetClass
    group_code: str
    subgroup_code: str
    detail_code: str
    provider_code: str
    provider_name: str
    division_code: str
    format: Format
    fields: list[DatasetFieldOut]
    sharing: Sharing
    sharing_condition: str
    sharing_basis: str
    modes: list[Mode]
    openness: Openness
    opening_condition: str
    cycle: Cycle
    related: list[str]
    level: CatalogueLevel
    is_confidential: bool


class DatasetVersionLine(Schema):
    """
    A line of a dataset's versions.
    """

    id: UUID
    version: int | None = Field(description="null until it is published")
    state: DatasetVersionState
    created_at: datetime
    published_at: datetime | None
    ended_at: datetime | None


class DatasetUserOut(Schema):
    """
    使用方.
    """

    kind: UserKind
    code: str
    name: str
    first_at: datetime = Field(description="When it was opened to it first")
    last_on: date | None = Field(description="Day in China of its last call")
    ended_at: datetime | None = Field(description="When its right ended; null: it may use it now")


class DatasetLogLine(Schema):
    """
    One thing that was done.
    """

    act: DatasetAct
    at: datetime
    comment: str


class DatasetDetailOut(Schema):
    """
    A dataset with its metadata, schema and versions; users and log are for its provider and for reviewers.
    """

    summary: DatasetOut
    definition: DatasetDefinitionOut
    row_schema: dict[str, Any] = Field(alias="schema", description="JSON Schema (2020-12) of one row")
    versions: list[DatasetVersionLine]
    users: list[DatasetUserOut]
    log: list[DatasetLogLine]
    open_version: UUID | None = Field(description="The version that is being compiled, to who may see it")
    may_compile: bool
    may_withdraw: bool


class DatasetDifferenceOut(Schema):
    """
    One part in which two versions differ.
    """

    part: str = Field(description="Of the definition; fields one by one, as fields.<name>")
    before: Any
    after: Any


class DatasetVersionOut(Schema):
    """
    A version, and in what it differs from the one before.
    """

    summary: DatasetVersionLine
    dataset_id: UUID
    code: str
    definition: DatasetDefinitionOut
    revision: int = Field(description="Named when the draft is changed")
    compared_with: int | None
    changes: list[DatasetDifferenceOut]
    acts: list[DatasetAct] = Field(description="What the caller may do with it now")


class DatasetReceiptOut(Schema):
    """
    Where a version stands after a step.
    """

    id: UUID = Field(description="Of the version")
    dataset_id: UUID
    code: str
    state: DatasetVersionState
    version: int | None
    revision: int


class DatasetFieldIn(Schema):
    """
    信息项.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(max_length=63)]
    title: Title
    title_en: TitleEn = ""
    type: FieldType = FieldType.TEXT
    length: int = Field(0, ge=0, le=4000, description="Characters, of texts; 0 for other types")
    is_required: bool = False
    is_key: bool = False
    is_personal: bool = False


class DatasetDefinitionIn(Schema):
    """
    核心元数据. Provider and division are those of the caller; a draft may be incomplete.
    """

    model_config = ConfigDict(extra="forbid")

    title: Title
    title_en: TitleEn = ""
    summary: Annotated[str, StringConstraints(max_length=2000)] = ""
    class_code: DatasetClass = DatasetClass.DEPARTMENT
    group_code: Annotated[str, StringConstraints(max_length=2)] = Field("", description="项, two digits")
    subgroup_code: Annotated[str, StringConstraints(max_length=3)] = Field("", description="目, three digits")
    detail_code: Annotated[str, StringConstraints(max_length=20)] = Field("", description="细目, digits")
    provider_name: Title = Field("", description="信息资源提供方")
    format: Format = Format.DATABASE
    fields: list[DatasetFieldIn] = Field([], max_length=MOST_FIELDS)
    sharing: Sharing = Sharing.UNCONDITIONAL
    sharing_condition: Words = ""
    sharing_basis: Words = Field("", description="Law, regulation or policy by which it is not shared")
    modes: list[Mode] = Field([Mode.INTERFACE], max_length=len(Mode))
    openness: Openness = Openness.NONE
    opening_condition: Words = ""
    cycle: Cycle = Cycle.IRREGULAR
    related: list[Annotated[str, StringConstraints(max_length=48)]] = Field([], max_length=MOST_RELATED)
    level: CatalogueLevel = CatalogueLevel.DEPARTMENT
    is_confidential: bool = False


class DatasetDraftIn(Schema):
    """
    A draft as it shall be.
    """

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(ge=0, le=LARGEST_NUMBER, description="Of the draft that was in hand")
    definition: DatasetDefinitionIn


class DatasetWordsIn(Schema):
    """
    Why.
    """

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class DatasetCommentIn(Schema):
    """
    An opinion, if there is one.
    """

    model_config = ConfigDict(extra="forbid")

    comment: Words = ""
