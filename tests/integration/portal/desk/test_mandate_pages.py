from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client as Browser

from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories.portal import errors_of, text_of
from tongban.foundation import clock
from tongban.support.identity import services as identity
from tongban.support.identity.ports import RecordingCodeSender, send_codes_by
from tongban.support.identity.values import Post
from tongban.support.mandates import selectors
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.values import MandateKind

pytestmark = pytest.mark.django_db
CHILD = people.id_number(born_on=date(2020, 6, 1), sequence=11)
ELDER = people.id_number(born_on=date(1936, 6, 1), sequence=12)


@pytest.fixture
def codes() -> Iterator[RecordingCodeSender]:
    recording = RecordingCodeSender()
    before = send_codes_by(recording)
    yield recording
    if before is not None:
        send_codes_by(before)


def clerk(*posts: Post) -> Browser:
    browser = Browser()
    people.log_in(browser, people.staff(*posts, at=clock.now()), at=clock.now())
    return browser


class TestRecordGuardian:
    def test_lets_a_parent_act_for_a_child(self) -> None:
        parent = make.representative(at=clock.now())
        known = identity.reveal_own(actor=parent, at=clock.now())
        form = {
            "guardian_id_number": known.id_number,
            "guardian_name": known.name,
            "guardian_mobile": known.mobile,
            "ward_id_number": CHILD,
            "ward_name": "孙小宝",
            "evidence": "HOUSEHOLD_BOOK",
            "note": "户口簿 511602-0001",
        }

        response = clerk(Post.COUNTER).post("/desk/guardians/", form)

        assert response.status_code == 302
        [choice] = selectors.choices(actor=parent, at=clock.now())
        assert (choice.kind, choice.name) == (MandateKind.GUARDIAN, "孙*宝")

    def test_keeps_what_was_typed_and_names_whose_card_is_wrong(self) -> None:
        form = {"ward_id_number": "1", "ward_name": "孙小宝", "guardian_name": "孙创业", "note": "户口簿 1"}

        missing = clerk(Post.COUNTER).post("/desk/guardians/", form)
        wrong = clerk(Post.COUNTER).post("/desk/guardians/", {**form, "evidence": "HOUSEHOLD_BOOK"})

        assert (missing.status_code, wrong.status_code) == (422, 422)
        assert 'value="孙小宝"' in text_of(missing)
        assert "f-evidence" in errors_of(missing)
        assert "f-guardian_id_number" in errors_of(wrong)
        assert not Mandate.objects.exists()

    def test_is_for_the_counter(self) -> None:
        assert clerk(Post.REVIEW).get("/desk/guardians/").status_code == 403
        assert clerk(Post.REVIEW).get("/desk/relatives/").status_code == 403
        assert clerk(Post.COUNTER).get("/desk/guardians/").status_code == 200


class TestRecordRelative:
    def test_sends_the_code_first_and_offers_then(self, codes: RecordingCodeSender) -> None:
        relative = make.representative(name="唐代办", at=clock.now())
        known = identity.reveal_own(actor=relative, at=clock.now())
        today = clock.civil_date(clock.now()).isoformat()
        form = {
            "elder_id_number": ELDER,
            "elder_name": "赵高龄",
            "elder_mobile": "15400000006",
            "relative_name": known.name,
            "relative_id_number": known.mobile,
            "functions": ["APPLY", "QUERY"],
            "from": today,
            "to": today,
        }
        browser = clerk(Post.COUNTER)

        sent = browser.post("/desk/relatives/", {**form, "send": "1"})
        done = browser.post("/desk/relatives/", {**form, "code": codes.sent[-1][1]})

        assert (sent.status_code, done.status_code) == (200, 302)
        assert 'value="赵高龄"' in text_of(sent)
        [offer] = selectors.offered(actor=relative, at=clock.now())
        assert offer.grantor_name == "赵*龄"
