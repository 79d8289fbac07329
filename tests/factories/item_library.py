"""
An item as an item library writes it into the national item tables.
"""

from typing import Any

from simulators.agency.tables import Tables
from tests.factories import casework as make

CODE = "511A0148700000-511602000000-000-X-1"
BASIC: dict[str, Any] = {
    "catalog_code": "000123001000",
    "task_code": CODE,
    "task_name": "公共场所卫生许可（示例）",
    "task_type": "01",
    "by_law": "《公共场所卫生管理条例》第四条：国家对公共场所实行卫生许可证制度。",
    "use_level": "4",
    "power_source": "1",
    "dept_name": "示例区卫生健康局",
    "dept_code": make.AGENCY,
    "dept_type": "1",
    "server_type": "1,2",
    "project_type": "2",
    "handle_type": "1,2",
    "accept_condition": "有固定的经营场所\n有卫生管理制度",
    "handle_flow": "受理—审查—决定—送达",
    "anticipate_day": 20,
    "anticipate_type": "1",
    "promise_day": 5,
    "promise_type": "1",
    "special_procedure": "现场核查（5 个工作日）",
    "is_fee": "1",
    "limit_scene_num": 0,
    "transact_addr": "示例路 1 号政务服务中心",
    "transact_time": "工作日 9:00–17:00",
    "link_way": "窗口、网络",
    "supervise_way": "网络",
    "is_single_login": "1",
    "app_is_single_login": "0",
    "task_state": "1",
    "task_version": 1,
}
EXTEND = {
    "is_entry_center": "1",
    "handle_area": "3",
    "is_online": "1",
    "online_handle_depth": "1^2^5",
    "is_pay_online": "0",
    "is_express": "1",
    "result_type": "10",
    "result_name": "公共场所卫生许可证",
}
MATERIALS = [
    {"order_num": 2, "material_name": "平面图", "material_type": "3", "is_need": "1", "page_num": 2},
    {
        "order_num": 1,
        "material_name": "营业执照",
        "material_type": "1",
        "is_need": "3",
        "source_type": "20",
        "material_format": "2",
    },
]
FEES = [
    {"order_num": 1, "fee_name": "工本费", "fee_stand": "10.50元/本", "is_desc": "0"},
    {"order_num": 2, "fee_name": "检测费", "fee_stand": "按实际检测项目收取"},
]
QUESTIONS = [{"order_num": 1, "question": "要多久？", "answer": "五个工作日。"}]


def keep(office: Tables, **changes: Any) -> str:
    """
    Have an agency write the item with all its parts; return the row_guid of its basic row.
    """
    return office.keep_item(
        {**BASIC, **changes}, extend=[EXTEND], material=MATERIALS, fee_project=FEES, questions=QUESTIONS
    )
