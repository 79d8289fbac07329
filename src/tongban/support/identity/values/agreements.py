"""
用户服务协议: its versions, as data (`identity/data/agreements.toml`).
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class ConsentWay(models.TextChoices):
    """
    签署方式: how somebody agreed.
    """

    ONLINE = "ONLINE", _("网上同意")
    PAPER = "PAPER", _("窗口签署纸质协议")
    SCREEN = "SCREEN", _("窗口屏幕签署")


SIGNED_AT_COUNTER: Final = (ConsentWay.PAPER, ConsentWay.SCREEN)
"""How somebody agrees before a clerk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """
    One version of the text.
    """

    version: str
    in_force_from: date
    title: str
    title_en: str
    paragraphs: tuple[str, ...]
    paragraphs_en: tuple[str, ...]

    @property
    def text(self) -> tuple[str, ...]:
        """
        Return the paragraphs in the language of the request.
        """
        return self.paragraphs if (get_language() or "zh").startswith("zh") else self.paragraphs_en


@cache
def agreements() -> tuple[Agreement, ...]:
    """
    Return all versions, oldest first.
    """
    text = files("tongban.support.identity").joinpath("data/agreements.toml").read_text(encoding="utf-8")
    return tuple(
        Agreement(
            **{**row, "paragraphs": tuple(row["paragraphs"]), "paragraphs_en": tuple(row["paragraphs_en"])}
        )
        for row in tomllib.loads(text)["agreements"]
    )


def agreement_on(day: date) -> Agreement:
    """
    Return the version in force on a day; before the first, the first.
    """
    known = agreements()
    return next((one for one in reversed(known) if one.in_force_from <= day), known[0])
