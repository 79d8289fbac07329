"""
Natural persons.
"""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import BlindIndexField, SealedTextField
from tongban.support.identity.models.accounts import Account
from tongban.support.identity.values import TRAVEL_PERMITS, IdType


class PersonQuerySet(models.QuerySet["Person"]):
    """
    Persons, found without reading what is sealed.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


class Person(models.Model):
    """
    自然人: somebody this node knows by an identity document, with or without an account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, null=True, related_name="person")
    id_type = models.CharField("证件类型", max_length=3, choices=IdType)
    id_number = SealedTextField("证件号码", context="identity.person.id_number")
    id_number_index = BlindIndexField("证件号码索引", unique=True)
    born_on = SealedTextField("出生日期", context="identity.person.born_on", null=True)
    """YYYY-MM-DD of the holder of a travel permit; null: the number says it."""
    name = SealedTextField("姓名", context="identity.person.name")
    name_masked = models.CharField("脱敏姓名", max_length=64)
    mobile = SealedTextField("手机号码", context="identity.person.mobile", null=True)
    mobile_index = BlindIndexField("手机号码索引", null=True)
    registered_by = models.CharField("登记人", max_length=64, blank=True)
    """Account of the clerk who registered the person at a counter; empty: registered himself."""
    created_at = models.DateTimeField("登记时间")

    objects = models.Manager.from_queryset(PersonQuerySet)()

    class Meta:
        constraints = [
            # A mobile is a way to log in, so it leads to one account. Persons known from a counter only may
            # share one: a daughter's number stands on her parents' applications.
            models.UniqueConstraint(
                fields=["mobile_index"], condition=Q(account__isnull=False), name="person_mobile_logs_in_once"
            ),
            models.CheckConstraint(
                name="person_mobile_is_indexed",
                condition=Q(mobile__isnull=True, mobile_index__isnull=True)
                | Q(mobile__isnull=False, mobile_index__isnull=False),
            ),
            models.CheckConstraint(
                name="person_of_permit_says_birth",
                condition=Q(id_type__in=TRAVEL_PERMITS, born_on__isnull=False)
                | (~Q(id_type__in=TRAVEL_PERMITS) & Q(born_on__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_masked} {self.id}"
