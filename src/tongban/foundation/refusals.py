"""
What the policy refused while a request was answered, for the audit trail.

Noting costs an entry in a list. It is written down afterwards, sampled, by `config.refusals`, so that who tries a
thousand doors leaves a trace and not a thousand rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from tongban.foundation.actors import ANONYMOUS, Actor

MOST_NOTED = 8
"""Of one request; a page that asks for fifty rows must not note fifty refusals."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Somebody was told no.
    """

    actor: Actor
    action: str
    reason: str
    is_misuse: bool = False
    """A secret, a code or a signature that is not good, or no more: written down whatever the answer looks like."""


_noted: ContextVar[list[Refusal] | None] = ContextVar("refusals", default=None)


def note(actor: Actor, *, action: str, reason: str) -> None:
    """
    Remember a refusal; outside a request nothing is remembered.
    """
    noted = _noted.get()
    if noted is not None and len(noted) < MOST_NOTED:
        noted.append(Refusal(actor, action, reason))


def note_misuse(action: str, *, reason: str) -> None:
    """
    Remember that somebody, nobody knows who, showed a secret, a code or a signature that is not good, or no more.

    :param action: "app.object.misuse"
    :param reason: stable, e.g. "USED_TWICE"
    """
    noted = _noted.get()
    if noted is not None and len(noted) < MOST_NOTED:
        noted.append(Refusal(ANONYMOUS, action, reason, is_misuse=True))


@contextmanager
def collected() -> Iterator[list[Refusal]]:
    """
    Give the list into which refusals of this request are noted.
    """
    noted: list[Refusal] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
