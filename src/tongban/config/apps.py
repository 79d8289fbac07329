"""
The composition root as a Django app: holds commands and nothing else.
"""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """
    组合根.
    """

    name = "tongban.config"
    label = "tongban_config"

    def ready(self) -> None:
        """
        Say why the tables of borrowed apps are in no register of personal data.
        """
        from tongban.foundation import holdings  # noqa: PLC0415 - after Django has loaded the models

        for label in ("account.EmailAddress", "oauth2_provider.DeviceGrant"):
            holdings.exempt(label, why="A library's table that stays empty: this node does not use it.")
