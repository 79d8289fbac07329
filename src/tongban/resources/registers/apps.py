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

    def ready(self) -> None:
        """
        Declare what may be done to the registers, in processes too that never load any: auditors read of it there.
        """
        from tongban.resources.registers import permissions  # noqa: F401, PLC0415 -- after Django has loaded the models
