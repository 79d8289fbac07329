"""
Wiring of the case library.
"""

from django.apps import AppConfig


class CaseLibraryConfig(AppConfig):
    """
    办件库.
    """

    name = "tongban.resources.caselibrary"
    label = "caselibrary"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "办件库"

    def ready(self) -> None:
        """
        Register what is exchanged; say what is held of people and how it is found again under another root.
        """
        from tongban.foundation import rotation  # noqa: PLC0415 - after Django has loaded the models
        from tongban.resources.caselibrary import permissions  # noqa: F401, PLC0415 - declares actions
        from tongban.resources.caselibrary.services import exchanging, holding  # noqa: PLC0415
        from tongban.resources.exchange.ports import exchange_by  # noqa: PLC0415

        for contract in exchanging.contracts():
            exchange_by(contract)
        holding.declare()
        rotation.index_by("caselibrary.LibraryRecord", "applicant_index", holding.index_of_record)
