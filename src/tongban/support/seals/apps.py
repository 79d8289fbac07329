"""
Wiring of the app.
"""

from django.apps import AppConfig


class SealsConfig(AppConfig):
    """
    电子印章.
    """

    name = "tongban.support.seals"
    label = "seals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Connect the sealer.
        """
        from tongban.foundation import holdings  # noqa: PLC0415 - as below
        from tongban.support.seals import ports  # noqa: PLC0415 - after Django has loaded the models
        from tongban.support.seals.adapters import demonstration  # noqa: PLC0415 - as above

        ports.install(demonstration.DemonstrationSealer())
        holdings.exempt("seals.SealUse", why="Uses of agencies' seals; names the member of staff by account.")
