"""
Registering: what is kept, what is refused, what stays unsaid.
"""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from tests.factories.identity import NOW, PASSWORD, citizen, id_number, mobile, staff
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import InvalidInput, NotPermitted, TooManyRequests
from tongban.foundation.models import AuditEntry
from tongban.support.identity import services
from tongban.support.identity.models import Account, Person, VerificationCode
from tongban.support.identity.ports import RecordingCodeSender
from tongban.support.identity.services import CodeNotAccepted, GuardianNeeded, RegistrationRefused
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import index_of_id_number
from tongban.support.identity.values import AssuranceLevel, CodePurpose, Post, RegistrationReceipt

pytestmark = pytest.mark.django_db

NUMBER = id_number(sequence=7)
MOBILE = mobile(7)


def ask_code(
    *,
    phone: str = MOBILE,
    purpose: CodePurpose = CodePurpose.REGISTER,
    at: datetime = NOW,
    address: str = "10.0.0.1",
) -> None:
    services.request_code(mobile=phone, purpose=purpose, actor=ANONYMOUS, address=address, at=at)


def register(
    code: str,
    *,
    number: str = NUMBER,
    name: str = "张小三",
    phone: str = MOBILE,
    password: str = PASSWORD,
    at: datetime = NOW,
) -> RegistrationReceipt:
    return services.register_person(
        id_number=number,
        name=name,
        mobile=phone,
        code=code,
        password=password,
        actor=ANONYMOUS,
        address="10.0.0.1",
        at=at,
    )


class TestRegisterPerson:
    def test_opens_an_account_at_the_level_of_a_proved_mobile(self, codes: RecordingCodeSender) -> None:
        ask_code()

        receipt = register(codes.sent[-1][1])

        person = Person.objects.get(id=receipt.person_id)
        assert (person.name, person.id_number, person.mobile) == ("张小三", NUMBER, MOBILE)
        assert (person.name_masked, receipt.assurance_level) == ("张*三", AssuranceLevel.MOBILE)
        assert person.account_id == receipt.account_id

    def test_keeps_no_personal_data_in_clear(self, codes: RecordingCodeSender) -> None:
        ask_code()
        register(codes.sent[-1][1])

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT p::text || a::text FROM identity_person p JOIN identity_account a ON a.id = p.account_id"
            )
            (row,) = cursor.fetchone()
            cursor.execute("SELECT id_number, name, mobile FROM identity_person")
            sealed = cursor.fetchone()
            cursor.execute("SELECT string_agg(facts::text || subject, '') FROM foundation_audit")
            (trail,) = cursor.fetchone()
        for secret in (NUMBER, MOBILE, "张小三", PASSWORD, codes.sent[-1][1]):
            assert secret not in row + trail
            assert secret.encode().hex() not in row
            assert all(secret.encode() not in bytes(value) for value in sealed)

    def test_finds_by_blind_index_what_it_cannot_read(self, codes: RecordingCodeSender) -> None:
        ask_code()
        receipt = register(codes.sent[-1][1], number=NUMBER.lower())

        by_number = Person.objects.get(id_number_index=index_of_id_number(f" {NUMBER[:6]} {NUMBER[6:]}"))
        by_mobile = Person.objects.get(mobile_index=index_of_mobile(f"+86 {MOBILE}"))

        assert by_number.id == by_mobile.id == receipt.person_id

    def test_is_written_into_the_audit_trail(self, codes: RecordingCodeSender) -> None:
        ask_code()

        receipt = register(codes.sent[-1][1])

        entry = AuditEntry.objects.get(action="identity.person.register")
        assert (entry.subject, entry.actor_kind) == (str(receipt.person_id), "ANONYMOUS")

    def test_complains_about_every_field_at_once_and_keeps_the_code(self, codes: RecordingCodeSender) -> None:
        ask_code()

        with pytest.raises(InvalidInput) as refusal:
            register(codes.sent[-1][1], number="511602199001010000", name="x", password="short")

        assert set(refusal.value.fields) == {"id_number", "name", "password"}
        assert not Person.objects.exists()
        assert register(codes.sent[-1][1]).assurance_level == AssuranceLevel.MOBILE

    def test_refuses_a_child_below_fourteen_and_names_the_clause(self, codes: RecordingCodeSender) -> None:
        ask_code()

        with pytest.raises(GuardianNeeded) as refusal:
            register(codes.sent[-1][1], number=id_number(born_on=date(2012, 11, 24)))

        assert refusal.value.clause == "个人信息保护法-31"
        assert not Account.objects.exists()

    @pytest.mark.parametrize(
        "known",
        [
            pytest.param({"number": NUMBER, "phone": mobile(99)}, id="the number"),
            pytest.param({"number": id_number(sequence=99), "phone": MOBILE}, id="the mobile"),
        ],
    )
    def test_does_not_say_which_of_number_and_mobile_is_known(
        self, codes: RecordingCodeSender, known: dict[str, str]
    ) -> None:
        citizen(**known)  # type: ignore[arg-type]
        ask_code()

        with pytest.raises(RegistrationRefused) as refusal:
            register(codes.sent[-1][1])

        assert refusal.value.facts == {}
        assert Person.objects.count() == Account.objects.count() == 1

    def test_gives_the_code_back_when_it_is_refused(self, codes: RecordingCodeSender) -> None:
        citizen(number=NUMBER, phone=mobile(99))
        ask_code()
        code = codes.sent[-1][1]

        with pytest.raises(RegistrationRefused):
            register(code)

        assert VerificationCode.objects.get().used_at is None

    def test_is_limited_per_address(self, codes: RecordingCodeSender) -> None:
        limit = services.policy().registrations_per_address
        for _ in range(limit):
            services.hit_limit("register-address:10.0.0.1", limit=limit, window=timedelta(hours=1), at=NOW)
        ask_code()

        with pytest.raises(TooManyRequests) as refusal:
            register(codes.sent[-1][1])

        assert refusal.value.retry_after_seconds == 3600
        assert not Person.objects.exists()


class TestCodes:
    def test_are_six_digits_and_never_stored(self, codes: RecordingCodeSender) -> None:
        ask_code()

        phone, code, purpose = codes.sent[-1]
        with connection.cursor() as cursor:
            cursor.execute("SELECT c::text FROM identity_verificationcode c")
            (row,) = cursor.fetchone()
        assert (phone, purpose, len(code), code.isdecimal()) == (MOBILE, CodePurpose.REGISTER, 6, True)
        assert code not in row

    def test_serve_once(self, codes: RecordingCodeSender) -> None:
        ask_code()
        code = codes.sent[-1][1]
        register(code)

        with pytest.raises(CodeNotAccepted):
            register(code, number=id_number(sequence=8))

        assert Person.objects.count() == 1

    def test_serve_five_minutes(self, codes: RecordingCodeSender) -> None:
        ask_code()

        with pytest.raises(CodeNotAccepted):
            register(codes.sent[-1][1], at=NOW + timedelta(minutes=5))

        assert register(codes.sent[-1][1], at=NOW + timedelta(minutes=4, seconds=59)).name_masked == "张*三"

    def test_serve_one_mobile(self, codes: RecordingCodeSender) -> None:
        ask_code()
        code = codes.sent[-1][1]

        with pytest.raises(CodeNotAccepted):
            register(code, phone=mobile(8))

        assert not Person.objects.exists()

    def test_serve_one_purpose(self, codes: RecordingCodeSender) -> None:
        citizen(phone=MOBILE)
        ask_code(purpose=CodePurpose.RESET_PASSWORD)

        with pytest.raises(CodeNotAccepted):
            services.verify_code(mobile=MOBILE, purpose=CodePurpose.REGISTER, code=codes.sent[-1][1], at=NOW)

    def test_are_replaced_by_newer_ones(self, codes: RecordingCodeSender) -> None:
        ask_code()
        ask_code(at=NOW + timedelta(minutes=1))
        old, new = codes.sent[0][1], codes.sent[1][1]

        later = NOW + timedelta(minutes=2)
        if old != new:
            with pytest.raises(CodeNotAccepted):
                register(old, at=later)

        assert register(new, at=later).name_masked == "张*三"

    def test_are_worthless_after_five_wrong_guesses(self, codes: RecordingCodeSender) -> None:
        ask_code()
        code = codes.sent[-1][1]
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        for _ in range(5):
            with pytest.raises(CodeNotAccepted):
                register(wrong)

        with pytest.raises(CodeNotAccepted):
            register(code)

        assert VerificationCode.objects.get().tries == 5
        assert not Person.objects.exists()

    def test_accept_full_width_digits(self, codes: RecordingCodeSender) -> None:
        ask_code()
        wide = codes.sent[-1][1].translate(str.maketrans("0123456789", "０１２３４５６７８９"))

        assert register(wide).name_masked == "张*三"

    def test_go_out_once_a_minute_to_one_mobile(self, codes: RecordingCodeSender) -> None:
        ask_code()

        with pytest.raises(TooManyRequests) as refusal:
            ask_code(at=NOW + timedelta(seconds=20), address="10.0.0.2")

        assert refusal.value.retry_after_seconds == 40
        assert len(codes.sent) == 1

    def test_go_out_ten_times_a_day_to_one_mobile(self, codes: RecordingCodeSender) -> None:
        for turn in range(10):
            ask_code(at=NOW + timedelta(minutes=2 * turn), address=f"10.0.0.{turn}")

        with pytest.raises(TooManyRequests):
            ask_code(at=NOW + timedelta(hours=2))

        assert len(codes.sent) == 10

    def test_to_reset_a_password_go_to_known_mobiles_only_and_nobody_is_told(
        self, codes: RecordingCodeSender
    ) -> None:
        citizen(phone=mobile(1001))

        known = services.request_code(
            mobile=mobile(1001), purpose=CodePurpose.RESET_PASSWORD, actor=ANONYMOUS, address=None, at=NOW
        )
        unknown = services.request_code(
            mobile=mobile(1002), purpose=CodePurpose.RESET_PASSWORD, actor=ANONYMOUS, address=None, at=NOW
        )

        assert [phone for phone, _, _ in codes.sent] == [mobile(1001)]
        assert (known.expires_at, known.next_at) == (unknown.expires_at, unknown.next_at)

    @pytest.mark.parametrize(
        "phone", ["", "123", "29900000007", "1990000000a", "19900000007\x00", "199000000071"]
    )
    def test_go_to_mobiles_only(self, codes: RecordingCodeSender, phone: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            ask_code(phone=phone)

        assert set(refusal.value.fields) == {"mobile"}
        assert codes.sent == []


class TestFindOrRegisterByCounter:
    def test_records_somebody_without_an_account(self) -> None:
        clerk = staff(Post.COUNTER)

        receipt = services.find_or_register_by_counter(
            id_number=NUMBER, name="张小三", mobile=MOBILE, actor=clerk, at=NOW
        )

        person = Person.objects.get(id=receipt.person_id)
        assert (person.account_id, person.registered_by) == (None, clerk.id)
        assert receipt.assurance_level == AssuranceLevel.COUNTER

    def test_finds_the_same_person_again(self) -> None:
        clerk = staff(Post.ACCEPTANCE)
        known = citizen(number=NUMBER, phone=MOBILE)

        receipt = services.find_or_register_by_counter(
            id_number=NUMBER, name="张小三", mobile="", actor=clerk, at=NOW
        )

        assert str(receipt.person_id) == known.person_id
        assert Person.objects.count() == 1

    def test_refuses_another_name(self) -> None:
        clerk = staff(Post.COUNTER)
        citizen(number=NUMBER)

        with pytest.raises(RegistrationRefused):
            services.find_or_register_by_counter(
                id_number=NUMBER, name="张小四", mobile=MOBILE, actor=clerk, at=NOW
            )

        assert Person.objects.get().name == "张小三"

    def test_accepts_somebody_without_a_mobile_and_a_shared_one(self) -> None:
        clerk = staff(Post.COUNTER)
        citizen(phone=MOBILE)

        shared = services.find_or_register_by_counter(
            id_number=NUMBER, name="张老太", mobile=MOBILE, actor=clerk, at=NOW
        )
        without = services.find_or_register_by_counter(
            id_number=id_number(sequence=8), name="王老太", mobile="", actor=clerk, at=NOW
        )

        assert Person.objects.get(id=shared.person_id).mobile == MOBILE
        assert Person.objects.get(id=without.person_id).mobile is None

    @pytest.mark.parametrize("posts", [[], [Post.REVIEW], [Post.DECISION, Post.DELIVERY]])
    def test_is_for_counters_only(self, posts: list[Post]) -> None:
        outsider = staff(*posts)

        with pytest.raises(NotPermitted):
            services.find_or_register_by_counter(
                id_number=NUMBER, name="张小三", mobile=MOBILE, actor=outsider, at=NOW
            )

        assert not Person.objects.exists()

    def test_lets_the_person_take_the_record_over_with_name_and_mobile(
        self, codes: RecordingCodeSender
    ) -> None:
        clerk = staff(Post.COUNTER)
        recorded = services.find_or_register_by_counter(
            id_number=NUMBER, name="张小三", mobile=MOBILE, actor=clerk, at=NOW
        )
        ask_code()

        receipt = register(codes.sent[-1][1])

        assert receipt.person_id == recorded.person_id
        assert receipt.assurance_level == AssuranceLevel.DATA_CHECK

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"name": "张小四"}, id="another name"),
            pytest.param({"phone": mobile(8)}, id="another mobile"),
        ],
    )
    def test_keeps_the_record_from_strangers(self, codes: RecordingCodeSender, other: dict[str, str]) -> None:
        clerk = staff(Post.COUNTER)
        services.find_or_register_by_counter(
            id_number=NUMBER, name="张小三", mobile=MOBILE, actor=clerk, at=NOW
        )
        ask_code(phone=other.get("phone", MOBILE))

        with pytest.raises(RegistrationRefused):
            register(codes.sent[-1][1], **other)  # type: ignore[arg-type]

        assert Person.objects.get().account_id is None
