import zipfile
from collections.abc import Iterable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from PIL import Image, ImageDraw

from tests.factories import identity
from tests.factories.seals import with_seal
from tests.integration.business.licences.conftest import (
    AT,
    CLERK,
    COMPANY,
    DECIDER,
    ISSUER,
    ONLY_ONE,
    SEVERAL,
    TODAY,
    holder,
    issue,
    type_row,
)
from tongban.business.licences import selectors
from tongban.business.licences.models import Licence, LicenceEvent, StockBatch, StockLicence
from tongban.business.licences.permissions import StockNotFound
from tongban.business.licences.selectors import verify_file
from tongban.business.licences.services import (
    StockDecided,
    StockFileUnreadable,
    check_sampled,
    collect_licences,
    decide_disputed,
    load_licence_types,
    make_stock_documents,
    read_stock,
    scans_at,
    stock_rows,
    take_batch_in,
)
from tongban.business.licences.values import (
    BatchFacts,
    BatchState,
    LicenceStatus,
    StockProblem,
    StockRow,
    Supply,
    TrustGrade,
    Verdict,
)
from tongban.foundation import holdings
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.documents import services as documents
from tongban.support.identity.services import reveal_own
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

NODE = system_actor("licences.import_licences")
CREDIT_CODE = COMPANY.code


def keeper(name: str, role: Role) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=name, agency_code=ISSUER, roles=frozenset({role}))


EDITOR = keeper("editor", Role.LICENCE_EDITOR)
CHECKER = keeper("checker", Role.LICENCE_REVIEWER)


def row(line: int = 1, *, face: dict[str, str] | None = None, **changes: str) -> StockRow:
    told = {
        "type": SEVERAL,
        "number": f"JY-{line:05d}",
        "issuer_code": ISSUER,
        "issuer_name": "示例区行政审批局",
        "holder_name": "示例酒店有限公司",
        "holder_code": CREDIT_CODE,
        "issued_date": "2020-03-01",
        "last_valid_date": "2030-02-28",
    } | changes
    return StockRow(line=line, told=told, face={"venue": "示例大酒店"} if face is None else face)


def facts(*, digest: str = "file-1", **changes: Any) -> BatchFacts:
    told: dict[str, Any] = {
        "source": "old-register",
        "supply": Supply.ISSUER,
        "agency_code": ISSUER,
        "agency_name": "示例区行政审批局",
        "division_code": "511602000000",
        "file_name": "old.csv",
        "file_digest": digest,
        "sample_percent": 100,
        "wanted_percent": 80,
    } | changes
    return BatchFacts(**told)


def collect(rows: Iterable[StockRow], *, actor: Actor = EDITOR, **changes: Any) -> UUID:
    return collect_licences(rows=rows, facts=facts(**changes), actor=actor, at=AT)


def check_all(batch_id: UUID, *, wrong: int = 0) -> BatchState:
    state = BatchState.SAMPLING
    rows = StockLicence.objects.filter(batch_id=batch_id, is_sampled=True).order_by("line")
    for place, sampled in enumerate(rows):
        is_right = place >= wrong
        note = "" if is_right else "住址与扫描件不符"
        state = check_sampled(row_id=sampled.id, is_right=is_right, note=note, actor=CHECKER, at=AT)
    return state


def take(rows: Iterable[StockRow], **changes: Any) -> UUID:
    batch_id = collect(rows, **changes)
    check_all(batch_id)
    take_batch_in(batch_id=batch_id, actor=NODE, at=AT)
    return batch_id


def outcomes(batch_id: UUID) -> list[tuple[int, str, str]]:
    rows = StockLicence.objects.filter(batch_id=batch_id).order_by("line")
    return [(found.line, found.state, found.problem) for found in rows]


@pytest.mark.usefixtures("types")
class TestCollectLicences:
    def test_takes_a_licence_into_the_library_once_its_sample_was_right(self) -> None:
        batch_id = take([row()])

        (licence,) = Licence.objects.all()
        assert (licence.number, licence.type_name, licence.case_number) == ("JY-00001", "演示许可证", "")
        assert (licence.holder_name, licence.holder_code, licence.grade) == (COMPANY.name, CREDIT_CODE, "A")
        assert (licence.valid_from.isoformat(), str(licence.valid_until)) == ("2020-03-01", "2030-03-01")
        assert [line["value"] for line in licence.face] == [COMPANY.name, CREDIT_CODE, "示例大酒店", ""]
        assert LicenceEvent.objects.get().kind == "COLLECTED"
        assert outcomes(batch_id) == [(1, "TAKEN", "")]
        assert StockBatch.objects.get().state == BatchState.DONE

    def test_says_by_when_what_is_checked_every_year_is_checked_next(self) -> None:
        load_licence_types(rows=[type_row(SEVERAL, check_months=12)], actor=NODE, at=AT)

        take([row()])

        due = Licence.objects.get().check_due_date
        assert due is not None
        assert (due.month, due.day) == (3, 1)
        assert TODAY < due <= TODAY + timedelta(days=366)

    def test_puts_nothing_into_the_library_before_the_sample_was_checked(self) -> None:
        batch_id = collect([row()])

        taken = take_batch_in(batch_id=batch_id, actor=NODE, at=AT)

        assert taken == 0
        assert not Licence.objects.exists()
        assert StockBatch.objects.get().state == BatchState.SAMPLING

    def test_puts_right_full_width_letters_dates_and_names_of_types(self) -> None:
        dirty = row(
            type="演示许可证（自然人）",
            number=" ＪＹ－９ ",
            holder_name="张小三",
            holder_code="１１０１０５４９１２３１００２",
            issued_date="2020年3月1日",
            last_valid_date="长期",
        )
        load_licence_types(
            rows=[type_row("11510100MB1500000X009", name="演示许可证(自然人)", holder_kinds=["PERSON"])],
            actor=system_actor("tests"),
            at=AT,
        )

        batch_id = collect([dirty])

        (found,) = StockLicence.objects.filter(batch_id=batch_id)
        assert (found.state, found.problem) == ("READY", "")
        assert (found.number, str(found.issued_date)) == ("JY-9", "2020-03-01")
        assert found.content["holder"]["code"] == "11010519491231002X"
        assert {"LETTERS", "DATES", "TYPE_BY_NAME", "CODE_FROM_15_DIGITS"} <= set(found.repairs)

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"type": ""}, StockProblem.TYPE_MISSING),
            ({"type": "没有的证"}, StockProblem.TYPE_UNKNOWN),
            ({"type": "演示许可证"}, StockProblem.TYPE_AMBIGUOUS),
            ({"number": ""}, StockProblem.NUMBER_MISSING),
            ({"number": "9" * 61}, StockProblem.NUMBER_MISSING),
            ({"issuer_name": "", "issuer_code": "X"}, StockProblem.ISSUER_MISSING),
            ({"holder_name": ""}, StockProblem.HOLDER_MISSING),
            ({"holder_code": "91350100M000100Y44"}, StockProblem.HOLDER_CODE_WRONG),
            ({"holder_code": "11010519491231002X", "holder_kind": "法人"}, StockProblem.HOLDER_CODE_WRONG),
            ({"issued_date": "2020-02-30"}, StockProblem.DATE_WRONG),
            ({"issued_date": ""}, StockProblem.DATE_WRONG),
            ({"issued_date": "2020115"}, StockProblem.DATE_WRONG),
            ({"last_valid_date": "2019-01-01"}, StockProblem.PERIOD_WRONG),
            ({"status": "某种状态"}, StockProblem.STATUS_UNKNOWN),
            ({"identifier": "1.2.156.3005.2.X"}, StockProblem.IDENTIFIER_WRONG),
            ({"scan": "nowhere.png"}, StockProblem.SCAN_MISSING),
        ],
    )
    def test_refuses_what_cannot_be_right(self, changes: dict[str, Any], problem: StockProblem) -> None:
        batch_id = collect([row(**changes)])

        assert outcomes(batch_id) == [(1, "REFUSED", problem.value)]
        assert StockLicence.objects.get().content is None

    def test_goes_on_where_it_was_broken_off(self) -> None:
        def broken() -> Iterable[StockRow]:
            yield from (row(line) for line in range(1, 2_001))
            raise OSError

        with pytest.raises(OSError, match=r"^$"):
            collect(broken())
        batch_id = collect([row(line) for line in range(1, 2_011)])

        assert StockLicence.objects.filter(batch_id=batch_id).count() == 2_010
        assert StockBatch.objects.get().lines == 2_010

    def test_changes_nothing_when_the_same_file_comes_again(self) -> None:
        first = take([row()])

        again = collect([row()])

        assert again == first
        assert (Licence.objects.count(), StockLicence.objects.count()) == (1, 1)

    def test_finds_the_same_licence_in_another_file(self) -> None:
        take([row()])

        batch_id = collect([row()], digest="file-2")

        assert outcomes(batch_id) == [(1, "DUPLICATE", "")]
        assert StockBatch.objects.get(id=batch_id).state == BatchState.DONE

    def test_makes_a_later_row_of_a_licence_its_next_version(self) -> None:
        take([row()])

        take([row(issued_date="2024-05-01", face={"venue": "新名称"})], digest="file-2")

        old, new = Licence.objects.order_by("version")
        assert (old.status, new.status) == (LicenceStatus.REPLACED, LicenceStatus.VALID)
        assert (new.root_id, new.version, new.replaces) == (old.root_id, 2, old.identifier)

    def test_leaves_an_older_row_out(self) -> None:
        newer, older = row(1, number="N"), row(2, number="N", issued_date="2015-01-01")

        batch_id = collect([newer, older])

        assert outcomes(batch_id) == [(1, "READY", ""), (2, "OLDER", "")]

    def test_lets_the_later_of_two_rows_of_one_file_stand_for_the_licence(self) -> None:
        older, newer = row(1, number="N", issued_date="2015-01-01"), row(2, number="N")

        batch_id = collect([older, newer])

        assert outcomes(batch_id) == [(1, "OLDER", ""), (2, "READY", "")]

    def test_asks_a_person_where_two_rows_of_one_day_differ(self) -> None:
        batch_id = collect([row(1, number="N"), row(2, number="N", face={"venue": "别处"})])

        assert outcomes(batch_id) == [(1, "READY", ""), (2, "DISPUTED", "CONTENT_DIFFERS")]

    def test_asks_a_person_where_this_node_issued_the_licence_itself(self) -> None:
        receipt = issue()

        batch_id = collect([row(number=receipt.number)])

        assert outcomes(batch_id) == [(1, "DISPUTED", "ISSUED_HERE")]

    def test_asks_a_person_about_a_second_one_of_a_type_that_is_one_per_holder(self) -> None:
        issue(ONLY_ONE, holder=COMPANY)

        batch_id = collect([row(type=ONLY_ONE)])

        assert outcomes(batch_id) == [(1, "DISPUTED", "SECOND_OF_ONLY")]

    @pytest.mark.parametrize(
        ("supply", "changes", "grade"),
        [
            (Supply.ISSUER, {}, TrustGrade.A),
            (Supply.ISSUER, {"issuer_code": "91350100M000100Y43", "issuer_name": "别的局"}, TrustGrade.C),
            (Supply.COMPARED, {"compared_by": "王五", "compared_date": "2026-01-05"}, TrustGrade.B),
            (Supply.COMPARED, {"compared_by": "王五"}, TrustGrade.C),
            (Supply.UPLOADED, {}, TrustGrade.C),
            (Supply.DECLARED, {}, TrustGrade.D),
        ],
    )
    def test_grades_by_who_brings_it_and_whether_it_was_compared(
        self, supply: Supply, changes: dict[str, Any], grade: TrustGrade
    ) -> None:
        collect([row(**changes)], supply=supply)

        assert StockLicence.objects.get().grade == grade

    def test_says_of_what_ran_out_that_it_has_expired(self) -> None:
        take([row(last_valid_date=(TODAY - timedelta(days=1)).isoformat())])

        assert Licence.objects.get().status == LicenceStatus.EXPIRED

    def test_leaves_no_personal_data_in_the_table(self) -> None:
        collect([row(holder_name="张小三", holder_code="11010519491231002X")])

        with connection.cursor() as cursor:
            cursor.execute("SELECT row::text FROM licences_stocklicence AS row")
            ((text,),) = cursor.fetchall()
        assert "张小三" not in text
        assert "11010519491231002X" not in text

    def test_forgets_what_rows_said_once_they_are_in(self) -> None:
        take([row()])

        found = StockLicence.objects.get()
        assert (found.content, found.holder_index) == (None, None)

    @pytest.mark.parametrize("actor", [CLERK, DECIDER, CHECKER], ids=lambda actor: actor.id)
    def test_refuses_who_does_not_collect(self, actor: Actor) -> None:
        with pytest.raises(NotPermitted):
            collect([row()], actor=actor)

        assert not StockBatch.objects.exists()

    def test_lets_a_system_collect_for_its_own_agency_only(self) -> None:
        system = Actor(
            kind=ActorKind.CLIENT, id="s", agency_code=ISSUER, scopes=frozenset({"licences:write"})
        )
        collect([row()], actor=system)

        with pytest.raises(NotPermitted):
            collect([row()], actor=system, agency_code="91350100M000100Y43", digest="file-2")

    def test_refuses_a_sample_of_nothing(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            collect([row()], sample_percent=0)

        assert set(refusal.value.fields) == {"sample_percent"}


@pytest.mark.usefixtures("types")
class TestCheckSampled:
    def test_draws_the_share_that_was_asked_for(self) -> None:
        batch_id = collect([row(line) for line in range(1, 101)], sample_percent=7)

        assert StockBatch.objects.get().sampled == 7
        assert StockLicence.objects.filter(batch_id=batch_id, is_sampled=True).count() == 7

    def test_sends_a_batch_back_that_is_below_the_wanted_share(self) -> None:
        batch_id = collect([row(line) for line in range(1, 11)])

        state = check_all(batch_id, wrong=3)

        assert state is BatchState.SENT_BACK
        assert {found[1:] for found in outcomes(batch_id)} == {("REFUSED", "BATCH_SENT_BACK")}
        assert not StockLicence.objects.filter(content__isnull=False).exists()
        assert take_batch_in(batch_id=batch_id, actor=NODE, at=AT) == 0

    def test_takes_a_batch_in_that_just_reaches_the_wanted_share(self) -> None:
        batch_id = collect([row(line) for line in range(1, 11)])

        assert check_all(batch_id, wrong=2) is BatchState.TAKING

    def test_keeps_the_result_with_who_checked_and_when(self) -> None:
        batch_id = collect([row()])

        check_all(batch_id)

        found = StockLicence.objects.get()
        assert (found.is_right, found.checked_by, found.checked_at) == (True, "checker", AT)
        assert AuditEntry.objects.filter(action="licences.stock.check", actor_id="checker").count() == 1

    def test_refuses_who_brought_the_batch(self) -> None:
        both = Actor(
            kind=ActorKind.STAFF,
            id="both",
            roles=frozenset({Role.LICENCE_EDITOR, Role.LICENCE_REVIEWER}),
        )
        collect([row()], actor=both)

        with pytest.raises(NotPermitted):
            check_sampled(row_id=StockLicence.objects.get().id, is_right=True, note="", actor=both, at=AT)

    def test_refuses_to_check_a_row_twice(self) -> None:
        batch_id = collect([row(1), row(2)])
        first = StockLicence.objects.get(batch_id=batch_id, line=1).id
        check_sampled(row_id=first, is_right=True, note="", actor=CHECKER, at=AT)

        with pytest.raises(StockDecided):
            check_sampled(row_id=first, is_right=False, note="x", actor=CHECKER, at=AT)

    def test_wants_to_know_what_differs(self) -> None:
        collect([row()])

        with pytest.raises(InvalidInput):
            check_sampled(
                row_id=StockLicence.objects.get().id, is_right=False, note=" ", actor=CHECKER, at=AT
            )

    def test_hides_rows_from_who_does_not_keep_the_directory(self) -> None:
        collect([row()])

        with pytest.raises(StockNotFound):
            check_sampled(row_id=StockLicence.objects.get().id, is_right=True, note="", actor=CLERK, at=AT)


def picture(media_type: str) -> bytes:
    """
    Return a scan of a page, as a scanner makes it.
    """
    page = Image.new("RGB", (620, 877), "white")
    ImageDraw.Draw(page).rectangle((60, 60, 560, 300), outline="black", width=4)
    output = BytesIO()
    page.save(output, format=media_type)
    return output.getvalue()


class Scanner:
    """
    Scans that rows name, by their ends.
    """

    def read(self, name: str) -> bytes | None:
        return {"jpg": picture("JPEG"), "pdf": picture("PDF"), "txt": b"no scan"}.get(
            name.rsplit(".", maxsplit=1)[-1]
        )


def scanned(rows: Iterable[StockRow], **changes: Any) -> UUID:
    batch_id = collect_licences(rows=rows, facts=facts(**changes), actor=EDITOR, at=AT, scans=Scanner())
    check_all(batch_id)
    take_batch_in(batch_id=batch_id, actor=NODE, at=AT)
    return batch_id


def opened(file_id: Any) -> bytes:
    with documents.open_file(file_id=file_id, actor=NODE, at=AT).content as reader:
        return reader.read()


@pytest.mark.usefixtures("types")
class TestScans:
    def test_keeps_pictures_and_pdf_and_refuses_what_is_no_scan(self) -> None:
        batch_id = scanned([row(1, scan="a/1.jpg"), row(2, scan="2.pdf"), row(3, scan="3.txt")])

        first, second = Licence.objects.order_by("number")
        assert outcomes(batch_id) == [(1, "TAKEN", ""), (2, "TAKEN", ""), (3, "REFUSED", "SCAN_MISSING")]
        assert opened(first.file_id).startswith(b"\xff\xd8")
        assert opened(second.file_id).startswith(b"%PDF")

    def test_annotates_the_scan_that_a_counter_has_compared(self) -> None:
        compared: dict[str, Any] = {"compared_by": "王五", "compared_date": "2026-01-05"}
        batch_id = scanned([row(scan="1.jpg", **compared)], supply=Supply.COMPARED)

        make_stock_documents(batch_id=batch_id, after_line=0, at=AT)

        licence = Licence.objects.get()
        content = opened(licence.original_id)
        scan = opened(StockLicence.objects.get().scan_file_id)
        with zipfile.ZipFile(BytesIO(content)) as parts:
            assert scan in [parts.read(name) for name in parts.namelist() if "/Res/" in name]
        assert "此件经与原件核对无误" in documents.ofd_text(content)


@pytest.mark.usefixtures("types")
class TestMakeStockDocuments:
    def test_seals_what_the_issuer_has_brought(self) -> None:
        with_seal(agency_code=ISSUER, agency_name="示例区行政审批局", at=AT)
        batch_id = take([row(1), row(2, status="注销")])

        made = make_stock_documents(batch_id=batch_id, after_line=0, at=AT)

        licence = Licence.objects.get(status=LicenceStatus.VALID)
        assert made == 1
        assert verify_file(content=BytesIO(opened(licence.original_id)), on=TODAY).verdict is Verdict.VALID
        (signature,) = documents.read_ofd(opened(licence.original_id)).signatures
        assert signature.digests_hold
        assert Licence.objects.filter(original_id__isnull=True).count() == 1

    def test_passes_over_what_cannot_be_sealed(self) -> None:
        batch_id = take([row(1), row(2)])

        looked_at = make_stock_documents(batch_id=batch_id, after_line=0, at=AT)

        assert looked_at == 2
        assert not Licence.objects.filter(original_id__isnull=False).exists()


@pytest.mark.usefixtures("types")
class TestDecideDisputed:
    def disputed(self, **changes: Any) -> StockLicence:
        issue(ONLY_ONE, holder=COMPANY)
        collect([row(type=ONLY_ONE, **changes)])
        return StockLicence.objects.get()

    def test_takes_the_row_in_after_what_stood_in_its_place(self) -> None:
        found = self.disputed()

        decide_disputed(row_id=found.id, is_taken=True, actor=EDITOR, at=AT)
        take_batch_in(batch_id=found.batch_id, actor=NODE, at=AT)

        old = Licence.objects.get(case_number="C-1")
        new = Licence.objects.get(case_number="")
        assert (old.status, new.status, new.replaces) == ("REPLACED", "VALID", old.identifier)

    def test_shows_the_row_that_waits_to_whom_it_is_about(self) -> None:
        person = identity.citizen(at=AT)
        number = reveal_own(actor=person, at=AT).id_number
        issue(ONLY_ONE, holder=holder(code=number))
        collect([row(type=ONLY_ONE, holder_code=number, holder_name="张小三")])
        waiting = StockLicence.objects.get()

        (held,) = [one for one in holdings.holdings() if one.code == "licences.licences"]

        assert waiting.state == "DISPUTED"
        assert held.exporter(UUID(str(person.person_id)))[-1]["证照编号"] == waiting.number
        assert held.exporter(uuid4()) == []

    def test_leaves_the_row_out_and_forgets_it(self) -> None:
        found = self.disputed()

        decide_disputed(row_id=found.id, is_taken=False, actor=EDITOR, at=AT)

        found.refresh_from_db()
        assert (found.state, found.problem, found.content) == ("REFUSED", "BY_STEWARD", None)
        assert found.decided_by == "editor"

    def test_never_takes_another_version_of_what_this_node_issued(self) -> None:
        receipt = issue()
        collect([row(number=receipt.number)])

        with pytest.raises(StockDecided):
            decide_disputed(row_id=StockLicence.objects.get().id, is_taken=True, actor=EDITOR, at=AT)

        assert Licence.objects.get().status == LicenceStatus.VALID


@pytest.mark.usefixtures("types")
class TestSelectors:
    def test_counts_rows_by_outcome_and_reason(self) -> None:
        batch_id = collect([row(1), row(2, number=""), row(3, number="")])

        line = selectors.stock_batch(batch_id=batch_id, actor=CHECKER)

        assert line.states == {"READY": 1, "REFUSED": 2}
        assert line.problems == {"NUMBER_MISSING": 2}
        assert (line.sampled, line.may_check, line.right_percent) == (1, True, None)

    def test_shows_a_row_of_the_sample_in_full_to_who_compares_it(self) -> None:
        collect([row()])

        detail = selectors.stock_row(row_id=StockLicence.objects.get().id, actor=CHECKER)

        assert (detail.holder_name, detail.holder_code) == (COMPANY.name, CREDIT_CODE)
        assert dict(detail.face)["场所名称"] == "示例大酒店"
        assert detail.may_check

    def test_shows_a_row_outside_of_the_sample_to_nobody(self) -> None:
        batch_id = collect([row(1), row(2)], sample_percent=1)
        outside = StockLicence.objects.get(batch_id=batch_id, is_sampled=False)

        with pytest.raises(StockNotFound):
            selectors.stock_row(row_id=outside.id, actor=CHECKER)

    def test_lists_rows_page_by_page(self) -> None:
        batch_id = collect([row(line) for line in (1, 2, 3)])

        first = selectors.stock_rows(batch_id=batch_id, actor=EDITOR, limit=2)
        second = selectors.stock_rows(batch_id=batch_id, actor=EDITOR, limit=2, cursor=first.next_cursor)

        assert [found.line for found in (*first.items, *second.items)] == [1, 2, 3]
        assert second.next_cursor is None

    def test_hides_batches_from_everybody_else(self) -> None:
        batch_id = collect([row()])

        for ask in (
            lambda: selectors.stock_batches(actor=DECIDER),
            lambda: selectors.stock_batch(batch_id=batch_id, actor=DECIDER),
            lambda: selectors.stock_report(batch_id=batch_id, actor=DECIDER),
        ):
            with pytest.raises(StockNotFound):
                ask()


class TestReadStock:
    def written(self, folder: Path, name: str, text: str) -> list[StockRow]:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return list(read_stock(path))

    def test_reads_csv_by_the_names_of_the_standard(self, tmp_path: Path) -> None:
        (found,) = self.written(
            tmp_path,
            "old.csv",
            "证照名称,证照编号,持证主体,持证主体代码,证照颁发日期,场所名称\n许可证,N1,某店,X1,2020-01-01,某场所\n",
        )

        assert found.told == {
            "type": "许可证",
            "number": "N1",
            "holder_name": "某店",
            "holder_code": "X1",
            "issued_date": "2020-01-01",
        }
        assert found.face == {"场所名称": "某场所"}

    def test_reads_json_lines_with_the_face_apart(self, tmp_path: Path) -> None:
        first, broken = self.written(
            tmp_path, "old.jsonl", '{"type": "T", "number": 7, "face": {"venue": "V"}}\n{"type":\n'
        )

        assert (first.told, first.face) == ({"type": "T", "number": "7"}, {"venue": "V"})
        assert (broken.line, broken.is_broken) == (2, True)

    def test_refuses_a_file_without_the_columns_that_are_needed(self, tmp_path: Path) -> None:
        with pytest.raises(StockFileUnreadable):
            self.written(tmp_path, "old.csv", "a,b\n1,2\n")

    def test_refuses_a_file_of_another_encoding(self, tmp_path: Path) -> None:
        path = tmp_path / "old.csv"
        path.write_bytes("证照名称,证照编号\n".encode("gb18030"))

        with pytest.raises(StockFileUnreadable):
            list(read_stock(path))

    def test_reads_no_scan_outside_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "secret.png").write_bytes(b"x")
        (tmp_path / "scans").mkdir()
        (tmp_path / "scans" / "a.png").write_bytes(b"scan")

        scans = scans_at(tmp_path / "scans")

        assert (scans.read("a.png"), scans.read("../secret.png")) == (b"scan", None)

    def test_calls_a_row_with_more_values_than_columns_broken(self) -> None:
        (found,) = stock_rows(["type,number,holder_name,holder_code", "a,b,c,d,e"], is_json=False)

        assert found.is_broken
