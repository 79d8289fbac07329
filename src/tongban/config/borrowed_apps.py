"""
Apps of others that stand behind ours, without their own wiring: only their tables and functions are used.

The second factor's tables and arithmetic are those of django-allauth (`allauth.mfa`). It asks for `allauth.account`,
and that for `django.contrib.auth`; of these two nothing is used: no address, no middleware, no permission, and their
tables stay empty. See docs/decisions/0046-second-factor-of-staff.md.
"""

from django.apps import AppConfig


class PermissionsUnused(AppConfig):
    """
    Tables of permissions and groups, which stay empty: who may do what is `foundation.policy`.
    """

    name = "django.contrib.auth"
    label = "auth"
    default_auto_field = "django.db.models.AutoField"


class AddressesUnused(AppConfig):
    """
    Tables of e-mail addresses, which stay empty: people log in with ID number, mobile or login name.
    """

    name = "allauth.account"
    label = "account"
    default_auto_field = "django.db.models.AutoField"


class SecondFactors(AppConfig):
    """
    第二重认证: the table of authenticators.
    """

    name = "allauth.mfa"
    label = "mfa"
    default_auto_field = "django.db.models.BigAutoField"
