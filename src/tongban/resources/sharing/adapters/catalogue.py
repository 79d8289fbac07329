"""
Knowing datasets by the resource catalogue of this node.
"""

from tongban.resources.datasets import selectors as datasets
from tongban.resources.sharing.values import Catalogued, Field


def find(code: str) -> Catalogued | None:
    """
    Return what the catalogue says of a dataset that is in use; None: it has none. One query.
    """
    dataset = datasets.published(code)
    if dataset is None:
        return None
    definition = dataset.definition
    return Catalogued(
        code=code,
        title=definition.title,
        agency_code=definition.provider_code,
        sharing=definition.sharing,
        condition=definition.sharing_condition,
        fields=tuple(
            Field(name=field.name, title=field.title, is_personal=field.is_personal)
            for field in definition.fields
        ),
        schema=datasets.row_schema(dataset),
        is_published=True,
    )
