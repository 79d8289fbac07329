"""
What the population register says of whoever asks.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tongban.foundation.actors import Actor
from tongban.foundation.errors import Text
from tongban.resources.registers import permissions, ports, rules
from tongban.resources.registers.models import Agency, Record
from tongban.resources.registers.models.indexes import key_index
from tongban.resources.registers.values import RecordState, RegisterCode, definition

CLEAR_LEVEL: Final = 2
"""实名等级 from which one's own data are shown in clear: below it, whoever holds the password reads them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnField:
    """
    One field of one's own record.
    """

    name: str
    title: Text
    value: Text
    """Masked below the second level."""
    agency: str
    """Who is answerable for it."""
    day: str
    """Since when it stands so, ISO 8601."""
    may_dispute: bool


def own_record(*, actor: Actor) -> list[OwnField]:
    """
    Return what the population register says of the person who asks; empty where it says nothing. Three queries.

    :raises NotPermitted: no person asks, or he acts for another
    """
    permissions.read_own_record.require(actor)
    register = definition(RegisterCode.POPULATION)
    number = ports.people().number_of(UUID(str(actor.person_id)))
    if not number:
        return []
    index = key_index(register.code, number)
    record = (
        Record.objects.filter(register=register.code, key_index=index)
        .exclude(state=RecordState.ENDED)
        .first()
    )
    if record is None:
        return []
    held: dict[str, str] = record.fields
    codes = {trace["s"] for trace in record.lineage.values()}
    agencies = dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))
    is_clear = actor.assurance_level >= CLEAR_LEVEL
    return [
        OwnField(
            name=rule.name,
            title=rule.title,
            value=rules.in_words(rule, held[rule.name]) if is_clear else rules.masked(rule, held[rule.name]),
            agency=agencies.get(record.lineage[rule.name]["s"], ""),
            day=rules.day_of(record.lineage[rule.name]["t"]),
            may_dispute=rule.name != register.key,
        )
        for rule in register.fields
        if rule.name in held
    ]
