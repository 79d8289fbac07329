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
