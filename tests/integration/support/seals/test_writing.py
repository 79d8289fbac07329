import io

import pypdf
import pytest

from tests.factories.seals import AT, applied, issued, people, standing
from tongban.support.documents.models import StoredFile
from tongban.support.documents.services import open_file
from tongban.support.seals import services
from tongban.support.seals.models import SealDocument, SealEvent
from tongban.support.seals.services import recording, writing
from tongban.support.seals.values import Limits, SealAction, SealPurpose

pytestmark = pytest.mark.django_db


class TestWriteStep:
    def test_writes_the_document_of_a_step_once(self) -> None:
        seal_id = applied(people())
        event = SealEvent.objects.get(seal_id=seal_id)

        services.write_step(event_id=event.id, at=AT)
        services.write_step(event_id=event.id, at=AT)

        written = SealDocument.objects.get(event=event)
        file = StoredFile.objects.get(id=written.file_id)
        assert written.title == "电子印章申请表"
        assert (file.owner_kind, file.owner_key, file.media_type) == (
            "seals.seal",
            str(seal_id),
            "application/pdf",
        )
        assert StoredFile.objects.count() == 1

    def test_says_in_a_letter_of_authority_what_the_seal_may_be_used_for(self) -> None:
        by = people()
        seal = issued(applied(by), by)
        limits = Limits(
            purposes=frozenset({SealPurpose.LICENCE}),
            offerings=("511602",),
            most_fen=123_450,
            from_hour=9,
            until_hour=17,
            uses_a_day=20,
        )
        standing(seal, by, limits=limits)

        event = SealEvent.objects.get(seal=seal, action=SealAction.AUTHORISE)
        services.write_step(event_id=event.id, at=AT)

        opened = open_file(file_id=SealDocument.objects.get().file_id, actor=by.keeper, at=AT)
        with opened.content as content:
            page = pypdf.PdfReader(io.BytesIO(content.read())).pages[0].extract_text()
        told = "".join(page.split())
        assert "自动签发授权" in told
        assert "电子证照；事项：511602；金额不超过1234.50元；每日9点至17点；每日不超过20次" in told

    def test_has_a_title_and_a_sentence_for_every_step_that_somebody_takes(self) -> None:
        taken = set(SealAction) - recording.UNWRITTEN

        assert set(writing.TITLES) == set(writing.SENTENCES) == taken
