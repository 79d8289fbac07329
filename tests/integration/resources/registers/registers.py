"""
Rows and people for tests of the base registers.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.factories.catalogue import AT, NODE
from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.codes import id_check_character
from tongban.resources.registers import services
from tongban.resources.registers.values import (
    AgencyRow,
    Authority,
    Ground,
    LoadReport,
    RegisterCode,
    SourceRole,
)

POLICE, CIVIL, MARKET = "11511301008778255F", "11511301008778298W", "11511301MB051073XA"
WANG = {"id_number": "511602199003079111", "name": "王示例", "household_address": "广安市广安区演示路1号"}
LI = {"id_number": "511602198506129227", "name": "李示范"}
ENTITY = {
    "credit_code": "91511602MA0009036B",
    "name": "广安演示建筑有限公司",
    "legal_representative": "孙创业",
}
GROUND = Ground(purpose="ACCEPTANCE", legal_basis="行政许可法第34条", case_number="5116022026000001")
CLIENT = Actor(
    kind=ActorKind.CLIENT,
    id="hr-system",
    agency_code=CIVIL,
    scopes=frozenset({"registers:verify"}),
    channel=Channel.API,
)


def staff(name: str, *, agency: str = "", roles: str = "", posts: str = "") -> Actor:
    """
    Return a member of staff.
    """
    return Actor(
        kind=ActorKind.STAFF,
        id=name,
        agency_code=agency,
        roles=frozenset(roles.split()),
        posts=frozenset(posts.split()),
    )


POLICE_STEWARD = staff("police", agency=POLICE, roles="DATA_STEWARD")
CIVIL_STEWARD = staff("civil", agency=CIVIL, roles="DATA_STEWARD")
REVIEWER = staff("reviewer", agency=CIVIL, roles="DATA_REVIEWER")


def authority(*fields: str, at: datetime = AT) -> Authority:
    """
    Return what a grant opens for a month.
    """
    return Authority(
        reference="G-1",
        subscriber="hr-system",
        agency_code=CIVIL,
        fields=frozenset(fields),
        ground=GROUND,
        expires_at=at + timedelta(days=30),
    )


def prepare() -> None:
    """
    Enter three agencies and say whose word holds.
    """
    rows = [
        AgencyRow(code=code, name=name, division_code="511602000000")
        for code, name in ((POLICE, "区公安分局"), (CIVIL, "区民政局"), (MARKET, "区市场监督管理局"))
    ]
    services.load_agencies(rows=rows, actor=NODE, at=AT)
    for register, role, agency in (
        (RegisterCode.POPULATION, SourceRole.PUBLIC_SECURITY, POLICE),
        (RegisterCode.POPULATION, SourceRole.CIVIL_AFFAIRS, CIVIL),
        (RegisterCode.ENTITY, SourceRole.MARKET_REGULATION, MARKET),
    ):
        services.appoint_source(register=register, role=role, agency_code=agency, actor=NODE, at=AT)


def load(
    folder: Path,
    *rows: dict[str, Any],
    register: RegisterCode = RegisterCode.POPULATION,
    agency: str = POLICE,
    at: datetime = AT,
) -> LoadReport:
    """
    Load rows from a file.
    """
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return services.load_file(register=register, path=path, agency_code=agency, actor=NODE, at=at)


def id_number(number: int) -> str:
    """
    Return the identity number of the so-manieth test person.
    """
    body = (
        f"511602{1950 + number % 50}{number // 50 % 12 + 1:02}{number // 600 % 28 + 1:02}{number // 16800:03}"
    )
    return body + id_check_character(body)
