"""
What others tell of a dataset: that it was loaded, and who uses it.
"""

from collections.abc import Sequence
from datetime import datetime

from tongban.foundation.db import business_transaction
from tongban.resources.datasets.models import Dataset, DatasetUser
from tongban.resources.datasets.services.exchanging import own_node
from tongban.resources.datasets.values import DatasetUse, UserKind


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
    Note to whom a dataset was opened, anew perhaps; return whether the catalogue has it.
    """
    dataset = Dataset.objects.filter(node=own_node(), code=code).first()
    if dataset is None:
        return False
    DatasetUser.objects.update_or_create(
        dataset=dataset,
        kind=kind,
        code=user_code,
        defaults={"name": user_name, "last_at": at, "ended_at": None},
        create_defaults={"name": user_name, "first_at": at, "last_at": at},
    )
    return True


@business_transaction
def note_uses(uses: Sequence[DatasetUse]) -> int:
    """
    Note when users of datasets called last, and that their right ended; return how many changed. Safe to repeat.

    A day that was noted is never taken back, whatever is still known of it. Three queries at most.
    """
    wanted = {(use.code, use.kind, use.user_code): use for use in uses}
    users = DatasetUser.objects.select_for_update(of=("self",)).select_related("dataset")
    codes = {use.code for use in uses}
    changed = []
    for user in users.filter(dataset__node=own_node(), dataset__code__in=codes).order_by("pk"):
        use = wanted.get((user.dataset.code, UserKind(user.kind), user.code))
        if use is None:
            continue
        last_on = max((day for day in (user.last_on, use.last_on) if day), default=None)
        if (user.last_on, user.ended_at) != (last_on, use.ended_at):
            user.last_on, user.ended_at = last_on, use.ended_at
            changed.append(user)
    DatasetUser.objects.bulk_update(changed, ["last_on", "ended_at"])
    return len(changed)
