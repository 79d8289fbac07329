"""
How `allauth.mfa` meets this node: secrets sealed by our keys, our name and address shown to apps and keys.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.utils.translation import gettext as _

from tongban.foundation import crypto
from tongban.support.identity.values.factors import FACTOR_CONTEXT

if TYPE_CHECKING:
    from tongban.support.identity.models import Account


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """
    Adapter named by `MFA_ADAPTER`.
    """

    def encrypt(self, text: str) -> str:
        """
        Seal a secret (SM4-GCM) before it is kept.
        """
        return crypto.seal(text.encode(), context=FACTOR_CONTEXT).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """
        Open a kept secret.
        """
        return crypto.unseal(bytes.fromhex(encrypted_text), context=FACTOR_CONTEXT).decode()

    def get_totp_label(self, user: "Account") -> str:
        """
        Return the name an authenticator app shows for the account.
        """
        return user.login_name

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """
        Return for whom a security key signs: the host that people use, never the one a request claims.
        """
        host = urlsplit(settings.TONGBAN_BASE_URL).hostname or "localhost"
        return {"id": host, "name": _("%(place)s政务服务") % {"place": settings.TONGBAN_NODE.name}}

    def get_public_key_credential_user_entity(self, user: "Account") -> dict[str, Any]:
        """
        Return what a security key keeps of the account: no name, no number.
        """
        return {"id": user.id.bytes, "name": user.login_name, "display_name": user.login_name}
