"""
Wiring of the app.
"""

from django.apps import AppConfig


class DataConfig(AppConfig):
    """
    数据共享工作台.
    """

    name = "tongban.portal.data"
    label = "data"
    default_auto_field = "django.db.models.BigAutoField"
