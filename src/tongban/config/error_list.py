"""
Every refusal this software knows, for the reference and the page that problem documents point to.
"""

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from inspect import getdoc

import tongban
from tongban.foundation.errors import ServiceError

PROGRAMS = ("management", "migrations", "cli", "__main__", "wsgi")
"""Modules that are programs of their own, or belong to the framework; they raise nothing a caller sees."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownError:
    """
    A refusal, as its reader needs it.
    """

    code: str
    status: int
    message: str
    """In the language of the moment."""
    meaning: str
    """For developers, in English."""
    clause: str
    module: str


def known_errors() -> list[KnownError]:
    """
    Return every refusal by its code.
    """
    _load_everything()
    found = {error.code: error for error in _descendants(ServiceError) if "code" in vars(error)}
    found[ServiceError.code] = ServiceError
    return [_known(found[code]) for code in sorted(found)]


@lru_cache(maxsize=1)
def _load_everything() -> None:
    for module in pkgutil.walk_packages(tongban.__path__, "tongban."):
        if not set(module.name.split(".")) & set(PROGRAMS):
            import_module(module.name)


def _descendants(error: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _descendants(kind)


def _known(error: type[ServiceError]) -> KnownError:
    return KnownError(
        code=error.code,
        status=error.status,
        message=str(error.message),
        meaning=" ".join((getdoc(error) or "").split()),
        clause=error.clause,
        module=error.__module__,
    )
