"""
Wiring of the app.
"""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """
    个人信息权利.
    """

    name = "tongban.support.privacy"
    label = "privacy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Name the messages, let copies be files, and declare what the layers below hold.
        """
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415 - models are loaded by now
        from tongban.support.messaging.ports import register_templates  # noqa: PLC0415
        from tongban.support.privacy import services  # noqa: PLC0415
        from tongban.support.privacy.services import holding  # noqa: PLC0415
        from tongban.support.privacy.services.copies import COPY_FILES  # noqa: PLC0415

        register_templates(*services.TEMPLATES)
        register_owner(COPY_FILES, services.is_shown_as_a_file)
        holding.declare()
