"""
One set of data for each kind of notice.
"""

from datetime import date
from typing import Any

BASE: dict[str, Any] = {
    "document_number": "示例市监受〔2026〕12号",
    "issued_date": date(2026, 11, 23),
    "agency_name": "示例市示例区市场监督管理局",
    "applicant_name": "张三",
    "service_name": "食品经营许可（新办）",
    "case_number": "11510100MB1500000X4000131001000202611210068",
    "query_code": "7K3M-9QPA",
    "contact": "0000-2222333",
    "verification_url": "http://localhost:8000/verify/d/3k2j4h5k",
    "legal_basis": ["《中华人民共和国行政许可法》第三十二条"],
    "explanation": ["2026年11月28日、29日，周末，不计入。"],
}
APPLIED = {"applied_date": date(2026, 11, 21)}
REASONS = {"reasons": ["理由甲。", "理由乙。"]}

SAMPLES: dict[str, dict[str, Any]] = {
    "receipt": BASE | {"received_date": date(2026, 11, 21), "materials": [{"name": "申请书"}]},
    "acceptance": BASE
    | APPLIED
    | {
        "accepted_date": date(2026, 11, 23),
        "statutory_limit": "20个工作日",
        "committed_limit": "7个工作日",
        "due_date": date(2026, 12, 2),
        "materials": [{"name": "申请书", "form": "纸质", "copies": 2}],
    },
    "refusal_to_accept": BASE | APPLIED | REASONS | {"competent_agency": "示例区卫生健康局"},
    "correction_notice": BASE | APPLIED | {"items": [{"name": "平面图", "problem": "看不清"}]},
    "clock_stop_notice": BASE
    | REASONS
    | {
        "procedure_name": "专家评审",
        "started_date": date(2026, 11, 25),
        "announced_limit": "15个工作日",
    },
    "extension_notice": BASE
    | REASONS
    | {
        "extension_limit": "10个工作日",
        "previous_due_date": date(2026, 12, 2),
        "new_due_date": date(2026, 12, 16),
    },
    "grant": BASE | APPLIED | {"content": "准予经营", "conditions": ["亮证经营。"]},
    "refusal": BASE | APPLIED | REASONS,
    "delivery_record": BASE
    | {
        "documents": [{"name": "准予行政许可决定书", "number": "示例市监准〔2026〕12号"}],
        "method": "网上送达",
        "delivered_at": "2026年11月30日 10:30",
        "recipient_name": "张三",
    },
    "withdrawal": BASE | APPLIED | {"withdrawn_date": date(2026, 11, 22)},
    "voiding_notice": BASE | APPLIED | REASONS | {"voided_date": date(2026, 11, 22)},
    "transfer_notice": BASE
    | APPLIED
    | REASONS
    | {"transferred_date": date(2026, 11, 22), "receiving_agency": "示例区行政审批局"},
}
