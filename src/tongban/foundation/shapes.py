"""
Describing in the API's document what is stored, by the types that store it.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

import msgspec

REFERENCE: Final = "#/components/schemas/{name}"


def components_of(kinds: Sequence[type]) -> dict[str, Any]:
    """
    Return the JSON schemas of some types and of all that stands in them, by name.
    """
    _schemas, found = msgspec.json.schema_components(kinds, schema_hook=_choices, ref_template=REFERENCE)
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return plain


def reference(kind: type) -> dict[str, Any]:
    """
    Return where the document describes a type.
    """
    return {"$ref": REFERENCE.format(name=kind.__name__)}


def _choices(kind: type) -> dict[str, Any]:
    if issubclass(kind, Enum):
        return {"type": "string", "title": kind.__name__, "enum": [member.value for member in kind]}
    raise NotImplementedError
