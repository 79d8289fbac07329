"""
Which version of the service agreement a person has agreed to.
"""

import uuid

from django.db import models

from tongban.support.identity.models.persons import Person
from tongban.support.identity.values import ConsentWay


class AgreementConsent(models.Model):
    """
    协议签署记录.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    version = models.CharField("协议版本", max_length=16)
    way = models.CharField("签署方式", max_length=8, choices=ConsentWay)
    agreed_at = models.DateTimeField("签署时间")
    witnessed_by = models.CharField("见证人", max_length=64, blank=True)
    """Account of the clerk before whom it was signed; empty: online."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "version", "way"], name="consent_once_of_a_way"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.way}"
