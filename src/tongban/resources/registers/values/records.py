"""
Records, and how they come in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.resources.registers.values.definitions import RegisterCode


class RecordState(models.TextChoices):
    """
    记录状态.
    """

    CONFIRMED = "CONFIRMED", _("数源已确认")
    UNCONFIRMED = "UNCONFIRMED", _("数源未确认")
    """Others have told of it, but not yet whoever is responsible for its key."""
    ENDED = "ENDED", _("已注销")


class BatchWay(models.TextChoices):
    """
    How data came in.
    """

    FILE = "FILE", _("文件装入")
    EXCHANGE = "EXCHANGE", _("节点交换")
    CORRECTION = "CORRECTION", _("疑义校核更正")
    DECISION = "DECISION", _("人工匹配")


class BatchState(models.TextChoices):
    """
    批次状态.
    """

    RUNNING = "RUNNING", _("装入中")
    DONE = "DONE", _("已完成")


class RowProblem(models.TextChoices):
    """
    Why a row was not taken; a stable code.
    """

    UNREADABLE = "UNREADABLE", _("无法读取")
    KEY_MISSING = "KEY_MISSING", _("没有主键，也匹配不到已有记录")
    KEY_WRONG = "KEY_WRONG", _("主键有误，也匹配不到已有记录")
    FIELD_MISSING = "FIELD_MISSING", _("缺少必填信息项")
    FIELD_WRONG = "FIELD_WRONG", _("信息项的值不合要求")
    FIELD_TOO_LONG = "FIELD_TOO_LONG", _("信息项过长")
    NOTHING_SAID = "NOTHING_SAID", _("没有任何内容")


class MatchReason(models.TextChoices):
    """
    Why a row waits for a person.
    """

    KEY_WRONG = "KEY_WRONG", _("主键有误，其他信息与已有记录相同")
    KEY_MISSING = "KEY_MISSING", _("没有主键，其他信息与已有记录相同")
    IDENTITY_DIFFERS = "IDENTITY_DIFFERS", _("主键相同，名称不同")
    CODE_CONTRADICTS = "CODE_CONTRADICTS", _("出生日期与公民身份号码不符")


class MatchState(models.TextChoices):
    """
    What became of a row that waited.
    """

    OPEN = "OPEN", _("待处理")
    MERGED = "MERGED", _("并入已有记录")
    CREATED = "CREATED", _("新建记录")
    DISCARDED = "DISCARDED", _("不采用")


class DecisionKind(models.TextChoices):
    """
    What a person may decide about such a row.
    """

    MERGE = "MERGE", _("并入所选记录")
    CREATE = "CREATE", _("新建记录")
    DISCARD = "DISCARD", _("不采用")


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """
    What somebody says a record's fields are.
    """

    line: int
    fields: Mapping[str, str]
    """As it came; cleaned by the register's rules before anything else."""
    node_code: str = ""
    """Node it came from; empty: told here."""
    number: int = 0
    """Of the entry it came by."""
    confirmed: frozenset[str] = frozenset()
    """Fields for which the sending node's source is the authoritative one."""
    agencies: Mapping[str, str] = field(default_factory=dict)
    """Field -> agency that said so, where it is not the batch's."""
    times: Mapping[str, str] = field(default_factory=dict)
    """Field -> moment at which it was said, where it is not now; UTC, RFC 3339."""
    ends: bool = False
    """The record is over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """
    What a load did, in rows.
    """

    batch_id: int
    register: RegisterCode
    agency_code: str
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    disputed: int
    differences: int
    """Fields that others than the source tell otherwise."""
    is_new: bool = True
    """Whether this call loaded it; False: the same file was loaded before."""
