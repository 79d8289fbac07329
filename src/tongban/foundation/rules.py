"""
Which function carries out which clause of law or standard.

The ids are those of docs/sources/clauses.toml; a test refuses any other. The traceability table is made from
`IMPLEMENTED`.
"""

from collections.abc import Callable
from typing import TypeVar

Rule = TypeVar("Rule", bound=Callable[..., object])

#: clause id -> dotted names of the functions that carry it out
IMPLEMENTED: dict[str, list[str]] = {}


def implements(*clauses: str) -> Callable[[Rule], Rule]:
    """
    Record that the decorated function carries out `clauses`.

    :param clauses: ids of docs/sources/clauses.toml, e.g. "许可法-42"
    """

    def record(function: Rule) -> Rule:
        name = f"{function.__module__}.{function.__qualname__}"
        for clause in clauses:
            IMPLEMENTED.setdefault(clause, []).append(name)
        return function

    return record
