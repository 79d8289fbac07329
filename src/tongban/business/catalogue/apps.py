"""
Wiring of the catalogue.
"""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """
    事项管理.
    """

    name = "tongban.business.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "事项管理"
