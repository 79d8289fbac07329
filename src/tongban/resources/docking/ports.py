"""
What docking needs of whoever keeps the cases, and of the databases in front of agencies' systems.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import Conflict, UpstreamError
from tongban.resources.docking.values import GivenCase, Report
from tongban.resources.docking.values.item_tables import Task
from tongban.resources.docking.values.tables import UPWARD, Row, Table


class FrontEndAway(UpstreamError):
    """
    The front-end database is not reached, or refuses what was asked; `reason` is the kind of failure, nothing secret.
    """

    code = "front_end_away"
    message = _("前置库无法访问：%(reason)s")


class FolderAway(UpstreamError):
    """
    The folder of a system cannot be read or written.
    """

    code = "docking_folder_away"
    message = _("交换文件夹无法读写：%(reason)s")


class BegunCaseRefused(Conflict):
    """
    The case library does not take what a system reports of its own case; `why` is its rule, in Chinese.
    """

    code = "begun_case_refused"
    message = _("办件库未接收：%(why)s")


class BegunCases(Protocol):
    """
    Keeps cases that began in agencies' own systems (自办件).
    """

    def __call__(self, *, system: str, division_code: str, report: Report, at: datetime) -> None:
        """
        Take what a system reports of its own case, in the transaction that is open.

        :raises BegunCaseRefused: it is not taken; nothing was changed
        """


class ItemRefused(Conflict):
    """
    The catalogue does not take an item of an item library; `reason` is its stable code, `why` its sentence.
    """

    code = "item_refused"
    message = _("事项目录未接收：%(why)s")


class ItemKeeper(Protocol):
    """
    Keeps the items that an item library writes (实施清单).
    """

    def __call__(self, *, source: str, division_code: str, task: Task, actor: Actor, at: datetime) -> bool:
        """
        Take an item as it stands now, in the transaction that is open; return whether anything changed.

        :param source: whose item it is: no other source may change it
        :raises ItemRefused: it is not taken; nothing was changed
        """


class CaseDesk(Protocol):
    """
    Keeps the cases.
    """

    def given(self, *, number: str, actor: Actor, at: datetime) -> GivenCase:
        """
        Return a case in clear for the system that takes it, and write down who was told.

        :raises NotFound: no such case, or not one of the system's agency
        """

    def has(self, *, number: str) -> bool:
        """
        Whether a case of this number is kept here, whoever's it is.
        """

    def take(self, *, report: Report, actor: Actor, at: datetime) -> None:
        """
        Do to the case what the system reports, by the same services as everybody.

        :raises ServiceError: the statutory life, or what was written, does not allow it; nothing was changed
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundColumn:
    """
    A column as a database has it.
    """

    type: str
    """Word of the database, lower case."""
    length: int | None
    is_nullable: bool


class FrontEnd(Protocol):
    """
    An open front-end database (前置库). Every act is one transaction there.
    """

    def pending(
        self, *, limit: int, tables: Sequence[Table] = UPWARD, due: datetime | None = None
    ) -> list[Row]:
        """
        Return rows that are not read yet, at most `limit` of each table, the oldest first.

        :param due: Beijing time without offset; rows whose plan_effective_date lies behind it are left out
        """

    def rows_of(self, table: Table, column: str, values: Sequence[str]) -> list[Row]:
        """
        Return all rows of a table with one of these values, read or not, the oldest first.
        """

    def has(self, tables: Sequence[Table]) -> bool:
        """
        Return whether all of these tables are there.
        """

    def answer(self, marks: Sequence[tuple[Row, str]], abnormal: Sequence[Row]) -> None:
        """
        Set is_sync of rows that are still as they were read, and write rows of dn_audit_abnormal that are not there.
        """

    def write(self, rows: Sequence[Row]) -> None:
        """
        Write rows of dn_* tables that are not there.
        """

    def flags(self, table: str, guids: Sequence[str]) -> dict[str, str]:
        """
        Return is_sync of rows by row_guid; rows that are not there are left out.
        """

    def found(self) -> Mapping[str, Mapping[str, FoundColumn]]:
        """
        Return the tables and columns that are there, by name.
        """

    def keys(self, table: str) -> set[tuple[str, ...]]:
        """
        Return the columns of the primary key and of the unique constraints of a table.
        """

    def try_rights(self) -> dict[str, str]:
        """
        Try what the node has to do, undo it, and return what is refused: act -> kind of failure.
        """

    def create(self) -> None:
        """
        Create the tables that are not there; only where they lie in the node's own database.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """
    A file that came with its manifest, or a manifest with what is wrong about it.
    """

    name: str
    """Of the data file."""
    manifest: str
    rows: tuple[dict[str, Any], ...] = ()
    problem: tuple[str, str] | None = None
    """Code and sentence: the file is put into quarantine."""


class Folder(Protocol):
    """
    The folder in which node and system meet: in, accepted, rejected, quarantine, out.
    """

    def arrivals(self, *, limit: int) -> list[Arrival]:
        """
        Return files whose manifest is there, by name; a file without one is still being written and not touched.
        """

    def settle(self, arrival: Arrival, place: str, report: bytes) -> None:
        """
        Move a file with its manifest to a place, the report beside it. Repeating it after a crash ends the same.
        """

    def put(self, name: str, content: bytes, *, rows: int) -> None:
        """
        Write a file into `out`, its manifest last.
        """

    def waiting(self) -> set[str]:
        """
        Return the names of files in `out` that were not fetched.
        """

    def counts(self) -> dict[str, int]:
        """
        Return how many manifests lie in each place; -1 for a place that cannot be read or written.
        """


OpenFolder = Callable[[str], Folder]
"""From a system's code to its folder; raises FolderAway."""

OpenFrontEnd = Callable[[Mapping[str, Any]], AbstractContextManager[FrontEnd]]
"""From a system's settings to its open database; raises FrontEndAway."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemAlarm:
    """
    A live system with which something has just gone wrong.
    """

    code: str
    name: str
    reason: str
    """AWAY: not reached; UNFETCHED: it fetches nothing; DEAD: it never took a message."""
    at: datetime


class OperatorsTeller(Protocol):
    """
    Tells those who run the node.
    """

    def __call__(self, alarm: SystemAlarm) -> None:
        """
        Leave a message for each of them, in the transaction that is open.
        """


@dataclass
class _Wiring:
    desk: CaseDesk | None = None
    begun: BegunCases | None = None
    items: ItemKeeper | None = None
    front_end: OpenFrontEnd | None = None
    folder: OpenFolder | None = None
    teller: OperatorsTeller | None = None


_wiring = _Wiring()


def keep_cases_by(desk: CaseDesk) -> None:
    """
    Wire who keeps the cases; called in its `AppConfig.ready()`.
    """
    _wiring.desk = desk


def desk() -> CaseDesk:
    """
    Return who keeps the cases.

    :raises LookupError: nobody was wired
    """
    if _wiring.desk is None:
        raise LookupError("no app keeps cases")
    return _wiring.desk


def keep_begun_cases_by(keeper: BegunCases) -> None:
    """
    Wire who keeps cases that began in agencies' own systems.
    """
    _wiring.begun = keeper


def begun_cases() -> BegunCases:
    """
    Return who keeps cases that began in agencies' own systems.

    :raises LookupError: nobody was wired
    """
    if _wiring.begun is None:
        raise LookupError("nobody keeps cases of agencies' own systems")
    return _wiring.begun


def keep_items_by(keeper: ItemKeeper) -> None:
    """
    Wire who keeps the items of item libraries.
    """
    _wiring.items = keeper


def item_keeper() -> ItemKeeper:
    """
    Return who keeps the items of item libraries.

    :raises LookupError: nobody was wired
    """
    if _wiring.items is None:
        raise LookupError("nobody keeps items")
    return _wiring.items


def reach_tables_by(opener: OpenFrontEnd) -> None:
    """
    Wire how front-end databases are opened.
    """
    _wiring.front_end = opener


def front_end(settings: Mapping[str, Any]) -> AbstractContextManager[FrontEnd]:
    """
    Open a system's front-end database.

    :raises FrontEndAway: it is not reached
    """
    if _wiring.front_end is None:
        raise LookupError("no adapter opens front-end databases")
    return _wiring.front_end(settings)


def reach_folders_by(opener: OpenFolder) -> None:
    """
    Wire how folders are opened.
    """
    _wiring.folder = opener


def folder(code: str) -> Folder:
    """
    Open a system's folder.

    :raises FolderAway: it cannot be made
    """
    if _wiring.folder is None:
        raise LookupError("no adapter opens folders")
    return _wiring.folder(code)


def tell_operators_by(teller: OperatorsTeller) -> None:
    """
    Wire who tells operators of systems with which something is wrong.
    """
    _wiring.teller = teller


def operators_teller() -> OperatorsTeller | None:
    """
    Return who tells operators; None: nobody does.
    """
    return _wiring.teller
