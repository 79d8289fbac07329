"""
From a draft to a decision through the API, and what it refuses on the way.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.factories import api
from tests.factories import casework as make
from tests.factories.api import Caller, World
from tests.integration.api.conftest import problem
from tongban.business.casework.models import Case
from tongban.foundation import clock, events
from tongban.foundation.errors import NotFound
from tongban.portal.apply import services as drafts
from tongban.portal.apply.models import Draft
from tongban.support.documents.models import StoredFile
from tongban.support.identity.services import reveal_own
from tongban.support.identity.values import Post
from tongban.support.messaging.models import Message

pytestmark = pytest.mark.django_db

SOMEBODY = "00000000-0000-4000-8000-000000000009"


def plan(content: bytes | None = None, name: str = "plan.png") -> BytesIO:
    """
    Return a file as a form carries it.
    """
    file = BytesIO(api.picture() if content is None else content)
    file.name = name
    return file


def stranger() -> Caller:
    """
    Return a citizen who has nothing to do with what there is.
    """
    return api.citizen(name="陌小生", phone="19900000099")


def submission(**changes: Any) -> dict[str, Any]:
    """
    Return an application as a counter's system sends it.
    """
    applicant = {
        "name": "王小明",
        "id_number": "11010519491231002X",
        "mobile": "13900000001",
    }
    return {
        "draft_id": str(uuid4()),
        "offering_code": "test-hygiene",
        "form": make.FORM,
        "applicant": applicant,
        **changes,
    }


class TestDraft:
    def test_becomes_a_case(self, world: World) -> None:
        path = f"/drafts/{world.draft_id}"
        changed = world.citizen.send("PATCH", path, {"answers": make.FORM, "delivery": {"way": "counter"}})
        submitted = world.citizen.post(f"{path}/submission")

        again = world.citizen.post(f"{path}/submission")

        assert (changed.status_code, changed.json()["complaints"]) == (200, {})
        assert (submitted.status_code, again.json()) == (201, submitted.json())
        case = Case.objects.get(number=submitted.json()["case_number"])
        assert (case.status, case.applicant_masked) == ("SUBMITTED", "王*明")
        assert StoredFile.objects.get(id=world.file_id).owner_key == case.number

    def test_keeps_what_is_wrong_and_says_so(self, world: World) -> None:
        response = world.citizen.send("PATCH", f"/drafts/{world.draft_id}", {"answers": {"floor_area": "0"}})

        assert response.json()["answers"]["floor_area"] == "0"
        assert set(response.json()["complaints"]) == {"shop_name", "floor_area"}

    def test_takes_what_is_said_to_be_filled_in_wrongly(self, world: World) -> None:
        path = f"/drafts/{world.draft_id}"

        said = world.citizen.send("PATCH", path, {"dispute": {"fields": ["shop_name"], "remark": "不是我"}})
        too_long = world.citizen.send("PATCH", path, {"dispute": {"remark": "长" * 501}})

        # Nothing of this form was filled in, so nothing of it can be wrong.
        assert said.json()["dispute"] == {"fields": [], "remark": "不是我"}
        problem(too_long, 422, "invalid_input")

    def test_is_begun_once_for_each_offering(self, world: World) -> None:
        response = world.citizen.post("/drafts", {"offering_code": world.offering_code})

        assert (response.status_code, response.json()["id"]) == (200, world.draft_id)

    def test_is_not_submitted_before_it_is_complete(self, world: World) -> None:
        response = world.citizen.post(f"/drafts/{world.draft_id}/submission")

        assert set(problem(response, 422, "invalid_input")["fields"]) == {"shop_name", "floor_area"}
        assert Draft.objects.get(id=world.draft_id).case_number == ""

    def test_keeps_nothing_of_a_change_that_is_refused(self, world: World) -> None:
        change = {"answers": {"shop_name": "新店"}, "delivery": {"way": "post"}}

        response = world.citizen.send("PATCH", f"/drafts/{world.draft_id}", change)

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["address"]
        assert "shop_name" not in Draft.objects.get(id=world.draft_id).answers

    @pytest.mark.parametrize("name", ["clerk", "system"])
    def test_is_its_owners_alone(self, world: World, name: str) -> None:
        caller: Caller = getattr(world, name)

        problem(caller.get(f"/drafts/{world.draft_id}"), 404, "not_found")
        problem(stranger().get(f"/drafts/{world.draft_id}"), 404, "not_found")

    @pytest.mark.parametrize("name", ["citizen", "clerk", "system"])
    def test_is_changed_by_its_owner_alone(self, world: World, name: str) -> None:
        caller: Caller = stranger() if name == "citizen" else getattr(world, name)
        path = f"/drafts/{world.draft_id}"
        world.citizen.send("PATCH", path, {"answers": make.FORM, "delivery": {"way": "counter"}})
        before = (Draft.objects.values().get(), StoredFile.objects.count(), Case.objects.count())
        applicant = {} if name == "citizen" else {"applicant": submission()["applicant"]}

        answers = [
            caller.send("PATCH", path, {}),
            caller.send("PATCH", path, {"answers": {"shop_name": "别人的店"}}),
            caller.send("PATCH", path, {"situations": []}),
            caller.send("PATCH", path, {"delivery": {"way": "electronic"}}),
            caller.send("PATCH", path, {"dispute": {"remark": "不是我"}}),
            caller.upload(f"{path}/files", {"material_code": "floor_plan", "file": plan()}),
            caller.send("DELETE", f"{path}/files/{world.file_id}"),
            caller.post(f"{path}/submission", applicant),
        ]

        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert (Draft.objects.values().get(), StoredFile.objects.count(), Case.objects.count()) == before
        assert StoredFile.objects.get(id=world.file_id).status == "AVAILABLE"

    @pytest.mark.parametrize(
        ("service", "change"),
        [
            (drafts.save_answers, {"answers": {"shop_name": "别人的店"}}),
            (drafts.save_situations, {"situations": ()}),
            (drafts.save_dispute, {"fields": (), "remark": "不是我"}),
            (drafts.save_delivery, {"way": "electronic", "address": ""}),
            (drafts.discard_draft, {}),
        ],
    )
    def test_is_changed_for_its_owner_whatever_door_asks(
        self, world: World, service: Any, change: dict[str, Any]
    ) -> None:
        before = Draft.objects.values().get()

        # Doors look at the draft before, or after; one that forgets to must not change it.
        with pytest.raises(NotFound):
            service(draft_id=UUID(world.draft_id), **change, actor=stranger().actor, at=clock.now())

        assert Draft.objects.values().get() == before

    def test_of_a_clerk_needs_an_applicant(self, world: World) -> None:
        draft_id = world.clerk.post("/drafts", {"offering_code": world.offering_code}).json()["id"]

        response = world.clerk.post(f"/drafts/{draft_id}/submission")

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["applicant"]


class TestFile:
    def test_handed_in_twice_with_one_key_is_kept_once(self, world: World) -> None:
        path = f"/drafts/{world.draft_id}/files"
        before = StoredFile.objects.count()

        first, again = (
            world.citizen.upload(path, {"material_code": "floor_plan", "file": plan()}, Idempotency_Key="one")
            for _turn in range(2)
        )

        assert (first.status_code, again.json()) == (201, first.json())
        assert StoredFile.objects.count() == before + 1

    def test_other_than_the_one_of_the_key_is_refused(self, world: World) -> None:
        path = f"/drafts/{world.draft_id}/files"
        world.citizen.upload(path, {"material_code": "floor_plan", "file": plan()}, Idempotency_Key="one")

        response = world.citizen.upload(
            path, {"material_code": "test_report", "file": plan()}, Idempotency_Key="one"
        )

        problem(response, 409, "idempotency_key_reused")

    def test_is_read_by_its_owner(self, world: World) -> None:
        response = world.citizen.get(f"/files/{world.file_id}")

        content = b"".join(response.streaming_content)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
        assert content.startswith(b"\x89PNG")
        assert response.headers["Content-Length"] == str(len(content))
        assert response.headers["Cache-Control"] == "private, no-store"
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")

    def test_is_not_found_by_others(self, world: World) -> None:
        problem(world.clerk.get(f"/files/{world.file_id}"), 404, "file_not_found")
        problem(stranger().get(f"/files/{world.file_id}"), 404, "file_not_found")

    def test_is_taken_back(self, world: World) -> None:
        response = world.citizen.send("DELETE", f"/drafts/{world.draft_id}/files/{world.file_id}")

        assert response.status_code == 204
        assert world.citizen.get(f"/drafts/{world.draft_id}").json()["files"] == {}

    @pytest.mark.parametrize("whose", ["own case", "another's draft"])
    def test_is_taken_back_from_its_own_draft_alone(self, world: World, whose: str) -> None:
        handed_in = world.citizen.upload(f"/cases/{world.case_number}/files", {"file": plan()}).json()["id"]
        caller = world.citizen if whose == "own case" else stranger()
        draft_id = caller.post("/drafts", {"offering_code": world.offering_code}).json()["id"]
        file_id = handed_in if whose == "own case" else world.file_id

        response = caller.send("DELETE", f"/drafts/{draft_id}/files/{file_id}")

        problem(response, 404, "not_found")
        assert StoredFile.objects.get(id=file_id).status == "AVAILABLE"

    def test_is_added_to_a_case_by_its_applicant(self, world: World) -> None:
        response = world.citizen.upload(f"/cases/{world.case_number}/files", {"file": plan()})

        assert response.status_code == 201
        assert StoredFile.objects.get(id=response.json()["id"]).owner_key == world.case_number

    def test_is_not_added_by_others(self, world: World) -> None:
        path = f"/cases/{world.case_number}/files"
        before = StoredFile.objects.count()

        problem(stranger().upload(path, {"file": plan()}), 404, "file_not_found")
        reader = api.system("cases:read", client_id="reader")
        problem(reader.upload(path, {"file": plan()}), 403, "not_permitted")

        assert StoredFile.objects.count() == before

    @pytest.mark.parametrize(
        ("content", "name", "status", "code"),
        [
            (b"", "plan.png", 422, "upload_empty"),
            (b"MZ program", "plan.exe", 415, "upload_type_not_allowed"),
            (b"MZ program", "plan.png", 415, "upload_type_mismatch"),
        ],
    )
    def test_that_is_no_evidence_is_refused(
        self, world: World, content: bytes, name: str, status: int, code: str
    ) -> None:
        response = world.citizen.upload(f"/cases/{world.case_number}/files", {"file": plan(content, name)})

        problem(response, status, code)

    def test_larger_than_agreed_is_refused_unread(self, world: World) -> None:
        response = world.citizen.upload(
            f"/cases/{world.case_number}/files", {"file": plan()}, Content_Length=str(200 * 1024 * 1024)
        )

        problem(response, 413, "upload_too_large")

    def test_is_asked_for_by_name(self, world: World) -> None:
        response = world.citizen.upload(f"/cases/{world.case_number}/files", {"files": plan()})

        assert problem(response, 422, "invalid_input")["fields"] == {"file": "必填"}


class TestCase:
    def test_is_submitted_by_a_system_for_its_area(self, world: World) -> None:
        draft_id = world.system.post("/drafts", {"offering_code": world.offering_code}).json()["id"]
        form = {"material_code": "floor_plan", "file": plan()}
        file = world.system.upload(f"/drafts/{draft_id}/files", form).json()
        evidence = [{"material_code": "floor_plan", "file_id": file["id"]}]

        response = world.system.post("/cases", submission(draft_id=draft_id, evidence=evidence))

        assert response.status_code == 201
        case = Case.objects.get(number=response.json()["case_number"])
        assert (case.status, case.channel) == ("SUBMITTED", "9")

    def test_is_not_submitted_with_a_file_of_somebody_else(self, world: World) -> None:
        draft_id = world.system.post("/drafts", {"offering_code": world.offering_code}).json()["id"]
        evidence = [{"material_code": "floor_plan", "file_id": world.file_id}]

        response = world.system.post("/cases", submission(draft_id=draft_id, evidence=evidence))

        assert problem(response, 422, "invalid_input")["fields"] == {"floor_plan": "文件不存在，请重新上传"}

    def test_is_not_submitted_for_somebody_else(self, world: World) -> None:
        before = Case.objects.count()

        response = stranger().post("/cases", submission(applicant_id=world.citizen.actor.person_id))

        problem(response, 403, "not_permitted")
        assert Case.objects.count() == before

    def test_is_not_submitted_under_the_name_of_somebody_else(self, world: World) -> None:
        before = Case.objects.count()

        response = stranger().post("/cases", submission())

        assert problem(response, 422, "invalid_input")["fields"] == {"applicant": "申请人应当是您本人"}
        assert Case.objects.count() == before

    def test_is_not_submitted_for_a_unit_by_its_code_alone(self, world: World) -> None:
        before = Case.objects.count()
        unit = {
            "kind": "2",
            "name": "广安示例建筑有限公司",
            "id_type": "001",
            "id_number": "91350100M000100Y43",
            "mobile": "19900000099",
        }

        response = stranger().post("/cases", submission(applicant=unit))

        problem(response, 403, "unit_needs_mandate")
        assert Case.objects.count() == before

    @pytest.mark.parametrize("path", ["", "/timeline", "/clock", "/notices"])
    def test_is_not_there_for_a_stranger(self, world: World, path: str) -> None:
        assert stranger().get(f"/cases/{world.case_number}{path}").status_code == 404

    def test_is_not_there_for_a_system_without_the_scope(self, world: World) -> None:
        caller = api.system("catalogue:write", client_id="editor")

        assert caller.get(f"/cases/{world.case_number}").status_code == 404
        problem(caller.get("/cases"), 403, "not_permitted")

    def test_is_accepted_by_a_clerk(self, world: World) -> None:
        response = world.clerk.post(f"/cases/{world.case_number}/acceptance", {"opinion": "材料齐全"})

        assert (response.status_code, response.json()["status"]) == (200, "ACCEPTED")

    def test_is_not_accepted_by_its_applicant(self, world: World) -> None:
        response = world.citizen.post(f"/cases/{world.case_number}/acceptance")

        problem(response, 403, "not_permitted")
        assert Case.objects.get(number=world.case_number).status == "SUBMITTED"

    def test_is_not_accepted_twice(self, world: World) -> None:
        world.clerk.post(f"/cases/{world.case_number}/acceptance")

        response = world.clerk.post(f"/cases/{world.case_number}/acceptance")

        problem(response, 409, "case_state_forbids_action")

    def test_is_not_changed_by_who_saw_an_older_version(self, world: World) -> None:
        version = world.clerk.get(f"/cases/{world.case_number}").json()["version"]
        world.clerk.post(f"/cases/{world.case_number}/pre-check")

        response = world.clerk.post(f"/cases/{world.case_number}/acceptance", {"version": version})

        problem(response, 409, "stale_version")

    def test_is_listed_to_those_who_may_see_it(self, world: World) -> None:
        own = world.citizen.get("/cases").json()["items"]

        assert len(own) == 2
        assert stranger().get("/cases").json()["items"] == []
        assert len(world.clerk.get("/cases", {"status": "SUBMITTED"}).json()["items"]) == 1


def others(world: World) -> dict[str, Callable[[], Caller]]:
    """
    Return who else may apply for somebody of this area, each made when he is called.
    """
    return {
        "another citizen": stranger,
        "clerk of the agency": lambda: world.clerk,
        "clerk of another agency": lambda: api.staff(
            Post.ACCEPTANCE, Post.COUNTER, login_name="other.agency", agency_code=make.OTHER_AGENCY
        ),
        "system of the agency": lambda: world.system,
        "system of another agency": lambda: api.system(
            "cases:write", client_id="other", agency_code=make.OTHER_AGENCY
        ),
    }


class TestReceipt:
    """
    Holds the code by which anybody looks a case's progress up; drafts are known by ids that others may have seen.
    """

    @pytest.fixture
    def plain(self) -> str:
        """
        Publish an offering that asks for no material, so that nothing but the draft's id is needed.
        """
        return make.publish("test-plain", at=clock.now(), materials=())

    def test_is_given_again_to_the_system_that_submitted(self, world: World, plain: str) -> None:
        writer = api.system("cases:write", client_id="writer")
        body = submission(offering_code=plain)

        first, again = (writer.post("/cases", body) for _turn in range(2))

        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())

    def test_is_given_again_to_the_clerk_who_submitted(self, world: World, plain: str) -> None:
        body = submission(offering_code=plain)

        first, again = (world.clerk.post("/cases", body) for _turn in range(2))

        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())

    @pytest.mark.parametrize(
        "who",
        [
            "another citizen",
            "clerk of the agency",
            "clerk of another agency",
            "system of the agency",
            "system of another agency",
        ],
    )
    def test_is_given_to_nobody_else_who_knows_the_draft(self, world: World, plain: str, who: str) -> None:
        path = f"/drafts/{world.draft_id}"
        world.citizen.send("PATCH", path, {"answers": make.FORM, "delivery": {"way": "counter"}})
        receipt = world.citizen.post(f"{path}/submission").json()
        before = Case.objects.count()
        caller = others(world)[who]()
        body = submission(offering_code=plain, draft_id=world.draft_id)
        if caller.actor.is_person:
            himself = reveal_own(actor=caller.actor, at=clock.now())
            body["applicant"] |= {"name": himself.name, "id_number": himself.id_number}

        response = caller.post("/cases", body)

        problem(response, 404, "not_found")
        told = response.content.decode()
        assert [part for part in (receipt["case_number"], receipt["query_code"]) if part in told] == []
        assert Case.objects.count() == before


class TestWorkItem:
    def test_goes_from_review_to_decision(self, world: World) -> None:
        path = f"/work-items/{world.work_item_id}"
        claimed = world.clerk.post(f"{path}/claim")

        concluded = world.clerk.post(f"{path}/conclusion", {"outcome": "PASS", "opinion": "符合"})

        events.deliver_all(at=clock.now())
        assert (claimed.status_code, claimed.json()["state"]) == (200, "CLAIMED")
        assert (concluded.status_code, concluded.json()["next_stage"]) == (200, "DECISION")

    def test_is_not_there_for_a_citizen(self, world: World) -> None:
        assert world.citizen.get(f"/work-items/{world.work_item_id}").status_code in {403, 404}

    def test_is_not_there_for_another_agency(self, world: World) -> None:
        other = api.staff(Post.REVIEW, login_name="other.agency", agency_code=make.OTHER_AGENCY)

        assert other.get(f"/work-items/{world.work_item_id}").status_code == 404
        assert other.get("/work-items").json()["items"] == []


class TestMessages:
    def test_are_read_by_their_owner(self, world: World) -> None:
        before = world.citizen.get("/messages/unread").json()["count"]
        response = world.citizen.post(f"/messages/{world.message_id}/read")

        assert response.status_code == 204
        assert world.citizen.get("/messages/unread").json()["count"] == before - 1
        assert world.citizen.get(f"/messages/{world.message_id}").json()["is_read"] is True

    def test_page_by_cursor(self, world: World) -> None:
        first = world.citizen.get("/messages", {"limit": 1}).json()
        second = world.citizen.get("/messages", {"limit": 100, "cursor": first["next_cursor"]}).json()

        ids = [item["id"] for page in (first, second) for item in page["items"]]
        assert len(ids) == len(set(ids)) == Message.objects.count()

    def test_are_nobody_elses(self, world: World) -> None:
        problem(stranger().post(f"/messages/{world.message_id}/read"), 404, "not_found")
        problem(world.clerk.get("/messages"), 403, "not_permitted")
        assert Message.objects.get(id=world.message_id).read_at is None


class TestLicences:
    def test_lie_in_the_wallet_of_their_holder(self, world: World) -> None:
        own = world.citizen.get("/licences").json()["items"]

        assert [(licence["identifier"], licence["holder_name"]) for licence in own] == [
            (world.licence_identifier, "王小明")
        ]
        assert stranger().get("/licences").json()["items"] == []

    def test_are_masked_for_the_agency(self, world: World) -> None:
        seen = world.clerk.get(f"/licences/{world.licence_identifier}").json()

        assert seen["summary"]["holder_name"] == "王*明"
        assert "11010519491231002X" not in str(seen)

    def test_are_not_there_for_others(self, world: World) -> None:
        path = f"/licences/{world.licence_identifier}"
        without_scope = api.system("cases:read", client_id="reader")

        problem(stranger().get(path), 404, "licence_not_found")
        problem(without_scope.get(path), 404, "licence_not_found")
        problem(without_scope.get("/licences"), 403, "not_permitted")
