"""
Wiring of the base registers.
"""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """
    基础信息资源库 (divisions and agencies).
    """

    name = "tongban.resources.registers"
    label = "registers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "基础信息资源库"
