"""
The life of a version: compiled by the provider, reviewed and published by somebody else.
"""

from dataclasses import dataclass
from typing import Final

from tongban.resources.datasets.values import DatasetAct, DatasetVersionState


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    In which states something is done, and what the version is then.
    """

    sources: frozenset[DatasetVersionState]
    target: DatasetVersionState
    is_stewards: bool
    """By the provider's steward; else by a reviewer who has not compiled it."""


LIFE: Final[dict[DatasetAct, Step]] = {
    DatasetAct.SAVE: Step(
        sources=frozenset({DatasetVersionState.DRAFT}), target=DatasetVersionState.DRAFT, is_stewards=True
    ),
    DatasetAct.SUBMIT: Step(
        sources=frozenset({DatasetVersionState.DRAFT}), target=DatasetVersionState.IN_REVIEW, is_stewards=True
    ),
    DatasetAct.DISCARD: Step(
        sources=frozenset({DatasetVersionState.DRAFT}), target=DatasetVersionState.DISCARDED, is_stewards=True
    ),
    DatasetAct.RETURN: Step(
        sources=frozenset({DatasetVersionState.IN_REVIEW}),
        target=DatasetVersionState.DRAFT,
        is_stewards=False,
    ),
    DatasetAct.PUBLISH: Step(
        sources=frozenset({DatasetVersionState.IN_REVIEW}),
        target=DatasetVersionState.PUBLISHED,
        is_stewards=False,
    ),
}
