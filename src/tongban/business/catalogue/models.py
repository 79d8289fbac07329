"""
Tables of the catalogue.

An offering's row carries what lists filter by, a projection of its current version, rewritten in the same
transaction; the version's row carries everything, once and for ever.
"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When

from tongban.business.catalogue.values import Audience, HandlingKind, LimitUnit, OfferingState

OFFLINE_RANK = 2**31
"""Larger than any popularity: what cannot be applied for online comes after everything that can."""


class CodeList(models.Model):
    """
    代码表: one list of codes (T1-T27, themes, life events), as data.
    """

    code = models.CharField("代码表标识", max_length=40, primary_key=True)
    name = models.CharField("代码表名称", max_length=200)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    source = models.CharField("来源", max_length=300, blank=True)

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CodeItem(models.Model):
    """
    代码: one national code of a list, with the word our code knows it by where it knows it.
    """

    list = models.ForeignKey(CodeList, on_delete=models.CASCADE, related_name="items")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=200)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    identifier = models.CharField("标识", max_length=40, blank=True)
    order = models.IntegerField("排序号", default=0)

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "code"], name="code_item_once")]

    def __str__(self) -> str:
        return f"{self.list_id}:{self.code} {self.name}"


class CodeMapping(models.Model):
    """
    代码对照: how one data source writes a code of ours.
    """

    item = models.ForeignKey(CodeItem, on_delete=models.CASCADE, related_name="mappings")
    data_source = models.CharField("数据来源", max_length=40)
    local_code = models.CharField("来源代码", max_length=40)
    local_name = models.CharField("来源名称", max_length=200, blank=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_source", "item", "local_code"], name="code_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.data_source}:{self.local_code} → {self.item_id}"


class ServiceDefinition(models.Model):
    """
    目录清单事项: what law creates, before any agency provides it.

    Name, type, basis and basic code are the same everywhere (三级四同).
    """

    code = models.CharField("目录编码", max_length=80, unique=True)
    basic_code = models.CharField("基本编码", max_length=12, blank=True)
    local_basic_code = models.CharField("地方基本编码", max_length=50, blank=True)
    name = models.CharField("事项名称", max_length=1000)
    service_type = models.CharField("事项类型", max_length=2)
    use_level = models.CharField("行使层级", max_length=11, blank=True)
    setting_basis = models.JSONField("设定依据", default=list)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    state = models.CharField("事项状态", max_length=10, choices=OfferingState, default=OfferingState.IN_USE)
    version = models.PositiveIntegerField("事项版本", default=1)
    effective_from = models.DateField("计划生效日期", null=True)
    effective_until = models.DateField("计划取消日期", null=True)
    source = models.CharField("来源", max_length=100, blank=True)

    objects = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["basic_code"], name="definition_by_basic_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name[:60]}"


class OfferingQuerySet(models.QuerySet["ServiceOffering"]):
    """
    Filters over offerings.
    """

    def in_use(self) -> Self:
        """
        Keep what people may apply for.
        """
        return self.filter(state=OfferingState.IN_USE)

    def locked(self, code: str) -> "ServiceOffering":
        """
        Return one offering, its row held until the transaction ends.

        :raises ServiceOffering.DoesNotExist: no offering has this code
        """
        return self.select_for_update(no_key=True).get(code=code)


OfferingManager = models.Manager.from_queryset(OfferingQuerySet)


class ServiceOffering(models.Model):
    """
    实施清单事项: a service as one agency provides it. National and local codes stand side by side.
    """

    code = models.CharField("清单编号", max_length=100, unique=True)
    """The publisher's own key; the tail of our addresses."""
    definition = models.ForeignKey(ServiceDefinition, on_delete=models.PROTECT, related_name="offerings")
    implementation_code = models.CharField("实施编码", max_length=36, blank=True)
    local_implementation_code = models.CharField("地方实施编码", max_length=100, blank=True)
    body_code = models.CharField("发布时的机构代码", max_length=50, blank=True)
    codes_are_valid = models.BooleanField("代码有效")
    """False: the published body code is not a well-formed 统一社会信用代码; kept, flagged, never repaired."""
    case_prefix = models.CharField("办件编号前缀", max_length=31)
    source = models.CharField("数据来源", max_length=100)
    state = models.CharField("事项状态", max_length=10, choices=OfferingState)
    feed_state = models.CharField("来源所报状态", max_length=10, choices=OfferingState)
    """What the feed last said; a state changed here stays until the feed says something new."""
    current_version = models.PositiveIntegerField("当前版本")
    popularity = models.PositiveIntegerField("热度", default=0)

    # Projection of the current version: what lists show and filter by.
    name = models.CharField("事项名称", max_length=1000)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    service_type = models.CharField("事项类型", max_length=2)
    agency_code = models.CharField("实施机构代码", max_length=50)
    agency_name = models.CharField("实施机构", max_length=200)
    division_code = models.CharField("行政区划代码", max_length=12)
    for_persons = models.BooleanField("面向自然人")
    for_legal_entities = models.BooleanField("面向法人")
    person_themes = ArrayField(models.CharField(max_length=3), verbose_name="自然人主题", default=list)
    legal_themes = ArrayField(models.CharField(max_length=3), verbose_name="法人主题", default=list)
    life_events = ArrayField(models.CharField(max_length=40), verbose_name="一件事", default=list)
    handling_kind = models.CharField("办件类型", max_length=12, choices=HandlingKind)
    online_grade = models.PositiveSmallIntegerField("网上办理深度（级）", default=0)
    statutory_amount = models.PositiveSmallIntegerField("法定办结时限", null=True)
    statutory_unit = models.CharField("法定时限单位", max_length=12, choices=LimitUnit, blank=True)
    promised_amount = models.PositiveSmallIntegerField("承诺办结时限", null=True)
    promised_unit = models.CharField("承诺时限单位", max_length=12, choices=LimitUnit, blank=True)
    is_charged = models.BooleanField("是否收费", default=False)
    visits = models.PositiveSmallIntegerField("到办事现场次数", null=True)
    can_apply_online = models.BooleanField("可网上申请", default=False)

    browse_rank = models.GeneratedField(
        expression=Case(When(can_apply_online=True, then=Value(0)), default=Value(OFFLINE_RANK))
        - F("popularity"),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name="浏览顺序",
    )
    """What can be applied for online first, then the most used; with `id` the key of every list."""

    objects = OfferingManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="offering_case_prefix_is_31_characters",
                condition=Q(case_prefix__regex=r"^[0-9A-Z]{31}$"),
            ),
            models.CheckConstraint(
                name="offering_limits_have_units",
                condition=(Q(statutory_amount__isnull=True) | ~Q(statutory_unit=""))
                & (Q(promised_amount__isnull=True) | ~Q(promised_unit="")),
            ),
        ]
        indexes = [
            # Every list walks one of these two, from a key on: page 10,000 costs what page 1 costs.
            models.Index(fields=["browse_rank", "id"], name="offering_browse", condition=Q(state="IN_USE")),
            models.Index(
                fields=["agency_code", "browse_rank", "id"],
                name="offering_of_agency",
                condition=Q(state="IN_USE"),
            ),
            GinIndex(fields=["person_themes"], name="offering_person_themes", condition=Q(state="IN_USE")),
            GinIndex(fields=["legal_themes"], name="offering_legal_themes", condition=Q(state="IN_USE")),
            GinIndex(fields=["life_events"], name="offering_life_events", condition=Q(state="IN_USE")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name[:60]}"


class OfferingVersion(models.Model):
    """
    实施清单事项版本: all elements of an offering from one day on.

    A trigger refuses every change but the end of its time.
    """

    offering = models.ForeignKey(ServiceOffering, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField("事项版本")
    elements = models.JSONField("实施清单要素")
    digest = models.CharField("要素摘要（SM3）", max_length=64)
    effective_from = models.DateField("生效日期")
    effective_until = models.DateField("失效日期", null=True)
    published_at = models.DateTimeField("发布时间")
    batch = models.CharField("导入批次", max_length=32, blank=True)

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offering", "version"], name="offering_version_once")]
        indexes = [
            # The search index asks for what one import brought.
            models.Index(fields=["batch"], name="version_by_batch", condition=~Q(batch="")),
        ]

    def __str__(self) -> str:
        return f"{self.offering_id} v{self.version}"


class OfferingBelow(models.Model):
    """
    下级节点事项: an offering of a node below, as that node told of it last.
    """

    node = models.CharField("节点", max_length=12)
    number = models.BigIntegerField("该节点的事项序号")
    node_name = models.CharField("节点名称", max_length=200)
    node_name_en = models.CharField("节点英文名称", max_length=200, blank=True)
    code = models.CharField("清单编号", max_length=100)
    name = models.CharField("事项名称", max_length=1000)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    related = ArrayField(models.CharField(max_length=1000), verbose_name="相关名称", default=list)
    service_type = models.CharField("事项类型", max_length=2, blank=True)
    agency_code = models.CharField("实施机构代码", max_length=50, blank=True)
    agency_name = models.CharField("实施机构", max_length=200, blank=True)
    division_code = models.CharField("行政区划代码", max_length=12)
    summary = models.CharField("简介", max_length=300, blank=True)
    summary_en = models.CharField("英文简介", max_length=300, blank=True)
    for_persons = models.BooleanField("面向自然人", default=False)
    for_legal_entities = models.BooleanField("面向法人", default=False)
    online_grade = models.PositiveSmallIntegerField("网上办理深度（级）", default=0)
    can_apply_online = models.BooleanField("可网上申请", default=False)
    url = models.CharField("办事指南地址", max_length=500)
    is_in_use = models.BooleanField("在用", default=True)
    taken_from = models.CharField("转报节点", max_length=12)
    taken_number = models.BigIntegerField("报送序号")
    taken_at = models.DateTimeField("接收时间")

    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "number"], name="offering_below_once")]
        indexes = [
            # What one batch brought, and what a snapshot did not bring again.
            models.Index(fields=["taken_from", "taken_number"], name="offering_below_taken"),
        ]

    def __str__(self) -> str:
        return f"{self.node}:{self.number} {self.name[:60]}"


def audience_column(audience: Audience) -> str:
    """
    Return the name of the column that says whether an offering is for `audience`.
    """
    return "for_persons" if audience is Audience.PERSON else "for_legal_entities"
