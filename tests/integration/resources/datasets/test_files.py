"""
The catalogue in files: the Excel template there and back, JSON, DCAT-AP.
"""

import io
from typing import Any

import pyshacl
import pytest
from openpyxl import load_workbook
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

from tests.factories.datasets import OPEN_FIELDS, REVIEWER, STEWARD, definition, shapes
from tests.factories.life import AT
from tongban.foundation.errors import InvalidInput
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.models import Dataset
from tongban.resources.datasets.services import dcat, sheets
from tongban.resources.datasets.values import FileForm, FileOutcome, Mode, Openness, Sharing

pytestmark = pytest.mark.django_db


def published(**changes: Any) -> str:
    """
    Bring a dataset into force; return its code.
    """
    receipt = services.compile_dataset(definition=definition(**changes), actor=STEWARD, at=AT)
    services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)
    return services.publish_version(version_id=receipt.id, actor=REVIEWER, at=AT).code


class TestExcel:
    def test_brings_back_exactly_what_was_written(self) -> None:
        code = published(
            modes=(Mode.TABLE, Mode.FILE),
            related=("306018/000009", "306018/000010"),
            title="'撇号'",
            summary="=1+1，“引号”",
        )

        (row,) = services.read_file(
            services.export_datasets(form=FileForm.EXCEL, actor=STEWARD), FileForm.EXCEL
        )
        (line,) = services.import_datasets(rows=[row], actor=STEWARD, at=AT)

        assert (line.code, line.outcome, line.problems) == (code, FileOutcome.SAME, ())

    def test_reports_every_row_and_loses_none(self) -> None:
        book = load_workbook(
            io.BytesIO(sheets.write_workbook([("", definition()), ("", definition(title="乙"))]))
        )
        first, second = book["信息资源"], book["信息项"]
        headings = [cell.value for cell in first[1]]
        first.cell(row=3, column=headings.index("共享类型") + 1, value="随便")
        first.cell(row=1, column=len(headings) + 1, value="备注")
        first.cell(row=3, column=len(headings) + 1, value="别丢")
        second.append([9, "无主", "orphan"])
        target = io.BytesIO()
        book.save(target)

        rows = services.read_file(target.getvalue(), FileForm.EXCEL)
        lines = services.import_datasets(rows=rows, actor=STEWARD, at=AT)

        assert [(line.line, line.outcome) for line in lines] == [
            (2, FileOutcome.BEGUN),
            (3, FileOutcome.REFUSED),
            (0, FileOutcome.REFUSED),
        ]
        said = "\n".join(lines[1].problems)
        assert "随便" in said
        assert "备注" in said
        assert Dataset.objects.get().code == "306018/000001"

    def test_refuses_what_is_no_workbook(self) -> None:
        with pytest.raises(InvalidInput):
            services.read_file(b"PK\x03\x04 not a book", FileForm.EXCEL)


class TestJson:
    def test_begins_new_versions_of_what_changed(self) -> None:
        code = published()
        content = services.export_datasets(form=FileForm.JSON, actor=STEWARD)
        changed = content.replace("低保对象信息".encode(), "低保人员信息".encode())

        lines = services.import_datasets(
            rows=services.read_file(changed, FileForm.JSON), actor=STEWARD, at=AT
        )

        assert [(line.code, line.outcome) for line in lines] == [(code, FileOutcome.CHANGED)]
        kept = selectors.published(code)
        assert kept is not None
        assert kept.definition == definition()

    def test_refuses_rows_of_other_agencies_one_by_one(self) -> None:
        published()
        content = services.export_datasets(form=FileForm.JSON, actor=STEWARD)
        foreign = content.replace(b'"306018/000001"', b'""')

        (line,) = services.import_datasets(
            rows=services.read_file(foreign, FileForm.JSON), actor=REVIEWER, at=AT
        )

        assert line.outcome is FileOutcome.REFUSED
        assert Dataset.objects.count() == 1

    def test_refuses_what_no_column_can_keep(self) -> None:
        published()
        content = services.export_datasets(form=FileForm.JSON, actor=STEWARD)
        long = content.replace("低保对象信息".encode(), ("长" * 201).encode())

        (line,) = services.import_datasets(rows=services.read_file(long, FileForm.JSON), actor=STEWARD, at=AT)

        assert line.outcome is FileOutcome.REFUSED
        assert "内容过长" in "".join(line.problems)


class TestDcat:
    # The reader of JSON-LD that rdflib brings uses what rdflib deprecates.
    @pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
    @pytest.mark.parametrize(("form", "parser"), [(FileForm.TURTLE, "turtle"), (FileForm.JSON_LD, "json-ld")])
    def test_says_what_is_mandatory_of_every_dataset(self, form: FileForm, parser: str) -> None:
        published()
        published(sharing=Sharing.NONE, sharing_basis="法律", modes=(), title_en="")

        graph = Graph().parse(data=services.export_datasets(form=form, actor=STEWARD), format=parser)
        conforms, _report, words = pyshacl.validate(graph, shacl_graph=shapes())

        assert conforms, words
        assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 2

    @pytest.mark.parametrize(
        ("changes", "right"),
        [
            # Shared with every agency, and yet not with the public; and the other way round.
            ({"sharing": Sharing.UNCONDITIONAL, "openness": Openness.NONE}, "NON_PUBLIC"),
            ({"openness": Openness.CONDITIONAL, "opening_condition": "实名申请"}, "RESTRICTED"),
            ({"openness": Openness.UNCONDITIONAL, "fields": OPEN_FIELDS}, "PUBLIC"),
        ],
    )
    def test_tells_the_public_what_is_open_not_what_agencies_share(
        self, changes: dict[str, Any], right: str
    ) -> None:
        published(**changes)

        graph = Graph().parse(
            data=services.export_datasets(form=FileForm.TURTLE, actor=STEWARD), format="turtle"
        )

        assert list(graph.objects(None, DCTERMS.accessRights)) == [dcat.EU_RIGHTS[right]]

    @pytest.mark.parametrize(
        "missing",
        [
            (DCAT.Dataset, DCTERMS.title),
            (DCAT.Dataset, DCTERMS.description),
            (DCAT.Catalog, DCTERMS.publisher),
            (DCAT.Distribution, DCAT.accessURL),
            (FOAF.Agent, FOAF.name),
            (DCTERMS.RightsStatement, RDF.type),
            (DCTERMS.Standard, RDF.type),
        ],
    )
    def test_is_refused_by_the_shapes_where_something_is_missing(
        self, missing: tuple[URIRef, URIRef]
    ) -> None:
        published()
        graph = Graph().parse(
            data=services.export_datasets(form=FileForm.TURTLE, actor=STEWARD), format="turtle"
        )
        kind, part = missing
        graph.remove((next(graph.subjects(RDF.type, kind)), part, None))

        conforms, _report, _words = pyshacl.validate(graph, shacl_graph=shapes())

        assert not conforms
