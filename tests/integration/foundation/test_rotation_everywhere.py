"""
No sealed value, no blind index and no secret that lies elsewhere stays with an old key, in any table of any app.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.apps import apps

from tests.factories import api, library
from tests.factories import casework as make
from tests.factories import mandates as mandating
from tests.factories.database import empty_logs
from tests.factories.identity import NODE, NOW, PASSWORD, citizen, id_number, mobile, staff
from tests.integration.api.test_licence_batches import BODY, ROW
from tests.integration.resources.registers import registers
from tongban.business.crossregion.models import INDEX, Intake
from tongban.business.licences import rules
from tongban.business.licences.models import PeerLicence
from tongban.config import keys as key_module
from tongban.config.keys import KeyFile
from tongban.foundation import crypto, rotation
from tongban.foundation.actors import ANONYMOUS
from tongban.support.federation.models import PersonKey
from tongban.support.federation.services import remember_person
from tongban.support.federation.services.nodes import index_of_key
from tongban.support.identity import services as identity
from tongban.support.identity.models import StaffMember, VerificationCode
from tongban.support.identity.ports import RecordingCodeSender, send_codes_by
from tongban.support.identity.services import AdministratorsAreThree, certificate_key
from tongban.support.identity.values import CodePurpose, Role, StockRow, schemes
from tongban.support.mandates import selectors as mandates
from tongban.support.mandates import services as mandate_services

pytestmark = pytest.mark.django_db(transaction=True)

STAFF_NUMBER = id_number(sequence=811)


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyFile]:
    """
    Keys and files of this test alone; a change of keys is noticed at once.
    """
    monkeypatch.setattr(key_module, "LOOK_AGAIN_SECONDS", 0.0)
    settings.TONGBAN_HOME = tmp_path
    file = KeyFile(tmp_path)
    file.load()
    settings.TONGBAN_KEYS = file
    yield file
    empty_logs()


@pytest.fixture
def codes() -> Iterator[RecordingCodeSender]:
    """
    Catch every code that is sent.
    """
    recording = RecordingCodeSender()
    before = send_codes_by(recording)
    yield recording
    if before is not None:
        send_codes_by(before)


def administrator(role: Role = Role.OPERATOR) -> None:
    identity.create_staff(
        login_name=f"admin.{role.value.lower().replace('_', '.')}",
        name="管一",
        agency_code=make.AGENCY,
        division_code=make.DIVISION,
        posts=(),
        roles=(role,),
        id_number=STAFF_NUMBER,
        password=PASSWORD,
        actor=NODE,
        at=NOW,
    )


def earlier_licence() -> None:
    """
    Leave a row of a licence issued before.
    """
    api.staff(roles=(Role.LICENCE_EDITOR,), login_name="licence.editor").post(
        "/licence-batches", {**BODY, "rows": [{**ROW, "type_code": api.LICENCE_TYPE["code"]}]}
    )


def licence_of_a_city() -> None:
    """
    Leave what a node below has told of a licence.
    """
    holder_key = "0" * 64
    PeerLicence.objects.create(
        identifier="1.2.156.3005.2.X",
        source="511600000000",
        number="1",
        version=1,
        type_code="X",
        status="VALID",
        holder_index=rules.index_of_holder_key(holder_key),
        content={"holder_key": holder_key},
        entry_number=1,
        told_at=NOW,
    )


def application_for_another_city() -> None:
    """
    Leave an application that a counter here took for another node.
    """
    number = id_number(sequence=813)
    Intake.objects.create(
        receipt_number="T1",
        node="511600000000",
        node_name="广安市",
        offering_code="X",
        service_name="事项",
        handling_agency="机构",
        agency_code=make.AGENCY,
        division_code=make.DIVISION,
        clerk_name="赵窗口",
        applicant_masked="周*",
        applicant_index=crypto.blind_index(INDEX, number),
        handed_in={"applicant": {"id_number": number}},
        terms={},
        handed_in_at=NOW,
    )


def record_of_a_person(folder: Path) -> None:
    """
    Leave what a base register says of somebody.
    """
    registers.prepare()
    registers.load(folder, registers.WANG)


def everything() -> UUID:
    """
    Leave at least one row in every table with a blind index that can be made anew; return a person.
    """
    api.world()
    earlier_licence()
    licence_of_a_city()
    application_for_another_city()
    with TemporaryDirectory() as folder:
        record_of_a_person(Path(folder))
    library.take(library.case())
    administrator()
    elder, relative = mandating.representative(name="刘长寿"), mandating.representative(name="唐代办")
    mandating.mandate(elder, relative)
    identity.import_stock(
        rows=[
            StockRow(
                line=1,
                key="A-1",
                id_number=id_number(sequence=812),
                name="周旧",
                mobile=mobile(812),
                level="1",
            )
        ],
        source="old",
        scheme=schemes()["NATIONAL"],
        actor=NODE,
        at=NOW,
    )
    person = UUID(str(elder.person_id))
    remember_person(person_id=person, at=NOW)
    return person


def kept(column: rotation.IndexColumn) -> list[bytes]:
    rows = apps.get_model(column.label)._default_manager.exclude(**{f"{column.column}__isnull": True})
    return [bytes(index) for index in rows.order_by("pk").values_list(column.column, flat=True)]


def change_root(file: KeyFile) -> rotation.IndexReport:
    with file.changing() as change:
        change.use_root(change.add_root(at=NOW), at=NOW)
    report = rotation.index_anew(pause_seconds=0.01)
    with file.changing() as change:
        change.drop_roots()
    return report


class TestEveryBlindIndex:
    def test_is_another_one_under_another_root(self, key_file: KeyFile) -> None:
        everything()
        remade = [column for column in rotation.index_columns() if column.index_of is not None]
        before = {(column.label, column.column): kept(column) for column in remade}

        report = change_root(key_file)

        after = {(column.label, column.column): kept(column) for column in remade}
        assert [name for name, indexes in before.items() if not indexes] == []
        assert [name for name in before if len(before[name]) != len(after[name])] == []
        assert [name for name in before if set(before[name]) & set(after[name])] == []
        assert (report.conflicts, report.unmakeable) == ([], [])

    def test_of_an_administrator_still_keeps_the_three_apart(self, key_file: KeyFile) -> None:
        administrator(Role.OPERATOR)

        change_root(key_file)

        with pytest.raises(AdministratorsAreThree):
            administrator(Role.AUDIT_ADMINISTRATOR)

    def test_of_a_row_that_cannot_say_it_is_named(self, key_file: KeyFile) -> None:
        administrator()
        StaffMember.objects.update(id_number=None)
        with key_file.changing() as change:
            change.use_root(change.add_root(at=NOW), at=NOW)

        report = rotation.index_anew(pause_seconds=0.01)

        assert report.unmakeable == [f"identity.StaffMember {StaffMember.objects.get().pk}"]

    def test_of_another_nodes_question_finds_the_person(self, key_file: KeyFile) -> None:
        person = citizen(name="陈异地", number=id_number(sequence=813))
        remember_person(person_id=UUID(str(person.person_id)), at=NOW)
        key = certificate_key(id_number=id_number(sequence=813), name="陈异地")

        change_root(key_file)

        found = PersonKey.objects.get(certificate_key_index=index_of_key(key))
        assert str(found.person_id) == person.person_id

    def test_of_a_code_lapses_before_the_old_root_goes(
        self, key_file: KeyFile, codes: RecordingCodeSender
    ) -> None:
        del key_file
        receipt = identity.request_code(
            mobile=mobile(814), purpose=CodePurpose.REGISTER, actor=ANONYMOUS, address="127.0.0.1", at=NOW
        )

        assert rotation.last_lapse(at=NOW) == receipt.expires_at
        assert rotation.last_lapse(at=receipt.expires_at + timedelta(seconds=1)) is None
        assert VerificationCode.objects.count() == len(codes.sent) == 1


class TestBetweenTwoRoots:
    def test_an_offer_finds_whom_it_is_for(self, key_file: KeyFile) -> None:
        elder, relative = mandating.representative(name="刘长寿"), mandating.representative(name="唐代办")
        facts = identity.reveal_own(actor=relative, at=NOW)
        offer = mandate_services.offer_mandate(
            name=facts.name,
            number=facts.id_number,
            grant=mandating.grant(at=NOW),
            entity_id=None,
            actor=mandating.checked(elder, at=NOW),
            at=NOW,
        )
        with key_file.changing() as change:
            change.use_root(change.add_root(at=NOW), at=NOW)

        seen = mandates.offered(actor=relative, at=NOW)
        mandate_services.accept_mandate(mandate_id=offer.mandate_id, actor=relative, at=NOW)

        assert [view.id for view in seen] == [offer.mandate_id]
        assert len(mandates.choices(actor=relative, at=NOW)) == 1

    def test_a_code_is_accepted(self, key_file: KeyFile, codes: RecordingCodeSender) -> None:
        identity.request_code(
            mobile=mobile(815), purpose=CodePurpose.REGISTER, actor=ANONYMOUS, address="127.0.0.1", at=NOW
        )
        with key_file.changing() as change:
            change.use_root(change.add_root(at=NOW), at=NOW)

        proof = identity.verify_code(
            mobile=mobile(815), purpose=CodePurpose.REGISTER, code=codes.sent[-1][1], at=NOW
        )

        assert proof.expires_at > NOW


class TestEverySealedValue:
    def test_of_every_table_is_sealed_with_the_new_key(self, key_file: KeyFile) -> None:
        everything()
        with key_file.changing() as change:
            change.add_key(at=NOW, is_standby=False)

        report = rotation.seal_anew(pause_seconds=0.01)

        assert report.left == {}
        assert rotation.uses_of(1) == {}
        assert {"identity.Person", "identity.StaffMember", "casework.CaseKey", "licences.Licence"} <= set(
            report.sealed
        )

    def test_of_a_second_factor_opens_after_the_old_key_has_gone(self, key_file: KeyFile) -> None:
        clerk = staff()
        offer = identity.offer_totp(account_id=UUID(clerk.id))
        an_hour_ago = NOW - timedelta(hours=1)
        code = str(format_hotp_value(hotp_value(offer.secret, int(an_hour_ago.timestamp()) // 30)))
        receipt = identity.set_up_totp(
            secret=offer.secret, code=code, password=PASSWORD, actor=clerk, at=an_hour_ago
        )
        with key_file.changing() as change:
            change.add_key(at=NOW, is_standby=False)
        needed = rotation.uses_of(1)

        report = rotation.seal_anew(pause_seconds=0.01)
        with key_file.changing() as change:
            change.retire_key(1, keep_for_log=False)

        assert (needed["mfa.Authenticator.secret"], needed["mfa.Authenticator.seed"]) == (1, 1)
        assert (report.sealed["mfa.Authenticator.secret"], report.sealed["mfa.Authenticator.seed"]) == (1, 1)
        app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
        spare = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
        assert decrypt(app.data["secret"]) == offer.secret
        assert tuple(spare.wrap().get_unused_codes()) == receipt.recovery_codes
