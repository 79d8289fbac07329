"""
What moving in needs of the database of an old platform.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import UpstreamError
from tongban.resources.movein.values import Row


class OldPlatformAway(UpstreamError):
    """
    The old platform's database is not reached, or refuses what was asked; `reason` is the kind of failure.
    """

    code = "old_platform_away"
    message = _("原平台的数据库无法访问：%(reason)s")


class OldDatabase(Protocol):
    """
    The open database of an old platform. Everything but `write` reads only.
    """

    def tables(self) -> Mapping[str, Collection[str]]:
        """
        Return tables and views with their columns.
        """

    def count(self, table: str) -> int:
        """
        Return how many rows a table has.
        """

    def filled(self, table: str, columns: Sequence[str]) -> dict[str, int]:
        """
        Return in how many rows each column holds something.
        """

    def repeated(self, table: str, column: str) -> int:
        """
        Return how many values of a column several rows have.
        """

    def orphans(self, table: str, column: str, *, of: str, key: str) -> int:
        """
        Return how many rows name something in `column` that `of`.`key` does not have.
        """

    def page(self, table: str, columns: Sequence[str], *, key: str, after: Any, limit: int) -> list[Row]:
        """
        Return rows in the order of their key.

        :param after: key of the last row before; None: from the beginning
        """

    def rows_of(
        self, table: str, columns: Sequence[str], *, column: str, values: Sequence[Any], key: str
    ) -> list[Row]:
        """
        Return rows whose `column` is one of the values, in the order of their key.
        """

    def changed(
        self, table: str, *, column: str, changed: str, since: str, limit: int
    ) -> list[tuple[Any, str]]:
        """
        Return `column` and moment of change of rows that changed at that moment or later, oldest first.

        :param since: as this returned it; empty: from the beginning
        """

    def newest(self, table: str, changed: str) -> str:
        """
        Return the moment of the last change, as `changed` tells it; empty: there is none.
        """

    def write(self, table: str, *, key: str, rows: Sequence[Row]) -> None:
        """
        Write rows, in the place of those that have their keys; all or none.
        """


OpenOldDatabase = Callable[[Mapping[str, Any]], AbstractContextManager[OldDatabase]]
"""From settings (dsn, schema) to an open database; raises OldPlatformAway."""


@dataclass
class _Wiring:
    opener: OpenOldDatabase | None = None


_wiring = _Wiring()


def reach_by(opener: OpenOldDatabase) -> None:
    """
    Wire how databases of old platforms are opened.
    """
    _wiring.opener = opener


def opened(settings: Mapping[str, Any]) -> AbstractContextManager[OldDatabase]:
    """
    Open the database of an old platform.

    :raises OldPlatformAway: it is not reached
    """
    if _wiring.opener is None:
        raise LookupError("no adapter opens old platforms")
    return _wiring.opener(settings)
