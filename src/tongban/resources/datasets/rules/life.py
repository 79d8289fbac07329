"""
The life of a version: compiled by the provider, reviewed and published by somebody else.
"""

from dataclasses import dataclass
from typing import Final

from tongban.resources.datasets.values import Act, VersionState


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    In which states something is done, and what the version is then.
    """

    sources: frozenset[VersionState]
    target: VersionState
    is_stewards: bool
    """By the provider's steward; else by a reviewer who has not compiled it."""


LIFE: Final[dict[Act, Step]] = {
    Act.SAVE: Step(sources=frozenset({VersionState.DRAFT}), target=VersionState.DRAFT, is_stewards=True),
    Act.SUBMIT: Step(
        sources=frozenset({VersionState.DRAFT}), target=VersionState.IN_REVIEW, is_stewards=True
    ),
    Act.DISCARD: Step(
        sources=frozenset({VersionState.DRAFT}), target=VersionState.DISCARDED, is_stewards=True
    ),
    Act.RETURN: Step(
        sources=frozenset({VersionState.IN_REVIEW}), target=VersionState.DRAFT, is_stewards=False
    ),
    Act.PUBLISH: Step(
        sources=frozenset({VersionState.IN_REVIEW}), target=VersionState.PUBLISHED, is_stewards=False
    ),
}
