import psycopg
import pytest
from django.conf import settings
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


@pytest.mark.django_db(transaction=True)
class TestCommitting:
    def test_a_job_notifies_nobody(self) -> None:
        described = settings.DATABASES["default"]
        names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
        parameters = {names[name]: described[name] for name in names if described[name]}
        with psycopg.connect(**parameters, autocommit=True) as listener:
            for channel in ("procrastinate_any_queue_v1", "procrastinate_queue_v1#documents"):
                listener.execute(f'LISTEN "{channel}"')

            defer("licences.render_licence", licence_id="x")

            assert list(listener.notifies(timeout=0.5)) == []
