"""
What was issued and published stays as it was, whoever reaches into the database.
"""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.trust import AT, administrator, establish, issue
from tongban.support.trust import services
from tongban.support.trust.values import Reason

pytestmark = pytest.mark.django_db


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError:
        return True
    return False


class TestEvidence:
    def test_stays_as_it_was_issued_and_published(self) -> None:
        establish()
        issue()

        for statement in (
            "UPDATE trust_issuedcertificate SET name = 'x'",
            "UPDATE trust_issuedcertificate SET not_after = not_after + interval '1 day'",
            "UPDATE trust_authority SET der = 'x'",
            "UPDATE trust_signingkey SET point = 'x'",
            "UPDATE trust_publishedlist SET number = number + 1",
            "DELETE FROM trust_publishedlist",
            "DELETE FROM trust_issuedcertificate",
        ):
            assert refused(statement), statement

    def test_is_revoked_once_and_never_back(self) -> None:
        establish()
        made = issue()

        services.revoke_certificate(
            certificate_id=made.certificate_id, reason=Reason.CESSATION, actor=administrator(), at=AT
        )

        where = f"WHERE serial = '{made.serial}'"
        assert refused(f"UPDATE trust_issuedcertificate SET reason = 'SUPERSEDED' {where}")
        assert refused(
            f"UPDATE trust_issuedcertificate SET revoked_at = NULL, revoked_by = '', reason = '' {where}"
        )
