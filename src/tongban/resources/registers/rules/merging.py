"""
What a record says after another source has spoken: the source's word holds, others are noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """
    Who says something, and when it was so.
    """

    batch_id: int
    agency_code: str
    confirmed: frozenset[str]
    """Fields of which it is the source."""
    at: str
    """Moment, RFC 3339 in UTC: compared as text."""
    agencies: Mapping[str, str] = field(default_factory=dict)
    """Field -> agency, where it is another one."""
    times: Mapping[str, str] = field(default_factory=dict)
    """Field -> moment, where it is another one."""

    def of(self, name: str) -> dict[str, Any]:
        """
        Return the lineage of a field it says.
        """
        return {
            "b": self.batch_id,
            "s": self.agencies.get(name, self.agency_code),
            "a": name in self.confirmed,
            "t": self.times.get(name, self.at),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """
    Something said otherwise than the record has it.
    """

    field: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """
    A record after somebody has spoken.
    """

    fields: dict[str, str]
    lineage: dict[str, dict[str, Any]]
    changed: tuple[str, ...] = ()
    """Fields whose value is another one now."""
    is_touched: bool = False
    """Whether anything at all is to be written: a value, or whose it is."""
    differences: tuple[Noted, ...] = ()
    settled: tuple[str, ...] = field(default=())
    """Fields about which this source agrees now with what is held."""


def merge(
    held: Mapping[str, str],
    lineage: Mapping[str, Mapping[str, Any]],
    offered: Mapping[str, str],
    *,
    said: Said,
) -> Merged:
    """
    Return the record after `said` has offered these fields.

    An empty field says nothing. The source of a field changes it, unless what the source itself said later is held; a
    datum nobody is the source of is changed by who told it; anybody else only fills what is empty.
    """
    fields, traces = dict(held), {name: dict(trace) for name, trace in lineage.items()}
    changed, differences, settled, is_touched = [], [], [], False
    for name, value in offered.items():
        trace = traces.get(name)
        if trace is None or name not in fields:
            fields[name], traces[name] = value, said.of(name)
            changed.append(name)
        elif fields[name] == value:
            settled.append(name)
            if name in said.confirmed and not trace["a"]:
                traces[name], is_touched = said.of(name), True
        elif _may_change(trace, name, said):
            fields[name], traces[name] = value, said.of(name)
            changed.append(name)
        elif not (name in said.confirmed and trace["a"]):
            differences.append(Noted(field=name, value=value))
    return Merged(
        fields=fields,
        lineage=traces,
        changed=tuple(changed),
        is_touched=is_touched or bool(changed),
        differences=tuple(differences),
        settled=tuple(settled),
    )


def _may_change(trace: Mapping[str, Any], name: str, said: Said) -> bool:
    new = said.of(name)
    if new["a"]:
        return not trace["a"] or str(trace["t"]) <= new["t"]
    return not trace["a"] and trace["s"] == new["s"] and str(trace["t"]) <= new["t"]
