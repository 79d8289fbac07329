"""
What anybody may read: registers, catalogue, search, progress, verification; and what it takes to publish.
"""

from io import BytesIO
from typing import Any

import msgspec
import pytest
from django.test import Client as Http

from tests.factories import api
from tests.factories import casework as make
from tests.factories.api import ROOT, World, nobody
from tests.integration.api.conftest import problem
from tongban.business.catalogue import services as catalogue
from tongban.business.catalogue.models import OfferingVersion, ServiceOffering
from tongban.business.catalogue.values import FeedItem, Limit
from tongban.foundation import clock, events
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db


def feed_item(code: str = "new-offering", **changes: Any) -> dict[str, Any]:
    """
    Return an offering as a client sends it.
    """
    item = FeedItem(code=code, elements=make.elements(**changes))
    sent: dict[str, Any] = msgspec.to_builtins(item)
    return sent


@pytest.fixture
def area(db: None) -> None:
    registers.load_divisions(
        rows=[
            DivisionRow(code="511600000000", name="广安市", parent_code="510000000000"),
            DivisionRow(code="511602000000", name="广安区", parent_code="511600000000"),
        ],
        actor=make.LOADER,
        at=clock.now(),
    )
    registers.load_agencies(
        rows=[AgencyRow(code=make.AGENCY, name="广安区卫生健康局", division_code="511602000000")],
        actor=make.LOADER,
        at=clock.now(),
    )


@pytest.mark.usefixtures("area")
class TestRegisters:
    def test_list_the_area_of_the_node(self) -> None:
        items = nobody().get("/divisions").json()["items"]

        assert [item["name"] for item in items] == ["广安市", "广安区"]

    def test_list_the_children_of_a_division(self) -> None:
        items = nobody().get("/divisions", {"parent": "511600000000"}).json()["items"]

        assert [(item["code"], item["level"]) for item in items] == [("511602000000", "COUNTY")]

    def test_list_the_agencies_of_a_division(self) -> None:
        items = nobody().get("/agencies", {"division": "511602000000"}).json()["items"]

        assert [item["name"] for item in items] == ["广安区卫生健康局"]
        assert nobody().get("/agencies", {"division": "510100000000"}).json()["items"] == []

    def test_refuse_a_code_of_another_form(self) -> None:
        response = nobody().get("/agencies", {"division": "5116"})

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["division"]


class TestOfferings:
    def test_page_by_cursor_without_repeating(self) -> None:
        for number in range(5):
            make.publish(f"offering-{number}", name=f"事项{number}")

        first = nobody().get("/offerings", {"limit": 3}).json()
        second = nobody().get("/offerings", {"limit": 3, "cursor": first["next_cursor"]}).json()

        codes = [item["code"] for page in (first, second) for item in page["items"]]
        assert sorted(codes) == [f"offering-{number}" for number in range(5)]
        assert second["next_cursor"] is None

    def test_narrow_by_agency_and_way(self) -> None:
        make.publish("online")
        make.publish("paper", can_apply_online=False)

        online = nobody().get("/offerings", {"online_only": "true", "agency": make.AGENCY}).json()
        elsewhere = nobody().get("/offerings", {"agency": make.OTHER_AGENCY}).json()

        assert [item["code"] for item in online["items"]] == ["online"]
        assert elsewhere["items"] == []

    def test_show_a_guide_at_any_version(self) -> None:
        make.publish("guide", promised_limit=None)
        make.publish("guide", promised_limit=Limit(amount=3))

        now = nobody().get("/offerings/guide").json()
        before = nobody().get("/offerings/guide", {"version": 1}).json()
        history = nobody().get("/offerings/guide/versions").json()

        assert (now["version"], now["elements"]["promised_limit"]["amount"]) == (2, 3)
        assert (before["version"], before["is_current"]) == (1, False)
        assert [line["version"] for line in history] == [2, 1]

    def test_do_not_show_one_that_is_not_there(self) -> None:
        problem(nobody().get("/offerings/none"), 404, "unknown_offering")

    def test_are_counted_by_theme_and_agency(self) -> None:
        make.publish("one")

        counts = nobody().get("/themes").json()

        assert (counts["total"], counts["online"]) == (1, 1)
        assert [(agency["agency_code"], agency["offerings"]) for agency in counts["agencies"]] == [
            (make.AGENCY, 1)
        ]


class TestPublish:
    def test_lets_a_system_publish_for_its_agency(self) -> None:
        caller = api.system("catalogue:write")

        first = caller.send("PUT", "/offerings/new-offering", feed_item())
        again = caller.send("PUT", "/offerings/new-offering", feed_item())
        changed = caller.send("PUT", "/offerings/new-offering", feed_item(name="公共场所卫生许可新证"))

        assert (first.status_code, first.json()["outcome"], first.json()["version"]) == (200, "new", 1)
        assert (again.json()["outcome"], again.json()["version"]) == ("unchanged", 1)
        assert (changed.json()["outcome"], changed.json()["version"]) == ("changed", 2)

    def test_lets_an_editor_publish(self) -> None:
        editor = api.staff(roles=(Role.CATALOGUE_EDITOR,), login_name="editor.li")

        response = editor.send("PUT", "/offerings/new-offering", feed_item())

        assert response.json()["outcome"] == "new"

    def test_refuses_a_system_without_the_scope(self) -> None:
        response = api.system("cases:read").send("PUT", "/offerings/new-offering", feed_item())

        problem(response, 403, "not_permitted")
        assert not ServiceOffering.objects.exists()

    def test_refuses_the_offerings_of_another_agency(self) -> None:
        caller = api.system("catalogue:write", agency_code=make.OTHER_AGENCY)

        response = caller.send("PUT", "/offerings/new-offering", feed_item())

        problem(response, 403, "not_permitted")
        assert not OfferingVersion.objects.exists()

    def test_refuses_a_citizen(self) -> None:
        problem(api.citizen().send("PUT", "/offerings/new-offering", feed_item()), 403, "not_permitted")

    def test_refuses_another_code_than_the_address_has(self) -> None:
        response = api.system("catalogue:write").send("PUT", "/offerings/other", feed_item())

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["code"]

    @pytest.mark.parametrize("service_type", ["99", "０１"])
    def test_refuses_codes_that_are_no_codes(self, service_type: str) -> None:
        catalogue.load_code_lists(actor=make.LOADER, at=clock.now())

        response = api.system("catalogue:write").send(
            "PUT", "/offerings/new-offering", feed_item(service_type=service_type)
        )

        assert list(problem(response, 422, "codes_not_accepted")["fields"]) == ["elements.service_type"]
        assert not ServiceOffering.objects.exists()

    def test_names_the_element_that_is_malformed(self) -> None:
        item = feed_item()
        item["elements"]["materials"][0]["original_copies"] = "two"

        response = api.system("catalogue:write").send("PUT", "/offerings/new-offering", item)

        fields = problem(response, 422, "invalid_input")["fields"]
        assert list(fields) == ["elements.materials[0].original_copies"]

    def test_names_the_element_that_cannot_be_kept(self) -> None:
        item = feed_item(summary="a\0b")

        response = api.system("catalogue:write").send("PUT", "/offerings/new-offering", item)

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["elements.summary"]


class TestSearch:
    def test_finds_by_name_and_marks_what_was_asked(self) -> None:
        make.publish("hygiene", at=clock.now())
        events.deliver_all(at=clock.now())

        found = nobody().get("/search", {"q": "公共场所卫生许可"}).json()

        assert [hit["ref_code"] for hit in found["hits"]] == ["hygiene"]
        assert "".join(part["text"] for part in found["hits"][0]["segments"]) == "公共场所卫生许可"

    def test_finds_nothing_for_what_means_nothing(self) -> None:
        found = nobody().get("/search", {"q": "zzxqk"}).json()

        assert (found["hits"], found["total"]) == ([], 0)

    def test_asks_for_a_question(self) -> None:
        assert problem(nobody().get("/search"), 422, "invalid_input")["fields"] == {"q": "必填"}

    def test_refuses_a_grade_that_does_not_exist(self) -> None:
        response = nobody().get("/search", {"q": "许可", "online_grade": 5})

        assert problem(response, 422, "invalid_input")["fields"] == {"online_grade": "不能大于 4"}

    def test_suggests_names_that_begin_so(self) -> None:
        make.publish("hygiene", at=clock.now())
        events.deliver_all(at=clock.now())

        found = nobody().get("/search/suggestions", {"q": "公共场所"}).json()

        assert found["items"] == [{"text": "公共场所卫生许可", "is_name": True}]


class TestProgress:
    def test_needs_both_number_and_code(self, world: World) -> None:
        found = nobody().get("/progress", {"number": world.case_number, "query_code": world.query_code})
        guessed = nobody().get("/progress", {"number": world.case_number, "query_code": "AAAA-AAAA"})

        assert found.json()["status"] == "SUBMITTED"
        assert guessed.status_code == 404

    def test_lets_nobody_guess_for_long(self, world: World) -> None:
        guess = {"number": world.case_number, "query_code": "AAAA-AAAA"}
        tried = [nobody().get("/progress", guess).status_code for _ in range(29)]
        page = Http().post("/progress", {"number": guess["number"], "code": guess["query_code"]})

        refused = nobody().get("/progress", {**guess, "query_code": world.query_code})

        assert set(tried) == {404}
        assert page.status_code == 404
        problem(refused, 429, "too_many_requests")
        assert 0 < int(refused.headers["Retry-After"]) <= 600

    def test_answers_those_who_know_the_code_as_often_as_they_ask(self, world: World) -> None:
        right = {"number": world.case_number, "query_code": world.query_code}

        assert {nobody().get("/progress", right).status_code for _ in range(35)} == {200}

    def test_counts_each_address_for_itself(self, world: World) -> None:
        right = {"number": world.case_number, "query_code": world.query_code}
        for _ in range(31):
            nobody().get("/progress", {**right, "query_code": "AAAA-AAAA"})

        elsewhere = Http(REMOTE_ADDR="192.0.2.77").get(f"{ROOT}/progress", right)

        assert elsewhere.status_code == 200


class TestVerification:
    def test_by_identifier_shows_masked_facts(self, world: World) -> None:
        found = nobody().get(f"/verifications/licences/{world.licence_identifier}").json()

        assert (found["verdict"], found["facts"]["holder_name"]) == ("VALID", "王*明")

    def test_by_token_says_the_same(self, world: World) -> None:
        by_token = nobody().get(f"/verifications/tokens/{world.licence_token}").json()

        by_number = nobody().get(f"/verifications/licences/{world.licence_identifier}").json()
        assert by_number == {**by_token, "source": None, "as_of": None, "is_incomplete": False}

    def test_of_anything_else_is_unknown(self) -> None:
        found = nobody().get("/verifications/licences/none").json()

        assert (found["verdict"], found["facts"]) == ("UNKNOWN", None)

    def test_of_a_file_that_names_a_licence_tells_it_was_changed(self, world: World) -> None:
        forged = BytesIO(f"%PDF-1.7 {world.licence_identifier}".encode())
        forged.name = "licence.pdf"

        found = nobody().upload("/verifications/files", {"file": forged}).json()

        assert found["verdict"] == "CHANGED"

    @pytest.mark.parametrize("way", ["licences", "tokens", "files"])
    def test_lets_nobody_guess_for_long(self, world: World, way: str) -> None:
        for number in range(59):
            nobody().get(f"/verifications/licences/{number}")
        page = Http().post("/verify/", {"number": "1"})
        file = BytesIO(b"%PDF-1.7")
        file.name = "licence.pdf"

        if way == "files":
            refused = nobody().upload("/verifications/files", {"file": file})
        else:
            refused = nobody().get(f"/verifications/{way}/{world.licence_identifier}")

        assert page.status_code == 200
        problem(refused, 429, "too_many_requests")

    def test_is_the_work_of_systems(self, world: World) -> None:
        address = f"/verifications/licences/{world.licence_identifier}"

        answers = {world.system.get(address).status_code for _ in range(65)}

        assert answers == {200}

    def test_of_a_body_that_is_no_form_is_refused(self) -> None:
        problem(nobody().post("/verifications/files", {}), 415, "unsupported_media_type")
