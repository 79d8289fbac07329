import io
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
import typst

from tests.unit.support.documents.notices import SAMPLES
from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services import (
    FontsMissing,
    TemplateBroken,
    Typesetter,
    qr_picture,
    render,
    rendering,
)
from tongban.support.documents.values import NOTICES, RenderedDocument

BASE_TIME = datetime(2026, 11, 21, tzinfo=UTC)


def text_of(document: RenderedDocument) -> str:
    pages = pypdf.PdfReader(io.BytesIO(document.content)).pages
    return "".join("".join(page.extract_text() for page in pages).replace("\u200b", "").split())


def rightmost_of(page: pypdf.PageObject) -> float:
    seen: list[float] = []

    def note(_text: str, _cm: object, matrix: list[float], _font: object, _size: float) -> None:
        seen.append(matrix[4])

    page.extract_text(visitor_text=note)
    return max(seen)


def with_(template: str, **changes: object) -> dict[str, Any]:
    return SAMPLES[template] | changes


class TestRender:
    @pytest.mark.parametrize("template", sorted(NOTICES))
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_sets_every_notice_with_number_date_agency_and_the_word_demonstration(
        self, template: str, language: str
    ) -> None:
        document = render(template=template, data=SAMPLES[template], language=language)

        text = text_of(document)
        for words in (
            "示例市监受〔2026〕12号",
            "示例市示例区市场监督管理局",
            "2026年11月23日",
            "演示文书",
            "张三",
        ):
            assert words in text
        assert document.media_type == "application/pdf"
        assert document.page_count == (2 if (template, language) == ("acceptance", "en") else 1)
        assert document.missing_characters == ""

    def test_knows_a_template_for_every_struct_and_no_other(self) -> None:
        files = {path.stem for path in rendering.TEMPLATES.glob("*.typ")} - {"layout"}

        assert files == set(NOTICES)

    @pytest.mark.parametrize("template", ["refusal_to_accept", "refusal", "voiding_notice"])
    def test_tells_the_remedies_with_their_periods(self, template: str) -> None:
        remedies = {"review_authority": "示例区人民政府", "court": "示例区人民法院"}

        text = text_of(render(template=template, data=with_(template, remedies=remedies)))

        assert "60日内向示例区人民政府申请行政复议" in text
        assert "6个月内依法向示例区人民法院提起行政诉讼" in text

    def test_writes_pdf_a_2b_with_embedded_fonts_and_its_number_in_the_metadata(self) -> None:
        document = render(template="receipt", data=SAMPLES["receipt"])

        with pikepdf.open(io.BytesIO(document.content)) as pdf, pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "2B"
            assert metadata["dc:title"] == "收件凭证（示例市监受〔2026〕12号）"

    def test_gives_equal_bytes_for_equal_data(self) -> None:
        first = render(template="grant", data=SAMPLES["grant"])

        second = render(template="grant", data=SAMPLES["grant"])

        assert first == second

    @pytest.mark.parametrize(
        "words",
        [
            '#panic("x")',
            "$x^2$",
            '#read("/etc/passwd")',
            '#import "layout.typ": *',
            "*b*_i_`r`",
            "[x]<label>@ref",
            "//c/*d*/",
            "\\u{41}\\",
            '"; #panic() //',
            "#sys.inputs",
            "</w:t>&amp;{{x}}{%y%}",
        ],
    )
    def test_never_takes_data_for_code(self, words: str) -> None:
        document = render(template="receipt", data=with_("receipt", applicant_name=words))

        assert "".join(words.split()) in text_of(document)

    def test_prints_rare_characters_of_names(self) -> None:
        name = "䶮㛃喆堃昇翀燚镕㑇𬍛𬱖𫍲𬘭𬭎㸆玥頔䲟"

        document = render(template="receipt", data=with_("receipt", applicant_name=name))

        assert document.missing_characters == ""
        assert name in text_of(document)

    def test_marks_a_character_that_no_font_has_and_says_which(self) -> None:
        document = render(template="receipt", data=with_("receipt", applicant_name="张\U0002ceb0😀"))

        assert document.missing_characters == "😀\U0002ceb0"
        assert "张〓〓" in text_of(document)

    def test_leaves_out_characters_that_nobody_can_see(self) -> None:
        document = render(template="receipt", data=with_("receipt", applicant_name="张\u202e\x00\u200b三"))

        assert "张三" in text_of(document)

    def test_keeps_long_words_and_many_materials_on_the_paper(self) -> None:
        long_name = "示例市" + "某" * 300
        materials = [{"name": f"{long_name}{number}"} for number in range(60)]
        data = with_("acceptance", applicant_name=long_name, materials=materials, explanation=["x" * 400])

        document = render(template="acceptance", data=data)

        assert document.page_count > 5
        for page in pypdf.PdfReader(io.BytesIO(document.content)).pages:
            assert rightmost_of(page) < 595

    @pytest.mark.parametrize(
        ("template", "data"),
        [
            ("no_such_notice", SAMPLES["receipt"]),
            ("../layout", SAMPLES["receipt"]),
            ("layout", SAMPLES["receipt"]),
            ("receipt", {}),
            ("receipt", with_("receipt", unknown="x")),
            ("receipt", with_("receipt", issued_date="yesterday")),
            ("receipt", with_("receipt", applicant_name="")),
            ("receipt", with_("receipt", applicant_name=["a"])),
            ("refusal", with_("refusal", reasons=[])),
            ("correction_notice", with_("correction_notice", items=[])),
        ],
    )
    def test_refuses_data_that_do_not_fit(self, template: str, data: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            render(template=template, data=data)

    def test_serves_many_threads(self) -> None:
        digests: list[str] = []

        def work() -> None:
            digests.append(render(template="receipt", data=SAMPLES["receipt"]).digest)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(digests) == 8
        assert len(set(digests)) == 1


class TestTypesetter:
    def test_says_which_fonts_are_missing(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        class NoFonts:
            def __init__(self, **_options: object) -> None: ...

            def families(self) -> list[str]:
                return ["DejaVu Sans"]

        monkeypatch.setattr(typst, "Fonts", NoFonts)

        with pytest.raises(FontsMissing) as refusal:
            Typesetter(tmp_path)

        assert refusal.value.facts == {"missing": ["Noto Serif CJK SC", "Noto Sans CJK SC"]}
        assert "fonts-noto-cjk" in str(refusal.value)

    @pytest.mark.parametrize(
        "source",
        ['#panic("broken")', "#nothing", '#read("/etc/passwd")', '#set text(font: "No Such Font")\nx'],
    )
    def test_fails_on_a_broken_template_an_outside_file_and_an_unknown_font(
        self, source: str, tmp_path: Path
    ) -> None:
        (tmp_path / "broken.typ").write_text(source)

        with pytest.raises(TemplateBroken):
            Typesetter(tmp_path).pdf("broken", {}, inputs={}, at=BASE_TIME)


class TestQrPicture:
    def test_draws_nothing_for_no_text(self) -> None:
        assert qr_picture("") == b""

    def test_draws_svg(self) -> None:
        assert qr_picture("http://localhost:8000/v/1").startswith(b"<svg")
