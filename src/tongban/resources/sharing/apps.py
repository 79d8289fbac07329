"""
Wiring of the data services.
"""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """
    数据服务.
    """

    name = "tongban.resources.sharing"
    label = "sharing"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "数据服务"

    def ready(self) -> None:
        """
        Let services know the catalogue and read base registers; name tables that only look as if about people.
        """
        from tongban.foundation import holdings  # noqa: PLC0415 - after Django has loaded the models
        from tongban.resources.sharing import ports  # noqa: PLC0415 - as above
        from tongban.resources.sharing.adapters import base_registers, catalogue  # noqa: PLC0415 - as above

        ports.know_datasets_by(catalogue.find)
        ports.read_registers_by(base_registers.read)

        officials = (
            "Contact of an agency, told by the agency for its own request; official duty, not private life."
        )
        holdings.exempt("sharing.DataRequest", why=officials)
        holdings.exempt(
            "sharing.DataService", why="Sealed is the node's own credential at an agency's interface."
        )
