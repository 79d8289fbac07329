"""
Wiring of identity.
"""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """
    统一身份认证.
    """

    name = "tongban.support.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
