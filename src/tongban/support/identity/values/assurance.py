"""
How surely somebody is known: means of proof, schemes of levels, acts of high risk; all of them data.

Source: 国办函〔2016〕108号 五 统一身份认证; GB/T 22239-2019 8.1.4.1 身份鉴别. The data: `identity/data/assurance.toml`.
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

CHINESE: Final = "zh"


class Authority(models.TextChoices):
    """
    核验机构: who outside can say whether facts about somebody are right.
    """

    POPULATION = "POPULATION", _("公安人口库")
    ENTRY_EXIT = "ENTRY_EXIT", _("出入境证件库")
    MOBILE_OPERATOR = "MOBILE_OPERATOR", _("电信运营商")
    SOCIAL_SECURITY = "SOCIAL_SECURITY", _("社会保险机构")
    BANK = "BANK", _("银行")
    PROVIDENT_FUND = "PROVIDENT_FUND", _("住房公积金中心")
    DRIVING_LICENCE = "DRIVING_LICENCE", _("公安交管部门")
    FACE = "FACE", _("实人核验")
    CERTIFICATE = "CERTIFICATE", _("电子认证服务机构")
    LEGAL_ENTITY = "LEGAL_ENTITY", _("法人库")


class Answer(models.TextChoices):
    """
    核验结果: what an authority says. Never more than this: no record is fetched.
    """

    YES = "YES", _("一致")
    NO = "NO", _("不一致")
    UNAVAILABLE = "UNAVAILABLE", _("暂时无法核验")


class HighRiskAct(models.TextChoices):
    """
    高风险操作: what asks for a fresh check (二次认证) though the level is enough.
    """

    CHANGE_MOBILE = "CHANGE_MOBILE", _("修改手机号码")
    EXPORT_DATA = "EXPORT_DATA", _("导出本人信息")
    DELETE_ACCOUNT = "DELETE_ACCOUNT", _("注销账号")
    GRANT_MANDATE = "GRANT_MANDATE", _("授权他人代办")
    LINK_ACCOUNT = "LINK_ACCOUNT", _("关联外部账号")
    APPLY = "APPLY", _("申请高风险事项")
    USE_SEAL = "USE_SEAL", _("使用印章")
    OTHER = "OTHER", _("高风险操作")


class MeansCode(StrEnum):
    """
    证明方式 that the code itself names; the data may hold more, and says what each gives.
    """

    MOBILE_CODE = "MOBILE_CODE"
    POPULATION_REGISTER = "POPULATION_REGISTER"
    MOBILE_OPERATOR = "MOBILE_OPERATOR"
    SOCIAL_SECURITY_CARD = "SOCIAL_SECURITY_CARD"
    BANK_CARD = "BANK_CARD"
    PROVIDENT_FUND = "PROVIDENT_FUND"
    DRIVING_LICENCE = "DRIVING_LICENCE"
    COUNTER_RECORD = "COUNTER_RECORD"
    STOCK_ACCOUNT = "STOCK_ACCOUNT"
    EXTERNAL_ACCOUNT = "EXTERNAL_ACCOUNT"
    OTHER_NODE = "OTHER_NODE"
    FACE = "FACE"
    COUNTER = "COUNTER"
    CERTIFICATE = "CERTIFICATE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """
    证明方式: a way to prove who one is.
    """

    code: str
    title: str
    title_en: str
    hint: str
    hint_en: str
    level: int
    """实名等级 it gives, 1 to 4."""
    lasts_days: int
    """How long the proof holds; 0: for good."""
    counts: bool = False
    """One of the contents of a registration, of which two are needed beside the identity card."""
    fresh: bool = False
    """Whoever does it now is there now: it is a fresh check (二次认证)."""
    authority: Authority | None = None
    """Who is asked; None: nobody outside."""
    field: str = ""
    """Name of the fact the person gives; empty: number and name say it all."""
    pattern: str = ""
    """Regular expression for the whole of that fact."""
    offered: bool = True
    """A person can do it by himself, on the page."""

    @property
    def name(self) -> str:
        """
        Return the title in the language of the request.
        """
        return self.title if _is_chinese() else self.title_en

    @property
    def explanation(self) -> str:
        """
        Return the hint in the language of the request.
        """
        return self.hint if _is_chinese() else self.hint_en


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemeStep:
    """
    One level of somebody else's scheme, in ours.
    """

    code: str
    title: str
    level: int
    fresh: bool = False
    """A fresh check belongs to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """
    等级对照: somebody else's levels, lowest first.
    """

    code: str
    title: str
    title_en: str
    source: str
    steps: tuple[SchemeStep, ...]

    def reached(self, *, level: int, is_fresh: bool = False) -> SchemeStep:
        """
        Return the highest step that somebody of our `level` has reached.

        :param is_fresh: he was checked a moment ago, at that level
        """
        return next(
            step for step in reversed(self.steps) if step.level <= level and (is_fresh or not step.fresh)
        )

    def step(self, code: str) -> SchemeStep | None:
        """
        Return the step that goes by this code, None where the scheme has none.
        """
        return next((step for step in self.steps if step.code == code), None)


@cache
def means() -> MappingProxyType[str, Means]:
    """
    Return every means of proof by its code.
    """
    rows = [
        Means(
            **{
                **row,
                "authority": Authority(row["authority"]) if row.get("authority") else None,
            }
        )
        for row in _data()["means"]
    ]
    return MappingProxyType({row.code: row for row in rows})


@cache
def schemes() -> MappingProxyType[str, Scheme]:
    """
    Return the schemes of levels that ours is compared with, by code.
    """
    return MappingProxyType(
        {
            row["code"]: Scheme(**{**row, "steps": tuple(SchemeStep(**step) for step in row["steps"])})
            for row in _data()["schemes"]
        }
    )


@cache
def fresh_levels() -> MappingProxyType[HighRiskAct, int]:
    """
    Return the level of the fresh check that each act of high risk asks for.
    """
    return MappingProxyType({HighRiskAct(row["code"]): int(row["level"]) for row in _data()["acts"]})


@cache
def _data() -> dict[str, list[dict[str, Any]]]:
    text = files("tongban.support.identity").joinpath("data/assurance.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _is_chinese() -> bool:
    return (get_language() or CHINESE).startswith(CHINESE)
