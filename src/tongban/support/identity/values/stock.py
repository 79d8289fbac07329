"""
存量用户: accounts of other systems, taken in and brought together with those of this node.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class StockState(models.TextChoices):
    """
    存量账号状态: what became of an account of another system.
    """

    OPENED = "OPENED", _("已开通")
    """Nobody was known by this number: the person has an account here now."""
    PENDING = "PENDING", _("待本人确认")
    """The person has an account here; at the next log-in he says whether both are his."""
    MERGED = "MERGED", _("已合并")
    DECLINED = "DECLINED", _("本人不合并")
    DISPUTED = "DISPUTED", _("待核实")
    """What the two systems say about a number or mobile cannot both be right: somebody must look."""
    REFUSED = "REFUSED", _("未采用")


class StockRepair(models.TextChoices):
    """
    清洗: what was put right in a row, without guessing.
    """

    NAME_TRIMMED = "NAME_TRIMMED", _("整理了姓名中的空格和符号")
    NUMBER_TRIMMED = "NUMBER_TRIMMED", _("整理了证件号码中的空格和大小写")
    NUMBER_FROM_15_DIGITS = "NUMBER_FROM_15_DIGITS", _("15 位身份证号码升为 18 位")
    MOBILE_TRIMMED = "MOBILE_TRIMMED", _("整理了手机号码")
    MOBILE_DROPPED = "MOBILE_DROPPED", _("手机号码无效，没有采用")
    MOBILE_OF_ACCOUNT_KEPT = "MOBILE_OF_ACCOUNT_KEPT", _("手机号码与现有账号不同，保留现有账号的")
    PASSWORD_DROPPED = "PASSWORD_DROPPED", _("密码格式不能沿用，登录前须重置")
    LEVEL_CAPPED = "LEVEL_CAPPED", _("实名等级按存量账号的上限采用")
    DUPLICATE_IN_SOURCE = "DUPLICATE_IN_SOURCE", _("原系统中同一人的重复账号")


class StockProblem(models.TextChoices):
    """
    Why a row was not taken over, or not yet.
    """

    KEY_MISSING = "KEY_MISSING", _("缺少原系统账号编号")
    NAME_MISSING = "NAME_MISSING", _("缺少姓名，或不是姓名")
    NUMBER_WRONG = "NUMBER_WRONG", _("证件号码有误")
    BIRTH_WRONG = "BIRTH_WRONG", _("通行证缺少出生日期，或不是日期")
    GUARDIAN_NEEDED = "GUARDIAN_NEEDED", _("未满 14 周岁，须由监护人办理")
    NAME_DIFFERS = "NAME_DIFFERS", _("同一证件号码，姓名不同")
    MOBILE_OF_ANOTHER = "MOBILE_OF_ANOTHER", _("手机号码属于另一人的账号")
    BY_OPERATOR = "BY_OPERATOR", _("经核实不采用")


class StockOutcome(StrEnum):
    """
    What an import did with a row.
    """

    NEW = "NEW"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, kw_only=True, slots=True)
class StockRow:
    """
    One account as the other system has it. Nothing in it is believed.
    """

    line: int
    key: str
    """Id of the account in the other system."""
    id_number: str
    name: str
    born_on: str = ""
    """YYYY-MM-DD; needed with a travel permit, whose number does not say it."""
    mobile: str = ""
    level: str = ""
    """In the scheme of the other system."""
    password: str = ""
    """Encoded, scrypt or PBKDF2 in Django's form; anything else is not taken over."""

    def __repr__(self) -> str:
        return f"StockRow(line={self.line}, …)"


@dataclass(frozen=True, kw_only=True, slots=True)
class StockResult:
    """
    What became of one row; no personal data.
    """

    line: int
    outcome: StockOutcome
    state: StockState
    problem: str = ""
    repairs: tuple[str, ...] = ()


@dataclass(kw_only=True, slots=True)
class StockReport:
    """
    What became of a file.
    """

    source: str
    rows: int = 0
    new: int = 0
    unchanged: int = 0
    states: dict[str, int] = field(default_factory=dict)
    """Of the new ones."""
    repairs: dict[str, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    is_dry_run: bool = False

    def count(self, result: StockResult) -> None:
        """
        Add a row.
        """
        self.rows += 1
        if result.outcome is StockOutcome.UNCHANGED:
            self.unchanged += 1
            return
        self.new += 1
        self.states[result.state.value] = self.states.get(result.state.value, 0) + 1
        for repair in result.repairs:
            self.repairs[repair] = self.repairs.get(repair, 0) + 1
        if result.problem:
            self.problems[result.problem] = self.problems.get(result.problem, 0) + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class StockFacts:
    """
    An account of another system, as its owner or an operator sees it; personal data masked.
    """

    id: UUID
    source: str
    state: StockState
    problem: str
    problem_label: str
    name_masked: str
    id_number_masked: str
    mobile_masked: str
    level: int
    imported_at: datetime
    known_name_masked: str = ""
    """Of the person here with whom it collides."""
    known_mobile_masked: str = ""
