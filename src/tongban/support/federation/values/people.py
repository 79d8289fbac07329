"""
People and their cases between nodes.
"""

from uuid import UUID

import msgspec


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """
    A person as another node describes him: the least that is needed to apply.
    """

    id_number: str
    name: str
    mobile: str = ""
    born_on: str = ""
    """YYYY-MM-DD of the holder of a travel permit; empty: the number says it."""
    level: int = 0
    """0 to 4 of the national exchange."""
    region_code: str = ""
    """`user_region`."""

    def __repr__(self) -> str:
        return "Told(…)"


class ToldEntity(msgspec.Struct, frozen=True, kw_only=True):
    """
    A legal person in whose name somebody logged in elsewhere, as the other party describes it.
    """

    credit_code: str
    name: str
    representative_number: str = ""

    def __repr__(self) -> str:
        return f"ToldEntity({self.credit_code})"


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """
    A login that another party vouched for, on its way to a session here.
    """

    pending_id: UUID
    provider: str
    subject: str
    session: str
    then: str
    """Page of ours to go on to; empty: the first."""
    is_new: bool
    """The account was made for this login."""
    entity: ToldEntity | None = None


class OwnCase(msgspec.Struct, frozen=True, kw_only=True):
    """
    A case of the person who asks, wherever it lives.
    """

    number: str
    service_name: str
    service_name_en: str
    status: str
    status_title: str
    status_title_en: str
    submitted_at: str
    """RFC 3339."""
    due: str
    """Day on which it must be done; empty: nothing is due."""


class CasesAt(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one node says about somebody's cases.
    """

    code: str
    name: str
    is_answered: bool
    """Whether it answered in time; a list without its cases says so."""
    address: str = ""
    """Of the node's pages; empty: this node."""
    cases: tuple[OwnCase, ...] = ()
