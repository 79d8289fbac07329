import pytest
from django.db import connection

from tongban.foundation.jobs import defer

pytestmark = pytest.mark.django_db


class TestDefer:
    def test_leaves_the_callers_transaction_usable_when_the_job_waits_already(self) -> None:
        for _ in range(2):
            defer("licences.render_licence", once="one document", licence_id="x")

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = 'one document'")
            assert cursor.fetchone() == (1,)
