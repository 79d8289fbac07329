"""
How surely persons are known: one row for each proof.
"""

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from tongban.support.identity.models.persons import Person
from tongban.support.identity.values import AssuranceLevel


class AssuranceGrantQuerySet(models.QuerySet["AssuranceGrant"]):
    """
    Proofs, and which of them hold.
    """

    def live(self, *, at: datetime) -> Self:
        """
        Keep what has neither lapsed nor been revoked.
        """
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at__isnull=True)


class AssuranceGrant(models.Model):
    """
    实名等级授予: a person was proved to be who he is, by a means, to a level, for a time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    means = models.CharField("证明方式", max_length=32)
    """Code of `values.means()`."""
    level = models.PositiveSmallIntegerField("实名等级", choices=AssuranceLevel)
    granted_at = models.DateTimeField("核验时间")
    expires_at = models.DateTimeField("失效时间", null=True)
    """None: for good."""
    granted_by = models.CharField("核验人", max_length=64)
    """Account, client or process on whose request it was proved: the person himself, a clerk, the node."""
    evidence_digest = models.CharField("凭据摘要", max_length=64, blank=True)
    """Keyed digest of what was compared; never the data."""
    revoked_at = models.DateTimeField("撤销时间", null=True)
    revoked_for = models.CharField("撤销原因", max_length=64, blank=True)
    """Code: REPLACED by a newer proof of the same means, MOBILE_CHANGED, ACCOUNT_OPENED, MERGED, BY_OPERATOR."""

    objects = models.Manager.from_queryset(AssuranceGrantQuerySet)()

    class Meta:
        indexes = [
            # The level of whoever acts: asked with every request.
            models.Index(
                fields=["person", "-level"], condition=Q(revoked_at__isnull=True), name="grant_live_of_person"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="grant_level_exists",
                condition=Q(level__in=[level for level in AssuranceLevel.values if level]),
            ),
            models.UniqueConstraint(
                fields=["person", "means"], condition=Q(revoked_at__isnull=True), name="grant_one_of_means"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.means} {self.level}"


def level_at(at: datetime, *, person: str = "pk", **owner: str) -> Coalesce:
    """
    Return the expression for the highest level whose proof holds; 0 where there is none.

    :param person: name of the person's key in the query it is used in
    :param owner: instead of the person, a field of the grant and the name it is compared with
    """
    wanted: dict[str, Any] = (
        {name: OuterRef(value) for name, value in owner.items()} if owner else {"person": OuterRef(person)}
    )
    grants = AssuranceGrant.objects.live(at=at).filter(**wanted).order_by("-level").values("level")[:1]
    return Coalesce(Subquery(grants), 0, output_field=models.PositiveSmallIntegerField())


def found_level(person: Person) -> int:
    """
    Return the level of a person that a query asked for as `assurance_level=level_at(…)`.
    """
    level: int = vars(person)["assurance_level"]
    return level
