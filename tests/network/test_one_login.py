"""
A person registered in one city logs in at another and at the province, applies there, and sees all own cases in one
list; in each of the three official modes.

Source: 国办函〔2016〕108号 (分建、统分、统建).
"""

import psycopg
import pytest

from tests.factories import identity as make
from tests.integration.node.running import wait_until
from tests.network.conftest import Network
from tests.network.places import AWAY, HOME, PROVINCE, NodeAt, Person, Place, register
from tongban.config.database import address_file

pytestmark = pytest.mark.slow


def person(turn: int, *, division: str = "511602") -> Person:
    """
    Return somebody who is not registered yet.
    """
    return Person(
        id_number=make.id_number(sequence=turn, division=division),
        name=f"张测试{'甲乙丙丁'[turn % 4]}",
        mobile=make.mobile(7000 + turn),
    )


def known_from(node: NodeAt, home: Place) -> int:
    """
    Return how many people a node knows whose accounts another one keeps.
    """
    with psycopg.connect(address_file(node.running.home).read_text().strip()) as database:
        row = database.execute(
            "SELECT count(*) FROM federation_personkey WHERE home_code = %s", [home.code]
        ).fetchone()
    return int(row[0]) if row else 0


class TestSeparate:
    """
    分建: accounts at each node, mutual recognition.
    """

    def test_one_account_opens_every_node_and_one_list_shows_every_case(self, network: Network) -> None:
        network.set_up("SEPARATE")
        home, away, province = network.at(HOME), network.at(AWAY), network.at(PROVINCE)
        zhang = person(1)
        assert register(home, zhang, network.outside) == 2

        at_away = zhang.log_in_by(away, home)
        away_number = zhang.apply(away)
        at_province = zhang.log_in_by(province, home)
        province_number = zhang.apply(province)
        zhang.open(f"{home.url}/my/")
        home_number = zhang.apply(home)
        lists = [zhang.open(f"{node.url}/my/cases/everywhere/") for node in (home, away, province)]

        assert "张" in at_away
        assert "张" in at_province
        for page in lists:
            assert [number in page for number in (home_number, away_number, province_number)] == [True] * 3
            assert [name in page for name in ("广安市", "成都市", "四川省")] == [True] * 3
            assert "没有回应" not in page
        shown = zhang.open(f"{away.url}/sso/login/{HOME.code}/?next=/my/cases/{away_number}/")
        assert away_number in shown

    def test_logging_out_at_home_ends_the_logins_elsewhere(self, network: Network) -> None:
        network.set_up("SEPARATE")
        home, away = network.at(HOME), network.at(AWAY)
        wang = person(2)
        register(home, wang, network.outside)
        wang.log_in_by(away, home)
        wang.open(f"{away.url}/my/account/")
        assert wang.page is not None
        assert wang.page.status_code == 200

        wang.open(f"{home.url}/my/account/")
        wang.send("/my/logout/")

        wait_until(lambda: 'name="password"' in wang.open(f"{away.url}/my/account/"))

    def test_who_has_an_account_there_too_says_once_that_it_is_he(self, network: Network) -> None:
        network.set_up("SEPARATE")
        home, away = network.at(HOME), network.at(AWAY)
        zhao = person(4)
        register(home, zhao, network.outside)
        twice = Person(id_number=zhao.id_number, name=zhao.name, mobile=make.mobile(7104))
        register(away, twice, network.outside)

        asked = zhao.log_in_by(away, home)
        confirmed = zhao.send("/my/login/", login=zhao.id_number, password="Three-nodes-2026")
        zhao.open(f"{away.url}/my/account/")
        zhao.send("/my/logout/")
        again = zhao.log_in_by(away, home)

        assert 'name="password"' in asked
        assert "已关联" in confirmed
        assert 'name="password"' not in again


class TestMixed:
    """
    统分: accounts at the province, a city's pages lead to its login.
    """

    def test_registers_at_the_province_from_the_city_and_the_city_knows_at_once(
        self, network: Network
    ) -> None:
        network.set_up("MIXED")
        home, province = network.at(HOME), network.at(PROVINCE)
        sun = person(5)

        register_page = sun.open(f"{home.url}/my/register/")
        assert sun.page is not None
        led_to = str(sun.page.url)
        register(province, sun, network.outside)
        wait_until(lambda: known_from(home, PROVINCE) == 1)
        at_home = sun.open(f"{home.url}/my/login/")
        inside = sun.send("/my/login/", login=sun.id_number, password="Three-nodes-2026")
        agreed = sun.agree()

        assert led_to.startswith(f"{province.url}/my/register/")
        assert "注册" in register_page
        assert 'name="password"' in at_home
        assert "同意并登录" in inside
        assert "张" in agreed
        assert str(sun.page.url).startswith(f"{home.url}/my/")

    def test_the_city_itself_registers_nobody(self, network: Network) -> None:
        network.set_up("MIXED")
        home = network.at(HOME)
        answer = person(6).http.post(f"{home.url}/api/v1/persons", json={})

        assert answer.status_code == 403

    def test_staff_log_in_at_their_own_node(self, network: Network) -> None:
        network.set_up("MIXED")
        home = network.at(HOME)
        clerk = person(7)

        clerk.open(f"{home.url}/desk/")

        assert clerk.page is not None
        assert str(clerk.page.url).startswith(f"{home.url}/my/login/")


class TestUnified:
    """
    统建: everything at the province.
    """

    def test_a_citys_address_leads_to_the_province_and_stays_there(self, network: Network) -> None:
        network.set_up("UNIFIED")
        away, province = network.at(AWAY), network.at(PROVINCE)
        zhou = person(8)
        register(province, zhou, network.outside)

        zhou.open(f"{away.url}/my/cases/")
        zhou.send("/my/login/", login=zhou.id_number, password="Three-nodes-2026")

        assert zhou.page is not None
        assert str(zhou.page.url) == f"{province.url}/my/cases/"
        number = zhou.apply(province)
        assert number in zhou.open(f"{away.url}/my/cases/")
