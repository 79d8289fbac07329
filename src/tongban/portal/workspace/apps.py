"""
Wiring of the app.
"""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """
    我的.
    """

    name = "tongban.portal.workspace"
    label = "workspace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Tell other nodes of cases by what the pages of one's own cases show.
        """
        # Imported here because models may be loaded only when all apps are.
        from tongban.portal.workspace import selectors  # noqa: PLC0415
        from tongban.support.federation import ports  # noqa: PLC0415

        ports.tell_cases_by(selectors.own_cases)
