"""
What others tell of a dataset: that it was loaded, and who uses it.
"""

from datetime import datetime

from tongban.resources.datasets.models import Dataset, DatasetUser
from tongban.resources.datasets.services.exchanging import own_node
from tongban.resources.datasets.values import UserKind


def note_load(*, code: str, rows: int, filled: float | None, errors: int, at: datetime) -> bool:
    """
    Note that a dataset was brought up to date; return whether the catalogue has it.

    :param rows: how many it has now
    :param filled: share of required values that are there, 0 to 1; None: not measured
    :param errors: rows refused by this load
    """
    return bool(
        Dataset.objects.filter(node=own_node(), code=code).update(
            loaded_at=at, rows=rows, filled=filled, errors=errors
        )
    )


def note_use(*, code: str, kind: UserKind, user_code: str, user_name: str, at: datetime) -> bool:
    """
    Note who uses a dataset; return whether the catalogue has it.
    """
    dataset = Dataset.objects.filter(node=own_node(), code=code).first()
    if dataset is None:
        return False
    DatasetUser.objects.update_or_create(
        dataset=dataset,
        kind=kind,
        code=user_code,
        defaults={"name": user_name, "last_at": at},
        create_defaults={"name": user_name, "first_at": at, "last_at": at},
    )
    return True
