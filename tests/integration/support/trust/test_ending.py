"""
Certificates that end: told 60, 30 and 7 days before, once each, unless another follows.
"""

from datetime import timedelta

import pytest

from tests.factories import certificates as make
from tests.factories.trust import AT, administrator, establish, issue
from tongban.config import metrics
from tongban.foundation.models import AuditEntry
from tongban.support.trust import selectors, services
from tongban.support.trust.values import EndingKind, Reason

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def told() -> list[str]:
    rows = AuditEntry.objects.filter(action="trust.certificate.near_end").order_by("id")
    return list(rows.values_list("subject", flat=True))


class TestEnding:
    def test_is_told_once_at_each_limit(self) -> None:
        establish()
        issue(valid_until=AT + 70 * DAY)

        counts = [services.warn_of_ending(at=AT + after * DAY) for after in (0, 9, 11, 12, 41, 64, 69)]

        assert counts == [0, 0, 1, 0, 1, 1, 0]
        assert told() == ["2027-01-31 (60)", "2027-01-31 (30)", "2027-01-31 (7)"]

    def test_is_told_of_everything_that_ends_on_a_day_together(self) -> None:
        establish()
        issue(valid_until=AT + 20 * DAY)
        issue(valid_until=AT + 20 * DAY, bearer="seal:other")

        assert services.warn_of_ending(at=AT) == 2
        assert told() == ["2026-12-12 (30)"]

    def test_is_none_where_another_follows_or_it_is_revoked(self) -> None:
        establish()
        renewed, revoked = issue(valid_until=AT + 5 * DAY), issue(valid_until=AT + 5 * DAY, bearer="desk")

        services.renew_certificate(certificate_id=renewed.certificate_id, actor=administrator(), at=AT + DAY)
        services.revoke_certificate(
            certificate_id=revoked.certificate_id, reason=Reason.CESSATION, actor=administrator(), at=AT + DAY
        )

        assert selectors.ending(at=AT + DAY) == []

    def test_is_that_of_authorities_too(self) -> None:
        establish()
        outside = make.root("外部根", not_before=AT - DAY, not_after=AT + 3 * DAY)
        services.trust_issuer(
            content=outside.certificate.der,
            name="外部",
            grounds="试",
            list_url="",
            actor=administrator(),
            at=AT,
        )

        assert [(one.kind, one.days) for one in selectors.ending(at=AT)] == [(EndingKind.ISSUER, 3)]
        # Nobody has kept the authorities for years.
        late = selectors.ending(at=AT + 1800 * DAY)
        assert [one.kind for one in late] == [EndingKind.AUTHORITY] * 2

    def test_is_counted_for_who_watches_the_node(self, monkeypatch: pytest.MonkeyPatch) -> None:
        establish()
        issue(valid_until=AT + 20 * DAY)
        monkeypatch.setattr(metrics, "now", lambda: AT)

        (family,) = metrics.CertificateCollector().collect()

        counted = {sample.labels["within_days"]: sample.value for sample in family.samples}
        assert counted == {"60": 1, "30": 1, "7": 0}
