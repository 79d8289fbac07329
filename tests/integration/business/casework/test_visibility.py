"""
Who may know of a case: the applicant, the posts of its agency, counters and supervisors of its area. Nobody else.

Roles alone, without a post, are for other work: running the node (运维人员) and keeping the catalogue (事项管理员).
"""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import api, identity
from tests.factories import casework as make
from tongban.business.casework import selectors, services
from tongban.business.casework.services.looks import note_file_opened
from tongban.business.handling import selectors as handling
from tongban.business.handling.models import WorkItem
from tongban.foundation import clock, events, looks
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.portal.apply import services as drafts
from tongban.support.documents.models import StoredFile
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

ELSEWHERE = "511603000000"


def staff_of(
    *posts: Post,
    roles: tuple[Role, ...] = (),
    agency_code: str = make.AGENCY,
    division_code: str | None = make.DIVISION,
) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id="00000000-0000-4000-8000-0000000000aa",
        name="李工",
        agency_code=agency_code,
        division_code=division_code,
        posts=frozenset(post.value for post in posts),
        roles=frozenset(role.value for role in roles),
    )


def client_of(*scopes: str, agency_code: str = make.AGENCY) -> Actor:
    return Actor(
        kind=ActorKind.CLIENT,
        id="agency-system",
        agency_code=agency_code,
        division_code=make.DIVISION,
        scopes=frozenset(scopes),
    )


OTHER: dict[str, Any] = {"agency_code": make.OTHER_AGENCY}
SEE = {
    "the applicant": make.person(),
    **{f"{post} of the agency": staff_of(post) for post in Post},
    "counter of the area": staff_of(Post.COUNTER, **OTHER),
    "supervisor of the area": staff_of(roles=(Role.SUPERVISOR,), **OTHER),
    "supervisor of the agency": staff_of(roles=(Role.SUPERVISOR,)),
    "operator who also holds a post": staff_of(Post.REVIEW, roles=(Role.OPERATOR,)),
    "system of the agency": client_of("cases:read"),
}
DO_NOT = {
    "another person": make.person(make.OTHER_PERSON_ID),
    **{f"{post} of another agency": staff_of(post, **OTHER) for post in Post if post is not Post.COUNTER},
    "counter elsewhere": staff_of(Post.COUNTER, division_code=ELSEWHERE, **OTHER),
    "supervisor elsewhere": staff_of(roles=(Role.SUPERVISOR,), division_code=ELSEWHERE, **OTHER),
    "operator of the agency": staff_of(roles=(Role.OPERATOR,)),
    "editor of the agency": staff_of(roles=(Role.CATALOGUE_EDITOR,)),
    "operator and editor": staff_of(roles=(Role.OPERATOR, Role.CATALOGUE_EDITOR)),
    "staff without post or role": staff_of(),
    "system without the scope": client_of("catalogue:write"),
    "system of another agency": client_of("cases:read", "cases:write", agency_code=make.OTHER_AGENCY),
}
MAY_NOT_LIST = {
    "operator of the agency",
    "editor of the agency",
    "operator and editor",
    "staff without post or role",
    "system without the scope",
}


def listed(actor: Actor) -> list[str]:
    page = selectors.cases(
        actor=actor,
        wanted=selectors.CaseFilter(),
        on=make.MONDAY.date(),
        calendar=make.CALENDAR,
    )
    return [row.number for row in page.items]


class TestACase:
    @pytest.fixture
    def number(self) -> str:
        make.publish()
        number = make.submit().case_number
        make.accept(number)
        events.deliver_all(at=make.MONDAY)
        return number

    @pytest.mark.parametrize("who", SEE)
    def test_is_there_for(self, who: str, number: str) -> None:
        actor = SEE[who]

        case = selectors.case_by_number(actor=actor, number=number, at=make.MONDAY, calendar=make.CALENDAR)

        assert case.number == number
        assert selectors.may_read_case(actor=actor, number=number)
        assert selectors.timeline_of(actor=actor, number=number)
        assert listed(actor) == [number]
        assert selectors.sees_cases(actor=actor)

    @pytest.mark.parametrize("who", DO_NOT)
    def test_is_not_there_for(self, who: str, number: str) -> None:
        actor = DO_NOT[who]

        for ask in (
            lambda: selectors.case_by_number(
                actor=actor, number=number, at=make.MONDAY, calendar=make.CALENDAR
            ),
            lambda: selectors.case_json(actor=actor, number=number, at=make.MONDAY),
            lambda: selectors.timeline_of(actor=actor, number=number),
            lambda: services.reveal_case(number=number, purpose="核对", actor=actor, at=make.MONDAY),
            lambda: services.accept(number=number, actor=actor, at=make.MONDAY, calendar=make.CALENDAR),
        ):
            with pytest.raises(NotFound):
                ask()
        assert not selectors.may_read_case(actor=actor, number=number)
        assert handling.open_item_of(actor=actor, case_number=number) is None
        assert not AuditEntry.objects.filter(action="casework.case.reveal").exists()

    @pytest.mark.parametrize("who", SEE)
    def test_opens_its_files_to_those_who_work_on_it_alone(self, who: str, number: str) -> None:
        only_watches = who.startswith("supervisor") or who == "system of the agency"

        may_open = selectors.may_open_files(actor=SEE[who], number=number)

        assert may_open is not only_watches

    @pytest.mark.parametrize("who", DO_NOT)
    def test_opens_its_files_to_nobody_else(self, who: str, number: str) -> None:
        assert not selectors.may_open_files(actor=DO_NOT[who], number=number)

    @pytest.mark.parametrize(
        ("who", "purpose"),
        [
            ("REVIEW of the agency", "EXAMINATION"),
            ("DELIVERY of the agency", "DELIVERY"),
            ("counter of the area", "ACCEPTANCE"),
        ],
    )
    def test_says_for_what_post_a_file_was_opened(self, who: str, purpose: str, number: str) -> None:
        note_file_opened(number, SEE[who], make.MONDAY)

        ledger = looks.looks_at(
            principal_id=str(make.PERSON_ID), wanted=looks.LookFilter(act=looks.LookAct.OPENED)
        )
        assert [(row.purpose, row.thing.key) for row in ledger.items] == [(purpose, number)]

    @pytest.mark.parametrize("who", DO_NOT)
    def test_is_in_no_list_of(self, who: str, number: str) -> None:
        actor = DO_NOT[who]

        if who in MAY_NOT_LIST:
            with pytest.raises(NotPermitted):
                listed(actor)
        else:
            assert listed(actor) == []
        assert selectors.sees_cases(actor=actor) == (who not in MAY_NOT_LIST)

    @pytest.mark.parametrize("who", sorted(name for name in DO_NOT if DO_NOT[name].is_staff))
    def test_leaves_no_work_for(self, who: str, number: str) -> None:
        actor = DO_NOT[who]

        with pytest.raises(NotFound):
            handling.work_item(actor=actor, item_id=WorkItem.objects.get(dossier_id=number).id)
        assert handling.work_items(actor=actor).items == []


class TestRolesWithoutAPost:
    """
    Through the real doors: a case of the same agency, with a file.
    """

    @pytest.fixture
    def case(self, settings: Any, tmp_path: Any) -> str:
        settings.TONGBAN_HOME = tmp_path
        at = clock.now()
        citizen = api.citizen()
        offering = make.publish(at=at)
        draft_id = drafts.start_draft(offering_code=offering, actor=citizen.actor, at=at)
        plan = api.picture()
        drafts.attach_file(
            draft_id=draft_id,
            material_code="floor_plan",
            content=BytesIO(plan),
            name="plan.png",
            declared_type="image/png",
            declared_bytes=len(plan),
            actor=citizen.actor,
            at=at,
        )
        citizen.send("PATCH", f"/drafts/{draft_id}", {"answers": make.FORM, "delivery": {"way": "counter"}})
        number: str = citizen.post(f"/drafts/{draft_id}/submission").json()["case_number"]
        return number

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.CATALOGUE_EDITOR])
    def test_find_nothing_of_it_on_the_desk(self, role: Role, case: str) -> None:
        actor = identity.staff(roles=[role], agency_code=make.AGENCY, division_code=make.DIVISION)
        browser = Browser()
        identity.log_in(browser, actor, at=clock.now())
        files = list(StoredFile.objects.values_list("id", flat=True))

        told = {
            path: browser.get(path).status_code
            for path in (f"/desk/cases/{case}/", f"/desk/cases/{case}/panel/")
        }
        told |= {f"/files/{file}": browser.get(f"/files/{file}").status_code for file in files}
        revealed = browser.post(f"/desk/cases/{case}/reveal/", {"purpose": "看一看"})

        assert files
        assert set(told.values()) == {404}, told
        assert revealed.status_code == 404
        for path in (
            "/desk/",
            "/desk/cases/",
            f"/desk/cases/?q={case}",
            f"/desk/?q={case}",
            f"/desk/?case={case}",
        ):
            # Who has no inbox is led to a console.
            page = browser.get(path, follow=True)
            assert page.status_code in {200, 403, 404}
            assert f"/desk/cases/{case}/" not in page.content.decode()
            assert "王*明" not in page.content.decode()

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.CATALOGUE_EDITOR])
    def test_find_nothing_of_it_through_the_api(self, role: Role, case: str) -> None:
        caller = api.staff(roles=(role,), login_name="no.post")

        told = {path: caller.get(path).status_code for path in paths_of(case)}

        assert set(told.values()) == {404}, told
        assert caller.get("/cases").status_code == 403


def paths_of(case: str) -> list[str]:
    files = StoredFile.objects.values_list("id", flat=True)
    return [
        f"/cases/{case}",
        f"/cases/{case}/timeline",
        f"/cases/{case}/ledger",
        f"/cases/{case}/clock",
        f"/cases/{case}/notices",
        *(f"/files/{file}" for file in files),
    ]
