"""
Topology files: what they mean together, and what they may not say.
"""

import msgspec
import pytest

from tongban.resources.exchange.rules.topology import NotATopology, plan_of, read_topology
from tongban.resources.exchange.values import Contract, Direction
from tongban.resources.exchange.values.topology import Component, Mode, NodeTopology

PROVINCE, CITY = "510000000000", "511600000000"


class Thing(msgspec.Struct):
    """
    Something that is exchanged.
    """


def contract(code: str, direction: Direction) -> Contract:
    """
    Return a contract that takes nothing.
    """
    return Contract(code=code, title=code, shape=Thing, direction=direction, take=lambda *_: ())


def province(text: str = 'mode = "MIXED"') -> NodeTopology:
    """
    Read the province's file.
    """
    return read_topology(f'node = "{PROVINCE}"\n{text}', file="p.toml")


def city(text: str) -> NodeTopology:
    """
    Read the city's file.
    """
    return read_topology(f'node = "{CITY}"\nparent = "{PROVINCE}"\n{text}', file="c.toml")


class TestAFile:
    def test_puts_everything_at_the_node_itself_when_it_says_no_more(self) -> None:
        read = read_topology("", file=f"{CITY}.toml")

        assert (read.code, read.mode) == (CITY, Mode.SEPARATE)
        assert set(read.places.values()) == {CITY}

    def test_of_unified_mode_puts_everything_where_the_accounts_are(self) -> None:
        read = city(f'mode = "UNIFIED"\naccounts_at = "{PROVINCE}"')

        assert set(read.places.values()) == {PROVINCE}

    def test_may_place_single_components(self) -> None:
        read = city(f'mode = "MIXED"\naccounts_at = "{PROVINCE}"\n[components]\nlicences = "{PROVINCE}"')

        away = {each for each, place in read.places.items() if place == PROVINCE}
        assert away == {Component.ACCOUNTS, Component.LICENCES}

    @pytest.mark.parametrize(
        "text", ['mode = "?"', "mode = ", '[components]\nkitchen = "510000000000"', 'node = "51"']
    )
    def test_that_makes_no_sense_is_refused(self, text: str) -> None:
        with pytest.raises(NotATopology):
            read_topology(text, file="p.toml")


class TestAPlan:
    def test_names_the_flows_of_data_and_of_people(self) -> None:
        nodes = [province(), city(f'mode = "MIXED"\naccounts_at = "{PROVINCE}"')]
        contracts = [
            contract("caselibrary.case", Direction.UP),
            contract("datasets.reference", Direction.DOWN),
            contract("casework.remote", Direction.ADDRESSED),
        ]

        plan = plan_of(nodes, contracts=contracts)

        assert plan.contradictions == ()
        assert {(flow.dataset, flow.source, flow.target) for flow in plan.flows} == {
            ("identity.login", CITY, PROVINCE),
            ("identity.person", PROVINCE, CITY),
            ("caselibrary.case", CITY, PROVINCE),
            ("datasets.reference", PROVINCE, CITY),
            ("casework.remote", CITY, ""),
            ("casework.remote", PROVINCE, ""),
        }

    def test_sends_no_cases_from_a_node_that_has_none(self) -> None:
        nodes = [province('mode = "UNIFIED"'), city(f'mode = "UNIFIED"\naccounts_at = "{PROVINCE}"')]

        plan = plan_of(nodes, contracts=[contract("caselibrary.case", Direction.UP)])

        assert [flow.dataset for flow in plan.flows] == ["portal.everything"]
        assert plan.contradictions == ()

    @pytest.mark.parametrize(
        ("above", "below", "expected"),
        [
            ("", f'accounts_at = "{PROVINCE}"', {"separate_but_away", "home_is_separate"}),
            ('mode = "MIXED"', 'mode = "MIXED"', {"home_missing"}),
            (
                'mode = "UNIFIED"',
                f'mode = "UNIFIED"\naccounts_at = "{PROVINCE}"\ncases_at = "{CITY}"',
                {"unified_but_apart"},
            ),
            (
                'mode = "MIXED"',
                'mode = "MIXED"\naccounts_at = "510100000000"',
                {"place_not_above"},
            ),
            (
                'mode = "MIXED"',
                'mode = "MIXED"\naccounts_at = "000000000000"',
                {"place_unknown"},
            ),
            (
                f'mode = "MIXED"\nitems_at = "000000000000"\naccounts_at = "{PROVINCE}"',
                f'mode = "MIXED"\naccounts_at = "{PROVINCE}"\nitems_at = "{PROVINCE}"',
                {"place_unknown", "placed_twice"},
            ),
        ],
    )
    def test_refuses_what_contradicts_itself(self, above: str, below: str, expected: set[str]) -> None:
        plan = plan_of([province(above), city(below)], contracts=())

        assert {each.code for each in plan.contradictions} == expected
        assert all(each.node in each.text for each in plan.contradictions)

    def test_refuses_two_files_of_one_node_and_a_parent_that_is_none(self) -> None:
        below = read_topology(f'node = "{CITY}"\nparent = "510100000000"', file="c.toml")

        plan = plan_of([below, below], contracts=())

        assert {each.code for each in plan.contradictions} == {"node_twice", "parent_not_above"}
