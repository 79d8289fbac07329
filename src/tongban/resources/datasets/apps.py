"""
Wiring of the resource catalogue.
"""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """
    信息资源目录.
    """

    name = "tongban.resources.datasets"
    label = "datasets"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "信息资源目录"

    def ready(self) -> None:
        """
        Declare what may be done to the catalogue, and what nodes exchange of it.
        """
        from tongban.foundation import holdings  # noqa: PLC0415 -- after Django has loaded the models
        from tongban.resources.datasets import permissions  # noqa: F401, PLC0415 -- declares the actions
        from tongban.resources.datasets.services import exchanging  # noqa: PLC0415 -- as above
        from tongban.resources.exchange.ports import exchange_by  # noqa: PLC0415 -- as above

        for contract in exchanging.contracts():
            exchange_by(contract)
        holdings.exempt(
            "datasets.DatasetEvent",
            why="What staff did in the catalogue; says nothing of anybody in the data.",
        )
