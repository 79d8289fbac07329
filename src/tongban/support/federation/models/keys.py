"""
Keys by which this node signs what it says about people.
"""

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField


class SigningKey(models.Model):
    """
    签名密钥: an RSA key of the provider. One signs; older ones stay published until what they signed has lapsed.
    """

    kid = models.CharField("密钥标识", max_length=64, unique=True)
    """Thumbprint of the public key, RFC 7638."""
    private_pem = SealedTextField("私钥", context="federation.signing_key.private_pem")
    created_at = models.DateTimeField("启用时间")
    retired_at = models.DateTimeField("停用时间", null=True)
    published_until = models.DateTimeField("公布至", null=True)
    turn = models.PositiveSmallIntegerField("当前", default=1)
    """Always 1: the constraint below lets one key without an end in."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["turn"], condition=Q(retired_at__isnull=True), name="federation_one_key_signs"
            ),
        ]

    def __str__(self) -> str:
        return self.kid
