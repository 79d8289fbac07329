from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories.portal import errors_of, text_of
from tongban.foundation import clock, events, looks
from tongban.foundation.actors import Actor
from tongban.foundation.models import AuditEntry
from tongban.support.identity import services as identity
from tongban.support.identity.ports import RecordingCodeSender, send_codes_by
from tongban.support.identity.values import Post
from tongban.support.mandates import selectors, services
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.services.counter import Card
from tongban.support.mandates.values import Evidence, MandateKind
from tongban.support.messaging.models import Message

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

    def test_takes_the_date_of_birth_beside_a_travel_permit(self) -> None:
        parent = make.representative(at=clock.now())
        known = identity.reveal_own(actor=parent, at=clock.now())
        form = {
            "guardian_id_number": known.id_number,
            "guardian_name": known.name,
            "guardian_mobile": known.mobile,
            "ward_id_number": "H10293848",
            "ward_name": "陈小港",
            "evidence": "BIRTH_CERTIFICATE",
            "note": "出生医学证明 H-0001",
        }

        without = clerk(Post.COUNTER).post("/desk/guardians/", form)
        wrong = clerk(Post.COUNTER).post("/desk/guardians/", {**form, "ward_born_on": "2020"})
        done = clerk(Post.COUNTER).post("/desk/guardians/", {**form, "ward_born_on": "2020-03-04"})

        assert (without.status_code, wrong.status_code, done.status_code) == (422, 422, 302)
        assert set(errors_of(without)) == set(errors_of(wrong)) == {"f-ward_born_on"}
        assert Mandate.objects.count() == 1

    def test_is_for_the_counter(self) -> None:
        assert clerk(Post.REVIEW).get("/desk/guardians/").status_code == 403
        assert clerk(Post.REVIEW).get("/desk/relatives/").status_code == 403
        assert clerk(Post.COUNTER).get("/desk/guardians/").status_code == 200


class TestFindAndEnd:
    def guardianship(self, parent: Actor) -> UUID:
        known = identity.reveal_own(actor=parent, at=clock.now())
        receipt = services.establish_guardianship(
            guardian=Card(name=known.name, id_number=known.id_number, mobile=known.mobile),
            ward=Card(name="孙小宝", id_number=CHILD),
            evidence=Evidence.HOUSEHOLD_BOOK,
            note="户口簿 511602-0001",
            actor=people.staff(Post.COUNTER),
            at=clock.now(),
        )
        return receipt.mandate_id

    def test_leads_from_the_wards_card_to_the_end_that_both_sides_hear_of(self) -> None:
        parent = make.representative(at=clock.now())
        mandate_id = self.guardianship(parent)
        events.deliver_all(at=clock.now())
        Message.objects.all().delete()
        browser = clerk(Post.COUNTER)
        card = {"number": CHILD, "name": "孙小宝"}

        found = text_of(browser.post("/desk/mandates/", card))
        before = len(selectors.choices(actor=parent, at=clock.now()))
        ended = browser.post(
            f"/desk/mandates/{mandate_id}/end/",
            {**card, f"note-{mandate_id}": "(2026) 川 1602 民特 2 号，撤销监护人资格"},
        )
        events.deliver_all(at=clock.now())
        again = text_of(browser.post("/desk/mandates/", card))

        assert "孙*业" in found
        assert "孙*宝" in found
        assert "孙创业" not in found
        assert (before, ended.status_code) == (1, 302)
        assert selectors.choices(actor=parent, at=clock.now()) == []
        row = Mandate.objects.get()
        assert (row.end_reason, row.end_note) == (
            "GUARDIANSHIP_ENDED",
            "(2026) 川 1602 民特 2 号，撤销监护人资格",
        )
        told = {str(message.recipient_person_id) for message in Message.objects.all()}
        assert told == {parent.person_id, str(row.grantor_person_id)}
        assert "监护关系终止" in again
        assert f"/desk/mandates/{mandate_id}/end/" not in again
        assert (
            AuditEntry.objects.filter(action="mandates.mandate.ended", subject=str(mandate_id)).count() == 1
        )

    def test_finds_by_the_guardians_card_too_and_by_no_other_name(self) -> None:
        parent = make.representative(at=clock.now())
        mandate_id = self.guardianship(parent)
        known = identity.reveal_own(actor=parent, at=clock.now())
        browser = clerk(Post.ACCEPTANCE)

        own = text_of(browser.post("/desk/mandates/", {"number": known.id_number, "name": known.name}))
        other = text_of(browser.post("/desk/mandates/", {"number": known.id_number, "name": "孙创意"}))
        nobody = text_of(browser.post("/desk/mandates/", {"number": ELDER, "name": "赵高龄"}))

        assert f"/desk/mandates/{mandate_id}/end/" in own
        assert "没有找到" in other
        assert "没有找到" in nobody

    def test_asks_on_what_grounds_and_keeps_what_was_found(self) -> None:
        parent = make.representative(at=clock.now())
        mandate_id = self.guardianship(parent)

        page = clerk(Post.COUNTER).post(
            f"/desk/mandates/{mandate_id}/end/", {"number": CHILD, "name": "孙小宝", f"note-{mandate_id}": ""}
        )

        assert page.status_code == 422
        assert f"f-note-{mandate_id}" in errors_of(page)
        assert "孙*宝" in text_of(page)
        assert Mandate.objects.get().ended_at is None

    def test_ends_what_an_elder_has_granted_and_tells_both(self) -> None:
        at = clock.now()
        elder, relative = make.representative(name="刘长寿", at=at), make.representative(name="唐代办", at=at)
        mandate_id = make.mandate(elder, relative, granted=make.grant(at=at), at=at)
        events.deliver_all(at=at)
        Message.objects.all().delete()

        clerk(Post.COUNTER).post(
            f"/desk/mandates/{mandate_id}/end/", {f"note-{mandate_id}": "本人到场要求收回"}
        )
        events.deliver_all(at=clock.now())

        assert Mandate.objects.get().end_reason == "WITHDRAWN_AT_COUNTER"
        told = {str(message.recipient_person_id) for message in Message.objects.all()}
        assert told == {elder.person_id, relative.person_id}

    def test_leaves_a_look_in_the_ledgers_of_both(self) -> None:
        parent = make.representative(at=clock.now())
        self.guardianship(parent)
        ward = Mandate.objects.get().grantor_person_id

        clerk(Post.COUNTER).post("/desk/mandates/", {"number": CHILD, "name": "孙小宝"})

        for principal in (parent.person_id, str(ward)):
            [look] = [
                row
                for row in looks.looks_at(principal_id=str(principal), wanted=looks.LookFilter()).items
                if row.words == "窗口查找监护和代办授权"
            ]
            assert (look.act, look.count) == (looks.LookAct.READ, 1)

    def test_shows_no_mandate_of_a_company_and_ends_none(self) -> None:
        at = clock.now()
        boss, agent = make.representative(at=at), make.representative(name="唐代办", at=at)
        entity_id = make.company(boss, at=at)
        mandate_id = make.mandate(boss, agent, entity_id=entity_id, granted=make.grant(at=at), at=at)
        known = identity.reveal_own(actor=agent, at=at)
        browser = clerk(Post.COUNTER)

        found = text_of(browser.post("/desk/mandates/", {"number": known.id_number, "name": known.name}))
        ended = browser.post(f"/desk/mandates/{mandate_id}/end/", {f"note-{mandate_id}": "不知为何"})

        assert "没有找到" in found
        assert ended.status_code == 404
        assert Mandate.objects.get(id=mandate_id).ended_at is None

    def test_is_for_the_counter_and_says_what_is_no_card(self) -> None:
        wrong = clerk(Post.COUNTER).post("/desk/mandates/", {"number": "1", "name": ""})

        assert clerk(Post.REVIEW).get("/desk/mandates/").status_code == 403
        assert (
            clerk(Post.REVIEW).post("/desk/mandates/", {"number": CHILD, "name": "孙小宝"}).status_code == 403
        )
        assert set(errors_of(wrong)) == {"f-number", "f-name"}


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
