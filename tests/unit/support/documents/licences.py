"""
A licence as tests set it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tongban.support.documents.services import default_face_template, lay_out_face
from tongban.support.documents.values import DocumentFacts, FaceLineText, FaceTemplate, FaceValues, Layout

BASE_TIME = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
"""Already the 22nd in China."""

FIELDS = {
    "title": "营业执照",
    "title_en": "Business License",
    "number": "示例市监照〔2026〕00012号",
    "identifier": "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "issuer_name": "示例市示例区市场监督管理局",
    "issued_date": "2026-11-22",
    "valid_from": "2026-11-22",
    "last_valid_date": "",
    "demonstration": "1",
    "verification_url": "https://example.gov.cn/v/abcdefghijklmnopqrstuvwxyz",
}
LINES = (
    FaceLineText(key="holder_code", label="统一社会信用代码", value="91110000600037341L"),
    FaceLineText(key="holder_name", label="名称", value="示例市示例区张三餐饮服务有限公司"),
    FaceLineText(key="kind", label="类型", value="有限责任公司（自然人独资）"),
    FaceLineText(
        key="scope", label="经营范围", value="餐饮服务；食品销售；外卖递送服务。（依法须经批准的项目除外）"
    ),
    FaceLineText(key="empty", label="备注", value=""),
)
FACTS = DocumentFacts(
    title="营业执照（示例市监照〔2026〕00012号）",
    author="示例市示例区市场监督管理局",
    created_at=BASE_TIME,
    keywords=("营业执照", "示例"),
    metadata={"ZZMC": "营业执照", "ZZBH": "示例市监照〔2026〕00012号"},
)


def licence(
    *,
    template: FaceTemplate | None = None,
    fields: Mapping[str, str] | None = None,
    lines: tuple[FaceLineText, ...] = LINES,
    facts: DocumentFacts = FACTS,
    **values: Any,
) -> Layout:
    return lay_out_face(
        template=template or default_face_template(),
        values=FaceValues(fields={**FIELDS, **(fields or {})}, lines=lines, **values),
        facts=facts,
    )
