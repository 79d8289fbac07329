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
