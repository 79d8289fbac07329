"""
Vocabulary of trust grades (可信等级) of licences.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TrustGrade(TextChoices):
    """
    可信等级: how far a licence in the library may be relied on (国办函〔2016〕108号, 电子证照管理).
    """

    A = "A", _("A 级：实施机构提供")
    """Made by the agency that carries out the service: used as it is."""
    B = "B", _("B 级：经与原件核对")
    """Compared with the original by the staff of a counter: used again."""
    C = "C", _("C 级：未与原件核对")
    """Handed in by a user: compared with the original before it is used."""
    D = "D", _("D 级：本人承诺真实")
    """Made by the user himself, who promises that it is true: used as it is."""


class Supply(TextChoices):
    """
    来源方式: how the licences of a batch came to be recorded; the grade of each follows from it.
    """

    ISSUER = "ISSUER", _("颁发机构自有数据")
    COMPARED = "COMPARED", _("窗口已与原件核对")
    UPLOADED = "UPLOADED", _("复印件、扫描件录入")
    DECLARED = "DECLARED", _("持证主体自行填报")
