"""
What the resource catalogue announces.
"""

from typing import Final

import msgspec

DATASET_PUBLISHED: Final = "datasets.dataset_published"
DATASET_WITHDRAWN: Final = "datasets.dataset_withdrawn"


class DatasetFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    信息资源 as it stands now.
    """

    code: str
    title: str
    provider_code: str
    version: int
    state: str
