"""
What the other nodes do while the node is down that keeps somebody's account: honestly as much as they can.
"""

import pytest

from tests.network.conftest import Network
from tests.network.places import AWAY, HOME, PROVINCE, register
from tests.network.test_one_login import person

pytestmark = pytest.mark.slow


class TestHomeIsDown:
    """
    Last of the package by its name, because it stops a node.
    """

    def test_says_so_and_goes_on_as_far_as_it_can(self, network: Network) -> None:
        network.set_up("SEPARATE")
        home, away, province = network.at(HOME), network.at(AWAY), network.at(PROVINCE)
        wu = person(9)
        register(home, wu, network.outside)
        wu.log_in_by(away, home)
        number = wu.apply(away)

        home.running.destroy()
        everything = wu.open(f"{away.url}/my/cases/everywhere/")
        more = wu.apply(away)
        refused = wu.open(f"{province.url}/sso/login/{HOME.code}/")

        assert "“广安市”暂时没有回应" in everything
        assert "已列出：成都市、四川省" in everything
        assert number in everything
        assert more != number
        assert "“广安市”暂时没有回应，现在不能用那里的账号登录" in refused
        assert "用本地账号登录" in refused
