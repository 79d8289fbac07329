"""
What a clerk leaves behind who does not finish an acceptance, and how it goes.
"""

import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.factories import casework as make
from tests.factories import identity as people
from tests.factories import portal
from tongban.business.casework.models import Case
from tongban.business.catalogue.values import Material, Situation, SituationOption
from tongban.foundation import clock
from tongban.foundation.storage import ContentMissing, default_store
from tongban.portal.apply import services as apply
from tongban.portal.apply import tasks
from tongban.portal.apply.models import Draft
from tongban.support.documents import services as documents
from tongban.support.documents.models import StoredFile
from tongban.support.documents.values import FileStatus
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

CODE = "test-situations"
HERE = f"/desk/accept/{CODE}/"
TYPED = {
    "id_number": people.id_number(sequence=78),
    "name": "赵老伯",
    "mobile": "13900000078",
    "a-shop_name": "老伯理发店",
    "a-floor_area": "30",
    "paper-floor_plan": "1",
    "way": "counter",
}
SOON, LATER = timedelta(days=1), timedelta(days=3)


def picture(name: str) -> SimpleUploadedFile:
    content = io.BytesIO()
    # Every picture is another: the store keeps the same content once.
    Image.new("RGB", (40, 40), f"#{uuid4().hex[:6]}").save(content, format="PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")


@pytest.fixture
def counter() -> Client:
    at = clock.now()
    make.publish(
        CODE,
        at=at - timedelta(days=1),
        situations=(
            Situation(
                code="kind",
                question="哪种场所？",
                options=(
                    SituationOption(code="kind.hair", label="理发"),
                    SituationOption(code="kind.hotel", label="住宿"),
                ),
            ),
        ),
        materials=(
            Material(code="floor_plan", name="平面图"),
            Material(code="fire_report", name="消防意见", situations=("kind.hotel",)),
        ),
    )
    browser = Client()
    clerk = people.staff(Post.COUNTER, agency_code=make.AGENCY, division_code=make.DIVISION)
    people.log_in(browser, clerk, at=at)
    return browser


def scan(browser: Client) -> dict[str, Any]:
    """
    Begin an acceptance, scan one paper, and return what stands on the page.
    """
    key = re.search(r'name="key" value="([^"]+)"', browser.get(HERE).content.decode())
    assert key is not None
    typed = {**TYPED, "key": key[1], "s-kind": "kind.hotel"}
    browser.post(HERE, {**typed, "refresh": "1", "file-fire_report": picture("fire.png")})
    return typed


class TestAbandonedAcceptances:
    def test_are_thrown_away_with_their_files(self, counter: Client) -> None:
        scan(counter)
        file, at = StoredFile.objects.get(), clock.now()

        early = apply.discard_abandoned_drafts(at=at + SOON)
        left = Draft.objects.count()
        late = apply.discard_abandoned_drafts(at=at + LATER)
        documents.sweep_storage(at=at + LATER)

        assert (early, left) == (0, 1)
        assert (late, Draft.objects.count()) == (1, 0)
        file.refresh_from_db()
        assert file.status == FileStatus.DISCARDED
        with pytest.raises(ContentMissing):
            default_store().open(file.stored_as)

    def test_go_a_few_at_a_time(self, counter: Client) -> None:
        for _turn in range(3):
            scan(counter)
        at = clock.now() + LATER

        assert [apply.discard_abandoned_drafts(at=at, limit=2) for _turn in range(3)] == [2, 1, 0]

    def test_go_with_what_was_typed_where_submission_was_refused(self, counter: Client) -> None:
        typed = scan(counter)
        # Known under another name: everything was kept, then submission was refused.
        people.citizen(name="钱老太", number=TYPED["id_number"])
        refused = counter.post(HERE, {**typed, "accept": "1"})
        answers = Draft.objects.get().answers

        apply.discard_abandoned_drafts(at=clock.now() + LATER)

        assert refused.status_code != 302
        assert answers["shop_name"] == "老伯理发店"
        assert not Draft.objects.exists()

    def test_are_no_drafts_of_persons_and_no_submitted_ones(self, counter: Client) -> None:
        person, browser = people.citizen(), Client()
        people.log_in(browser, person, at=clock.now())
        portal.publish_permit()
        portal.begin(browser)
        counter.post(HERE, {**scan(counter), "accept": "1"})

        assert apply.discard_abandoned_drafts(at=clock.now() + timedelta(days=400)) == 0

        assert Draft.objects.count() == 2
        assert StoredFile.objects.available().count() == 1

    def test_are_looked_for_every_night(self, counter: Client) -> None:
        scan(counter)
        Draft.objects.update(updated_at=clock.now() - LATER)

        tasks.discard_abandoned_drafts()

        assert not Draft.objects.exists()


class TestFilesOfAnotherSituation:
    def test_are_taken_back_when_the_application_is_submitted(self, counter: Client) -> None:
        typed = scan(counter)
        key = typed["key"]

        answer = counter.post(
            HERE, {**typed, "s-kind": "kind.hair", "file-floor_plan": picture("plan.png"), "accept": "1"}
        )

        assert answer.status_code == 302
        owners = {file.name: (file.status, file.owner_key) for file in StoredFile.objects.all()}
        assert owners["plan.png"] == (FileStatus.AVAILABLE, Case.objects.get().number)
        assert owners["fire.png"] == (FileStatus.DISCARDED, key)

    def test_are_handed_over_otherwise(self, counter: Client) -> None:
        typed = scan(counter)

        counter.post(HERE, {**typed, "accept": "1"})

        file = StoredFile.objects.get()
        assert (file.status, file.owner_key) == (FileStatus.AVAILABLE, Case.objects.get().number)
