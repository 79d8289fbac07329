"""
Wiring of the app.
"""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """
    搜索.
    """

    name = "tongban.support.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"
