"""
个人信息清单: what the apps hold of a person, what for, on which ground, how long; how it is taken away and erased.

Each app declares its holdings in `AppConfig.ready()`. A model with a sealed column that no holding names fails a test:
nobody can begin to keep personal data without saying why. The reference of personal data is generated from here.
Source: 个人信息保护法 arts. 13, 17, 19, 45, 47, 51.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps

from tongban.foundation.errors import Text
from tongban.foundation.fields import SealedTextField

Exporter = Callable[[UUID], list[dict[str, Any]]]
"""From a person's id to everything held of him, readable values by Chinese name."""
Counter = Callable[[UUID], int]
Eraser = Callable[[UUID, datetime], int]
"""Deletes or makes anonymous what may go, at a moment, and returns how many things went."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldFile:
    """
    A file that belongs into a person's copy.
    """

    id: UUID
    folder: str


@dataclass(frozen=True, kw_only=True)
class Holding:
    """
    One kind of personal data that one app holds.
    """

    code: str
    """"app.what", e.g. "identity.person"."""
    title: Text
    purpose: Text
    """What for, in a sentence."""
    ground: str
    """Clause of docs/sources/clauses.toml that permits to hold it."""
    models: tuple[str, ...]
    """Labels of the models that hold it."""
    term: Text
    """How long it is held while nobody asks for anything."""
    keeps_why: Text = ""
    """Why it stays when the account is closed; empty: it goes."""
    keeps_clause: str = ""
    """Clause that asks for it to stay."""
    exporter: Exporter = field(repr=False)
    counter: Counter = field(repr=False)
    eraser: Eraser | None = field(default=None, repr=False)
    """None: nothing of it goes."""
    files: Callable[[UUID], list[HeldFile]] | None = field(default=None, repr=False)
    """Files that belong into the person's copy."""
    order: int = 100
    """Where it stands in lists; what others point to is erased last."""

    @property
    def is_kept(self) -> bool:
        """
        Whether it stays when the account is closed.
        """
        return bool(self.keeps_clause)


_HOLDINGS: dict[str, Holding] = {}
_EXEMPT: dict[str, str] = {}


def hold(holding: Holding) -> None:
    """
    Declare a holding, in the app's `AppConfig.ready()`.
    """
    _HOLDINGS[holding.code] = holding


def exempt(label: str, *, why: str) -> None:
    """
    Say that a model with a sealed column holds nothing of a person.

    :param label: the model, e.g. "federation.SigningKey"
    """
    _EXEMPT[label] = why


def holdings() -> list[Holding]:
    """
    Return every holding, in the order in which they are shown.
    """
    return sorted(_HOLDINGS.values(), key=lambda holding: (holding.order, holding.code))


def exempted() -> dict[str, str]:
    """
    Return the models with sealed columns that hold nothing of a person, with why.
    """
    return dict(sorted(_EXEMPT.items()))


def undeclared() -> list[str]:
    """
    Return the models with sealed columns that no holding names; there must be none.
    """
    named = {label for holding in _HOLDINGS.values() for label in holding.models} | _EXEMPT.keys()
    return sorted(
        model._meta.label  # noqa: SLF001 -- Django's way of looking at a model
        for model in apps.get_models()
        if model._meta.label not in named  # noqa: SLF001 -- as above
        and any(isinstance(part, SealedTextField) for part in model._meta.concrete_fields)  # noqa: SLF001
    )
