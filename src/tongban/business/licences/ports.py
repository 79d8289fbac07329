"""
What licences ask of who keeps the cases.
"""

from collections.abc import Callable
from typing import Final

from tongban.business.licences.values.sharing import CaseInHand
from tongban.foundation.actors import Actor

CaseReader = Callable[[str, Actor], CaseInHand | None]
"""Returns the case with this number; None: there is none, or the actor has no part in deciding it."""

_readers: Final[list[CaseReader]] = []


def register_case_reader(reader: CaseReader) -> None:
    """
    Ask `reader` about cases; called in AppConfig.ready() of the app that keeps them.
    """
    _readers[:] = [reader]


def case_in_hand(number: str, actor: Actor) -> CaseInHand | None:
    """
    Return the case, where the actor has a part in deciding it.
    """
    return _readers[0](number, actor) if _readers else None
