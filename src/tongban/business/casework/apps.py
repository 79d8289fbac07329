"""
Wiring of the app.
"""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """
    运行管理.
    """

    name = "tongban.business.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"
