"""
Datasets, and who keeps the catalogue.
"""

from pathlib import Path
from typing import Any

import msgspec
from rdflib import Graph

from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.resources.datasets.values import Cycle, Definition, Field, FieldType, Sharing

AGENCY, OTHER_AGENCY, DIVISION = "11511301008778298W", "11511301008778239R", "511602000000"

OPEN_FIELDS = (
    Field(name="place", title="地点", length=100, is_required=True, is_key=True),
    Field(name="counted_on", title="统计日期", type=FieldType.DATE),
)
"""Fields that say nothing of anybody, as data must be that are open without conditions."""


def member(number: int, *roles: str, agency_code: str = AGENCY, division_code: str = DIVISION) -> Actor:
    """
    Return a member of staff with these roles.
    """
    return Actor(
        kind=ActorKind.STAFF,
        id=f"00000000-0000-4000-8000-0000000001{number:02d}",
        name="数据员",
        agency_code=agency_code,
        division_code=division_code,
        roles=frozenset(roles),
        channel=Channel.COUNTER,
    )


STEWARD = member(1, "DATA_STEWARD")
REVIEWER = member(2, "DATA_REVIEWER")
OTHER_STEWARD = member(3, "DATA_STEWARD", agency_code=OTHER_AGENCY)


def definition(**changes: Any) -> Definition:
    """
    Return a whole definition; `changes` replace parts.
    """
    whole = Definition(
        title="低保对象信息",
        title_en="Recipients of subsistence allowances",
        summary="享受最低生活保障的家庭和个人",
        group_code="06",
        subgroup_code="018",
        provider_code=AGENCY,
        provider_name="广安区民政局",
        division_code=DIVISION,
        fields=(
            Field(
                name="id_number", title="身份证号", length=18, is_required=True, is_key=True, is_personal=True
            ),
            Field(name="granted_on", title="批准日期", type=FieldType.DATE),
            Field(name="amount", title="月保障金额", type=FieldType.MONEY),
        ),
        sharing=Sharing.CONDITIONAL,
        sharing_condition="办理社会救助、住房保障事项",
        cycle=Cycle.MONTHLY,
    )
    return msgspec.structs.replace(whole, **changes)


def shapes() -> Graph:
    """
    Return what DCAT-AP 3 demands of the parts that the catalogue's documents have.
    """
    return Graph().parse(Path(__file__).parents[1] / "data" / "dcat" / "mandatory.ttl")
