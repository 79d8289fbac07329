"""
个人信息清单: what the apps hold of a person, what for, on which ground, how long; how it is taken away and erased.

Each app declares its holdings in `AppConfig.ready()`. A model that is about people (a sealed column, a blind index, the
key of a person or an account) and that no holding names fails a test: nobody can begin to keep personal data without
saying why. The reference of personal data is generated from here.
Source: 个人信息保护法 arts. 13, 17, 19, 45, 47, 51.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models

from tongban.foundation.errors import Text
from tongban.foundation.fields import BlindIndexField, SealedTextField

PERSON_COLUMN: Final = re.compile(
    r"(^|_)(person|account|principal|applicant|owner|recipient|holder|grantor|grantee|representative|actor)"
    r"(_person)?_id$|_sealed$|_masked$"
)
"""Names of columns that say whose a row is, or hold what is sealed without a sealed column."""

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
_PEOPLE: set[str] = set()


def people_are(*labels: str) -> None:
    """
    Say which models are people: whatever points to one of them is about people too.
    """
    _PEOPLE.update(labels)


def hold(holding: Holding) -> None:
    """
    Declare a holding, in the app's `AppConfig.ready()`.
    """
    _HOLDINGS[holding.code] = holding


def exempt(label: str, *, why: str) -> None:
    """
    Say that a model that looks like one about people belongs to no holding, and why.

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
    Return the models that look as if they were about people and belong to no holding, with why.
    """
    return dict(sorted(_EXEMPT.items()))


def undeclared() -> list[str]:
    """
    Return the models about people that no holding names; there must be none.
    """
    named = {label for holding in _HOLDINGS.values() for label in holding.models} | _EXEMPT.keys()
    return sorted(label for label in about_people() if label not in named)


def about_people() -> list[str]:
    """
    Return the models with a column that is sealed, a blind index, or the key of somebody.
    """
    return sorted(
        model._meta.label  # noqa: SLF001 -- Django's way of looking at a model
        for model in apps.get_models()
        if any(map(_is_about_people, model._meta.concrete_fields))  # noqa: SLF001 -- as above
    )


def _is_about_people(column: "models.Field[Any, Any]") -> bool:
    if isinstance(column, SealedTextField | BlindIndexField):
        return True
    related = column.related_model
    if isinstance(related, type) and issubclass(related, models.Model):
        label = related._meta.label  # noqa: SLF001 -- as above
        return label in _PEOPLE or label == settings.AUTH_USER_MODEL
    return PERSON_COLUMN.search(column.attname) is not None
