"""
What the data services need from elsewhere; wired by the app itself, or by `config.apps`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tongban.foundation.actors import Actor
from tongban.resources.sharing.values import Catalogued


class DatasetSource(Protocol):
    """
    Knows the catalogue of datasets.
    """

    def __call__(self, code: str) -> Catalogued | None:
        """
        Return what the catalogue says of a dataset; None: there is none.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """
    A system that may call.
    """

    client_id: str
    name: str
    agency_code: str
    division_code: str


class ClientSource(Protocol):
    """
    Knows the systems that are let in.
    """

    def find(self, client_id: str, *, at: datetime, address: str | None) -> Actor | None:
        """
        Return the system as it acts, with all its scopes; None: it is not let in, or not from this address.
        """

    def of_agency(self, agency_code: str, *, at: datetime) -> Sequence[Subscriber]:
        """
        Return the systems of an agency that are let in.
        """


class SubjectFinder(Protocol):
    """
    Knows people.
    """

    def __call__(self, id_number: str) -> str | None:
        """
        Return the person whose ledger tells of a look by this ID number; None: nobody the node knows.
        """


class StaffTeller(Protocol):
    """
    Tells staff of an agency, or reviewers of an area, at the desk.
    """

    def __call__(
        self,
        *,
        key: str,
        template: str,
        role: str,
        agency_code: str,
        division_code: str,
        params: Mapping[str, str],
        subject: str,
        at: datetime,
    ) -> int:
        """
        Tell everybody with the role in the agency (none named: over the division), once for a key; return how many.
        """


class ParentCarrier(Protocol):
    """
    Brings a question about data to the parent node, signed and sealed, and returns its answer.
    """

    def __call__(self, message: bytes, *, seconds: float, at: datetime) -> bytes:
        """
        Return the answer.

        :raises UpstreamError: there is no parent, or it does not answer
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterQuestion:
    """
    A look into a base register within what a grant opens.
    """

    register: str
    """Empty: of any of them, where an answer is given again."""
    fields: frozenset[str]
    reference: str
    """Id of the grant."""
    subscriber: str
    agency_code: str
    purpose: str
    legal_basis: str
    case_number: str
    expires_at: datetime
    node_code: str = ""
    """Which asked in its subscriber's stead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterAnswer:
    """
    Rows of a base register, what it wrote down as uses, and behind which row the next begin.
    """

    rows: list[dict[str, str]]
    uses: tuple[str, ...]
    next: str = ""


class RegisterReader(Protocol):
    """
    Reads base registers; writes down who asked what for.
    """

    def read(self, asked: RegisterQuestion, *, key: str, actor: Actor, at: datetime) -> RegisterAnswer:
        """
        Return the fields of one record, or no row.
        """

    def verify(
        self, asked: RegisterQuestion, *, key: str, claims: Mapping[str, str], actor: Actor, at: datetime
    ) -> RegisterAnswer:
        """
        Return in one row for each claim whether the register says so: yes, no or unknown.
        """

    def page(
        self, asked: RegisterQuestion, *, where: Mapping[str, str], after: str, actor: Actor, at: datetime
    ) -> RegisterAnswer:
        """
        Return a page of the records whose fields have these values.
        """

    def again(
        self, asked: RegisterQuestion, *, uses: Sequence[str], actor: Actor, at: datetime
    ) -> tuple[str, ...] | None:
        """
        Write down that an answer of before is given again; None: it is not as the register would answer now.
        """


@dataclass
class _Wiring:
    datasets: DatasetSource | None = None
    clients: ClientSource | None = None
    subjects: SubjectFinder | None = None
    teller: StaffTeller | None = None
    parent: ParentCarrier | None = None
    registers: RegisterReader | None = None


_wiring = _Wiring()


def know_datasets_by(source: DatasetSource) -> DatasetSource | None:
    """
    Wire who knows the catalogue; return the one before.
    """
    before, _wiring.datasets = _wiring.datasets, source
    return before


def dataset(code: str) -> Catalogued | None:
    """
    Return what the catalogue says of a dataset.
    """
    return _wiring.datasets(code) if _wiring.datasets else None


def know_clients_by(source: ClientSource) -> ClientSource | None:
    """
    Wire who knows the systems; return the one before.
    """
    before, _wiring.clients = _wiring.clients, source
    return before


def clients() -> ClientSource:
    """
    Return who knows the systems.

    :raises RuntimeError: nobody was wired
    """
    if _wiring.clients is None:
        raise RuntimeError("nobody knows the systems that are let in")
    return _wiring.clients


def find_subjects_by(finder: SubjectFinder | None) -> SubjectFinder | None:
    """
    Wire who knows people; return the one before.
    """
    before, _wiring.subjects = _wiring.subjects, finder
    return before


def subject_of(id_number: str) -> str | None:
    """
    Return the person with an ID number; None: nobody the node knows.
    """
    return _wiring.subjects(id_number) if _wiring.subjects and id_number else None


def tell_staff_by(teller: StaffTeller | None) -> StaffTeller | None:
    """
    Wire who tells staff; return the one before.
    """
    before, _wiring.teller = _wiring.teller, teller
    return before


def staff_teller() -> StaffTeller | None:
    """
    Return who tells staff; None: nobody does.
    """
    return _wiring.teller


def carry_to_parent_by(carrier: ParentCarrier | None) -> ParentCarrier | None:
    """
    Wire who brings questions to the parent; return the one before.
    """
    before, _wiring.parent = _wiring.parent, carrier
    return before


def parent_carrier() -> ParentCarrier | None:
    """
    Return who brings questions to the parent; None: nobody does.
    """
    return _wiring.parent


def read_registers_by(reader: RegisterReader | None) -> RegisterReader | None:
    """
    Wire who reads base registers; return the one before.
    """
    before, _wiring.registers = _wiring.registers, reader
    return before


def register_reader() -> RegisterReader | None:
    """
    Return who reads base registers; None: nobody does.
    """
    return _wiring.registers
