"""
Wiring of the app.
"""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """
    文书与文件.
    """

    name = "tongban.support.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"
