"""
Wiring of the foundation.
"""

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    """
    基础设施层.
    """

    name = "tongban.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Say which blind indexes live so briefly that a change of their root lets them lapse.
        """
        from tongban.foundation import rotation  # noqa: PLC0415 - after Django has loaded the models

        rotation.index_by("foundation.RateWindow", "key_index", None)
