"""
Vocabulary of the seals app.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SealPurpose(TextChoices):
    """
    用印事由.
    """

    NOTICE = "NOTICE", _("办理文书")
    LICENCE = "LICENCE", _("电子证照")


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedDocument:
    """
    A document with the seal of an agency.
    """

    content: bytes
    """The sealed file; an adapter that works detached returns the document unchanged."""
    digest: str
    """SM3 of `content`, hexadecimal: what a verifier computes from the file in hand."""
    seal_id: str
    """Which seal, e.g. "DEMO-11511602…"."""
    method: str
    """How the seal was applied, e.g. "demonstration-hmac-sm3"."""
    proof: bytes
    """What shows later that this digest was sealed here."""
    is_demonstration: bool
    """True: the seal has no legal effect, and the document must say so."""
    sealed_at: datetime
