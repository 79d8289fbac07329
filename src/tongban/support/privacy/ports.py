"""
What the rights of the person need to know from the apps above.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

OpenMatters = Callable[[UUID], int]
"""From a person's id to how many matters are under way for him."""

_open_matters: Final[list[OpenMatters]] = []


def count_open_matters_by(counter: OpenMatters) -> None:
    """
    Ask `counter` too before an account is closed; called in AppConfig.ready() of the app above.
    """
    if counter not in _open_matters:
        _open_matters.append(counter)


def open_matters_of(person_id: UUID) -> int:
    """
    Return how many matters are under way for a person.
    """
    return sum(counter(person_id) for counter in _open_matters)
