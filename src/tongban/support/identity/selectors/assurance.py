"""
How surely persons are known, and what would make them known more surely.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.support.identity.models import AssuranceGrant, Person, level_at
from tongban.support.identity.values import AssuranceLevel, Means, means


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """
    One proof of the person that holds.
    """

    means: str
    title: str
    """In the language of the request."""
    level: int
    granted_at: datetime
    expires_at: datetime | None
    """None: for good."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assurance:
    """
    实名等级: the level of a person, how it was proved, and what raises it.
    """

    level: int
    label: str
    proofs: tuple[Proof, ...]
    """Highest level first; of one level what holds longest."""
    ways: tuple[Means, ...]
    """What the person can do by himself: first what raises the level, then what makes it last longer."""

    @property
    def expires_at(self) -> datetime | None:
        """
        When the level falls, unless something is proved again; None: it does not.
        """
        ends = [proof.expires_at for proof in self.proofs if proof.level == self.level]
        known = [end for end in ends if end is not None]
        return max(known) if ends and len(known) == len(ends) else None

    def ways_to(self, level: int) -> tuple[Means, ...]:
        """
        Return the ways that lead to at least this level.
        """
        return tuple(way for way in self.ways if way.level >= level)


def assurance(*, actor: Actor, at: datetime) -> Assurance:
    """
    Return one's own level and what stands behind it. One query, index `grant_live_of_person`.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person_id = policy.require_person(actor)
    rows = AssuranceGrant.objects.live(at=at).filter(person_id=person_id).order_by("-level", "-granted_at")
    known = means()
    proofs = tuple(
        Proof(
            means=row.means,
            title=known[row.means].name if row.means in known else row.means,
            level=row.level,
            granted_at=row.granted_at,
            expires_at=row.expires_at,
        )
        for row in rows
    )
    level = AssuranceLevel(max((proof.level for proof in proofs), default=0))
    return Assurance(
        level=level.value,
        label=str(level.label),
        proofs=proofs,
        ways=_ways(proofs, level=level.value),
    )


def level_of(*, person_id: uuid.UUID, at: datetime) -> int:
    """
    Return the level of a person; 0 where there is none. One query. For the services of this app only.
    """
    row = Person.objects.filter(id=person_id).values_list(level_at(at), flat=True).first()
    return int(row or 0)


def _ways(proofs: tuple[Proof, ...], *, level: int) -> tuple[Means, ...]:
    """
    Return what a person can do himself: what lies above his level, then what lies on it and is not proved yet.
    """
    done = {proof.means for proof in proofs}
    offered = [one for one in means().values() if one.offered and one.level > 1]
    wanted = [one for one in offered if one.level > level or (one.level == level and one.code not in done)]
    return tuple(sorted(wanted, key=lambda one: (one.level <= level, one.level)))
