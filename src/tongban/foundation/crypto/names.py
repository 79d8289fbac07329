"""
Distinguished names: who a certificate is of, and who made it.

Sources: GB/T 16264.2-2008 (X.501), RFC 5280 4.1.2.4, RFC 4514 (as text), GM/T 0015-2012 (kinds of string).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from asn1crypto import core

from tongban.foundation.crypto import asn1

SHORT: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.42": "GN",
    "2.5.4.97": "ORGANIZATIONIDENTIFIER",
    "1.2.840.113549.1.9.1": "E",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
LONG: Final = {short: oid for oid, short in SHORT.items()}
MOST_PARTS: Final = 64

_STRINGS: Final[dict[str, type[Any]]] = {
    "C": core.PrintableString,
    "SERIALNUMBER": core.PrintableString,
    "E": core.IA5String,
    "DC": core.IA5String,
}
"""Kinds of string that are asked for; all other parts are UTF8String."""


@dataclass(frozen=True, slots=True)
class Name:
    """
    A distinguished name: its parts from the country down to the common name.
    """

    parts: tuple[tuple[str, str], ...]
    """Kind ("CN", "O", … or an object identifier) and value, in the order they lie in."""
    der: bytes = field(default=b"", repr=False, compare=False)
    """As it was read; empty where it was made here."""

    def __str__(self) -> str:
        return ", ".join(f"{kind}={_escaped(value)}" for kind, value in reversed(self.parts))

    @property
    def common_name(self) -> str:
        """
        Return the last common name; empty: it has none.
        """
        return self._last("CN")

    @property
    def organisation(self) -> str:
        """
        Return the last organisation; empty: it has none.
        """
        return self._last("O")

    def matches(self, other: "Name") -> bool:
        """
        Whether both name the same: letter case and runs of blanks do not count (RFC 5280 7.1).
        """
        return _folded(self.parts) == _folded(other.parts)

    def encoded(self) -> bytes:
        """
        Return the DER: as it was read, or made now.
        """
        return self.der or _encoded(self.parts)

    def _last(self, wanted: str) -> str:
        return next((value for kind, value in reversed(self.parts) if kind == wanted), "")


def name_of(**parts: str) -> Name:
    """
    Return a name made of parts that are not empty, in the order given, e.g. `name_of(C="CN", O="…", CN="…")`.
    """
    return Name(tuple((kind, value) for kind, value in parts.items() if value))


def read_name(found: asn1.Piece) -> Name:
    """
    Read a name, whatever kinds of string it is made of.

    :raises ValueError: it is none
    """
    parts: list[tuple[str, str]] = []
    for group in found.pieces():
        for attribute in group.pieces():
            kind, value = attribute.pieces()[:2]
            dotted = asn1.oid(kind)
            parts.append((SHORT.get(dotted, dotted), asn1.text(value)))
            if len(parts) > MOST_PARTS:
                raise ValueError("a name of too many parts")
    return Name(tuple(parts), der=found.der)


def _folded(parts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((kind, " ".join(value.casefold().split())) for kind, value in parts)


def _encoded(parts: tuple[tuple[str, str], ...]) -> bytes:
    return bytes(_Rdns([_Rdn([_Attribute(_attribute(kind, value))]) for kind, value in parts]).dump())


def _attribute(kind: str, value: str) -> dict[str, Any]:
    string = _STRINGS.get(kind, core.UTF8String)
    return {"type": LONG.get(kind, kind), "value": core.Any(string(value))}


def _escaped(value: str) -> str:
    return "".join(f"\\{char}" if char in ',+"\\<>;=' else char for char in value)


class _Attribute(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [("type", core.ObjectIdentifier), ("value", core.Any)]


class _Rdn(core.SetOf):  # type: ignore[misc] # as above
    _child_spec = _Attribute


class _Rdns(core.SequenceOf):  # type: ignore[misc] # as above
    _child_spec = _Rdn
