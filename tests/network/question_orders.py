"""
What a process beside a node is told to do about data services.
"""

from datetime import timedelta
from typing import Any

from tongban.foundation import clock
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.calendar import current_calendar
from tongban.resources.sharing import services
from tongban.resources.sharing.models import Call, DataRequest

BASIS = "国发〔2016〕51号"
FIELDS = ("name", "born")
DATASET = {
    "title": "出生登记",
    "title_en": "Births",
    "summary": "按身份证号码查询出生登记",
    "class_code": "1",
    "group_code": "01",
    "subgroup_code": "001",
    "sharing": "2",
    "sharing_condition": "用于核定社会保险待遇",
    "cycle": "2",
    "fields": [
        {"name": name, "title": title, "type": "C", "length": 100, "is_personal": True}
        for name, title in (("name", "姓名"), ("born", "出生日期"), ("place", "出生地"))
    ],
}


def offer(code: str, agency_code: str, division_code: str, **definition: Any) -> dict[str, Any]:
    """
    Publish a service over a source, and where it is another node's let a system of the agency apply for it.
    """
    at, is_ours = clock.now(), "url" in definition
    line = {
        "code": code,
        "dataset": DATASET,
        "service": {
            "title": "出生登记查询",
            "summary": "按身份证号码查询出生登记",
            "kind": "UPSTREAM" if is_ours else "PARENT",
            "definition": definition,
            "parameters": [{"name": "id_number", "title": "身份证号码"}],
        },
    }
    if not is_ours:
        line["request"] = {
            "client_id": "hr-system",
            "purpose": "核定生育保险待遇",
            "legal_basis": BASIS,
            "fields": FIELDS,
            "daily_quota": 3,
            "contact_name": "姚用数",
            "contact_phone": "0000-1234567",
        }
    place = {"agency_code": agency_code, "division_code": division_code}
    brought = services.load_demo_services(
        [line],
        provider={**place, "agency_name": "数据局"},
        applicant=_steward(agency_code, division_code),
        actor=system_actor("tests"),
        calendar=current_calendar(),
        at=at,
    )
    return {"brought": brought}


def open_to(node: str, code: str, agency_code: str, division_code: str) -> dict[str, Any]:
    """
    Open the service to a node below.
    """
    at = clock.now()
    services.open_to_node(
        service_code=code,
        node_code=node,
        fields=FIELDS,
        daily_quota=10,
        until=clock.civil_date(at) + timedelta(days=30),
        purpose="代理查询",
        legal_basis=BASIS,
        actor=_steward(agency_code, division_code),
        at=at,
    )
    return {}


def grant(agency_code: str, division_code: str) -> dict[str, Any]:
    """
    Grant what the system applied for.
    """
    request = DataRequest.objects.get()
    answer = services.Answer(fields=FIELDS, row_condition="", daily_quota=3)
    services.grant_request(
        request_id=request.id, answer=answer, actor=_steward(agency_code, division_code), at=clock.now()
    )
    return {}


def evidence(request_id: str) -> dict[str, Any]:
    """
    Return what is kept of a call: its results, and the nodes that signed.
    """
    calls = list(Call.objects.filter(request_id=request_id))
    return {
        "results": [call.result for call in calls],
        "nodes": [hop["node"] for call in calls for hop in call.hops or ()],
    }


def _steward(agency_code: str, division_code: str) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id="steward",
        name="程编目",
        agency_code=agency_code,
        division_code=division_code,
        roles=frozenset({"DATA_STEWARD"}),
    )
