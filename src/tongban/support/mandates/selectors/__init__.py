"""
Questions about legal entities and mandates.
"""

from tongban.support.mandates.selectors.acting import (
    choices,
    is_agent_of,
    principal_of,
    representative_of,
)
from tongban.support.mandates.selectors.entities import entity, entity_log, my_entities
from tongban.support.mandates.selectors.reading import (
    MANDATES_SHOWN,
    given,
    given_by_entity,
    mandate,
    offered,
    received,
)

__all__ = [
    "MANDATES_SHOWN",
    "choices",
    "entity",
    "entity_log",
    "given",
    "given_by_entity",
    "is_agent_of",
    "mandate",
    "my_entities",
    "offered",
    "principal_of",
    "received",
    "representative_of",
]
