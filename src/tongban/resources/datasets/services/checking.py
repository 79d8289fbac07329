"""
Rows held against the schema of their dataset.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tongban.resources.datasets import rules
from tongban.resources.datasets.models import Dataset
from tongban.resources.datasets.permissions import DatasetNotFound
from tongban.resources.datasets.rules.definitions import read_definition
from tongban.resources.datasets.services.exchanging import own_node
from tongban.resources.datasets.values import DatasetState, Problem


def check_rows(*, code: str, rows: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """
    Return what the schema of a dataset in use refuses in these rows.

    :raises DatasetNotFound: this node has no such dataset in use
    """
    dataset = Dataset.objects.filter(node=own_node(), code=code, state=DatasetState.IN_USE).first()
    if dataset is None:
        raise DatasetNotFound
    schema = rules.json_schema(read_definition(dataset.definition), address=f"urn:dataset:{code}")
    return list(rules.problems_of(schema, rows))
