"""
A node in service refuses accounts that everybody knows.
"""

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from tests.factories import identity as people
from tongban.config import env, service_checks
from tongban.config.env import NodeSettings
from tongban.config.service_checks import NotForService
from tongban.support.identity import services
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def in_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "node", NodeSettings(is_demo=False))


def url() -> str:
    """
    Return the address of the database of the tests, for a connection beside Django's.
    """
    connection.ensure_connection()
    info = connection.connection.info
    return make_conninfo(
        host=info.host, port=info.port, user=info.user, password=info.password, dbname=info.dbname
    )


def load_demo(number: int) -> None:
    services.load_demo_accounts(
        staff=[
            {
                "login_name": f"demo{turn}",
                "name": "示例",
                "agency_code": "A1",
                "division_code": "511602000000",
                "posts": ["REVIEW"],
                "roles": [],
            }
            for turn in range(number)
        ],
        persons=[],
        password="Tongban-2026",
        actor=people.NODE,
        at=people.NOW,
    )


class TestCheckAccounts:
    def test_refuses_accounts_that_share_a_password_and_names_them(self) -> None:
        load_demo(2)

        with pytest.raises(NotForService, match=r"demonstration accounts \(demo0, demo1\)"):
            service_checks.check_accounts(url())

    def test_lets_accounts_of_people_pass(self) -> None:
        people.staff(Post.REVIEW, password="Correct-horse-1")
        people.citizen(password="Correct-horse-2")

        service_checks.check_accounts(url())

    def test_lets_a_demonstration_have_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        load_demo(2)
        monkeypatch.setattr(env, "node", NodeSettings(is_demo=True))

        service_checks.check_accounts(url())
