from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import ofdkit
import pytest

from tests.unit.support.documents.licences import FACTS, LINES, licence
from tests.unit.support.documents.test_writing import png
from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services import (
    annotated,
    annotation_text,
    scanned_layout,
    structured_face,
    write_ofd,
)
from tongban.support.documents.values import AnnotatedGrade, Annotation, LicenceMetadata, Text

ISSUED = Annotation(
    grade=AnnotatedGrade.ISSUED,
    provider="示例市自然资源局",
    valid_until=date(2026, 12, 1),
    made_at=datetime(2026, 11, 22, 16, 5, 9, tzinfo=UTC),
    maker="示例市政务服务中心",
    purpose="不动产登记（办件12）",
)
COMPARED = replace(ISSUED, grade=AnnotatedGrade.COMPARED, verifier="李四", verified_date=date(2026, 11, 20))
METADATA = LicenceMetadata(
    name="营业执照",
    type_name="营业执照",
    type_code="11100000MB0327169A001",
    number="示例00012号",
    identifier="1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
    issuer_name="示例市市场监督管理局",
    issuer_code="11340100000000000X",
    issued_date=date(2026, 11, 22),
    holder_names=("张三", "李四"),
    holder_codes=("110101199003070011", "110101199003070038"),
    holder_code_type="111",
    holder_code_type_name="公民身份号码",
    valid_from=date(2026, 11, 22),
    last_valid_date=None,
    face={"ZL": "示例路1号"},
)


class TestAnnotationText:
    def test_says_of_an_issued_licence_who_provides_it(self) -> None:
        assert annotation_text(ISSUED) == (
            "此件由示例市自然资源局提供，仅供办理政务服务事项时使用，有效期至2026年12月1日"
        )

    def test_says_of_a_compared_copy_who_compared_it_and_when(self) -> None:
        assert annotation_text(COMPARED) == (
            "此件经与原件核对无误，仅供办理政务服务事项时使用，有效期至2026年12月1日"
            "（核对人：示例市自然资源局 李四，核对日期：2026年11月20日）"
        )

    @pytest.mark.parametrize("missing", [{"verifier": ""}, {"verified_date": None}])
    def test_refuses_a_comparison_by_nobody_or_at_no_time(self, missing: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            annotation_text(replace(COMPARED, **missing))


class TestAnnotated:
    def test_lies_over_a_scan_that_would_hide_it(self) -> None:
        original = scanned_layout(pictures=[png()], facts=FACTS)

        first, second, *_others = annotated(original, COMPARED).pages[0].items

        assert first == original.pages[0].items[0]
        assert isinstance(second, Text)
        assert second.opacity == 0.45

    def test_adds_its_words_everywhere_and_leaves_the_rest_as_it_is(self) -> None:
        original = licence()

        copy = annotated(original, ISSUED)

        count = len(original.pages[0].items)
        *slanting, note = (item for item in copy.pages[0].items if item not in original.pages[0].items)
        assert copy.pages[0].items == (*slanting, *original.pages[0].items, note)
        assert len(slanting) == len(copy.pages[0].items) - count - 1 > 5
        for item in slanting:
            assert isinstance(item, Text)
            assert (item.text, item.color, item.angle) == (annotation_text(ISSUED), "#e2e5eb", -24)
        assert isinstance(note, Text)
        assert note.text == f"注：{annotation_text(ISSUED)}。事由：不动产登记（办件12）"
        assert copy.seal_places == original.seal_places

    def test_reaches_every_part_of_the_page(self) -> None:
        items = annotated(licence(), ISSUED).pages[0].items
        middles = [
            (item.x + sum(item.advances) / 2 * 0.9135, item.y - sum(item.advances) / 2 * 0.4067)
            for item in items
            if isinstance(item, Text) and item.angle and item.text.startswith("此件")
        ]

        for x in range(0, 298, 33):
            for y in range(0, 211, 30):
                assert min(((x - left) ** 2 + (y - top) ** 2) ** 0.5 for left, top in middles) < 100

    def test_is_a_document_of_its_own_that_tells_machines_too(self) -> None:
        with (
            ofdkit.open(write_ofd(licence())) as first,
            ofdkit.open(write_ofd(annotated(licence(), ISSUED))) as second,
        ):
            assert first.info.doc_id != second.info.doc_id
        data = annotated(licence(), ISSUED).metadata
        assert list(data.items())[-4:] == [
            ("JZJZZSJ", "2026-11-23 00:05:09"),
            ("JZJZZZ", "示例市政务服务中心"),
            ("JZJZZSY", "不动产登记（办件12）"),
            ("JZJYXQJZSJ", "2026-12-01 23:59:59"),
        ]


class TestLicenceMetadata:
    def test_uses_the_tags_of_files_in_use(self) -> None:
        assert METADATA.custom_data() == {
            "ZZMC": "营业执照",
            "certificateTypeName": "营业执照",
            "ZZLXDM": "11100000MB0327169A001",
            "ZZBH": "示例00012号",
            "ZZBS": "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
            "ZZBFJG": "示例市市场监督管理局",
            "ZZBFJGDM": "11340100000000000X",
            "ZZBFRQ": "2026-11-22",
            "CZZT": "张三、李四",
            "CZZTDM": "110101199003070011、110101199003070038",
            "CZZTDMLX": "公民身份号码",
            "CZZTDMLXDM": "111",
            "ZZYXQQSRQ": "2026-11-22",
            "ZZYXQJZRQ": "9999-12-31",
            "KZ_ZL": "示例路1号",
        }

    def test_names_the_licence_it_takes_the_place_of_and_the_last_day(self) -> None:
        data = replace(METADATA, replaces_identifier="1.2.3", last_valid_date=date(2031, 1, 1)).custom_data()

        assert data["associatedZzeCertID"] == "1.2.3"
        assert data["ZZYXQJZRQ"] == "2031-01-01"


class TestStructuredFace:
    def test_holds_metadata_and_lines_as_they_are(self) -> None:
        wild = replace(LINES[0], value="<&>\n第二行", label='"引号"')

        attachment = structured_face(METADATA, (wild, LINES[1]))

        root = ET.fromstring(attachment.content)
        lines = [(part.get("key"), part.get("label"), part.text) for part in root.iterfind("{*}line")]
        metadata = {part.get("name"): part.text for part in root.iterfind("{*}metadata")}
        assert root.tag == "{urn:tongban:licence-face:1}face"
        assert lines == [
            ("holder_code", '"引号"', "<&>\n第二行"),
            ("holder_name", "名称", "示例市示例区张三餐饮服务有限公司"),
        ]
        assert metadata == METADATA.custom_data()
        assert (attachment.name, attachment.is_visible) == ("face.xml", False)
