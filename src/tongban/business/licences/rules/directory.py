"""
The life of a version in the directory: compiled, reviewed by somebody else, published.
"""

from dataclasses import dataclass
from typing import Final

from tongban.business.licences.values import DirectoryAct, VersionState


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    In which states something is done, and what the version is then.
    """

    sources: frozenset[VersionState]
    target: VersionState
    is_editors: bool
    """By whoever compiles; else by whoever reviews, and then by nobody who has compiled this version."""


LIFE: Final[dict[DirectoryAct, Step]] = {
    DirectoryAct.SAVE: Step(
        sources=frozenset({VersionState.DRAFT}), target=VersionState.DRAFT, is_editors=True
    ),
    DirectoryAct.SUBMIT: Step(
        sources=frozenset({VersionState.DRAFT}), target=VersionState.IN_REVIEW, is_editors=True
    ),
    DirectoryAct.DISCARD: Step(
        sources=frozenset({VersionState.DRAFT}), target=VersionState.DISCARDED, is_editors=True
    ),
    DirectoryAct.RETURN: Step(
        sources=frozenset({VersionState.IN_REVIEW, VersionState.APPROVED}),
        target=VersionState.DRAFT,
        is_editors=False,
    ),
    DirectoryAct.APPROVE: Step(
        sources=frozenset({VersionState.IN_REVIEW}), target=VersionState.APPROVED, is_editors=False
    ),
    DirectoryAct.PUBLISH: Step(
        sources=frozenset({VersionState.APPROVED}), target=VersionState.PUBLISHED, is_editors=False
    ),
}


def open_directory_acts(state: VersionState) -> tuple[DirectoryAct, ...]:
    """
    Return what may be done to a version in this state, in the order of `DirectoryAct`.
    """
    return tuple(act for act in DirectoryAct if act in LIFE and state in LIFE[act].sources)
