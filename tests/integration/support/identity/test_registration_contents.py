"""
Registering by identity card and two of five contents, each looked at by an authority; and when one is away.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from simulators.authority.registers import Registers
from simulators.dials import TellingDials
from tests.factories.authority import fixed_authorities, simulated_authorities
from tests.factories.identity import NOW, PASSWORD, id_number, mobile
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind
from tongban.foundation.errors import InvalidInput, TooManyRequests
from tongban.support.identity import selectors, services
from tongban.support.identity.models import AgreementConsent, AssuranceGrant, Person
from tongban.support.identity.ports import RecordingCodeSender
from tongban.support.identity.services import GuardianNeeded, RegistrationRefused
from tongban.support.identity.services.contents import IdentityNotConfirmed
from tongban.support.identity.values import AccountKind, Answer, Authority, CodePurpose, RegistrationReceipt

pytestmark = pytest.mark.django_db

NUMBER = id_number(sequence=771)
PHONE = mobile(771)
CONTENTS = {
    "SOCIAL_SECURITY_CARD": "B12345678",
    "BANK_CARD": "6222 0000 0000 0000 012",
    "PROVIDENT_FUND": "511600000001",
    "DRIVING_LICENCE": "511600000001",
}


def register(
    codes: RecordingCodeSender,
    *,
    means_code: str = "",
    value: str = "",
    born_on: date | None = None,
    number: str = NUMBER,
    name: str = "张小三",
    phone: str = PHONE,
    at: datetime = NOW,
) -> RegistrationReceipt:
    services.request_code(
        mobile=phone, purpose=CodePurpose.REGISTER, actor=ANONYMOUS, address="10.0.0.7", at=at
    )
    return services.register_person(
        id_number=number,
        name=name,
        mobile=phone,
        code=codes.sent[-1][1],
        password=PASSWORD,
        actor=ANONYMOUS,
        address="10.0.0.7",
        at=at,
        means_code=means_code,
        value=value,
        born_on=born_on,
    )


def means_of(receipt: RegistrationReceipt) -> set[str]:
    return set(AssuranceGrant.objects.filter(person_id=receipt.person_id).values_list("means", flat=True))


class TestTwoOfFive:
    @pytest.mark.parametrize(("means_code", "value"), CONTENTS.items())
    def test_open_an_account_at_the_level_of_compared_data(
        self, codes: RecordingCodeSender, means_code: str, value: str
    ) -> None:
        with fixed_authorities():
            receipt = register(codes, means_code=means_code, value=value)

        assert (receipt.assurance_level, receipt.not_checked) == (2, ())
        assert means_of(receipt) == {"MOBILE_CODE", "POPULATION_REGISTER", means_code}

    def test_are_asked_for_where_the_mobile_stands_alone(self, codes: RecordingCodeSender) -> None:
        with fixed_authorities(), pytest.raises(InvalidInput) as refusal:
            register(codes)

        assert set(refusal.value.fields) == {"means"}
        assert not Person.objects.exists()

    def test_may_wait_where_the_node_lets_them(self, codes: RecordingCodeSender, settings: Settings) -> None:
        settings.TONGBAN_IDENTITY = settings.TONGBAN_IDENTITY.model_copy(update={"registration_contents": 1})

        with fixed_authorities():
            receipt = register(codes)

        assert receipt.assurance_level == 2
        assert means_of(receipt) == {"MOBILE_CODE", "POPULATION_REGISTER"}

    @pytest.mark.parametrize(
        ("means_code", "value", "field"),
        [
            ("BANK_CARD", "12", "value"),
            ("BANK_CARD", "", "value"),
            ("SOCIAL_SECURITY_CARD", "123456789", "value"),
            ("DRIVING_LICENCE", "51160000000A", "value"),
            ("FACE", "x", "means"),
            ("MOBILE_CODE", "x", "means"),
            ("POPULATION_REGISTER", "x", "means"),
            ("TEA_LEAVES", "x", "means"),
        ],
    )
    def test_must_be_of_their_form(
        self, codes: RecordingCodeSender, means_code: str, value: str, field: str
    ) -> None:
        with fixed_authorities() as fixed, pytest.raises(InvalidInput) as refusal:
            register(codes, means_code=means_code, value=value)

        assert set(refusal.value.fields) == {field}
        assert fixed.asked == []

    def test_are_compared_as_one_person(self, codes: RecordingCodeSender) -> None:
        with fixed_authorities() as fixed:
            register(codes, means_code="BANK_CARD", value=CONTENTS["BANK_CARD"])

        person = {"id_number": NUMBER, "name": "张小三"}
        assert fixed.asked == [
            (Authority.POPULATION, person),
            (Authority.BANK, {**person, "card_number": "6222000000000000012"}),
        ]


class TestAnAuthorityThatSaysNo:
    def test_keeps_a_wrong_name_out(self, codes: RecordingCodeSender) -> None:
        with fixed_authorities(POPULATION=Answer.NO), pytest.raises(IdentityNotConfirmed):
            register(codes, means_code="BANK_CARD", value=CONTENTS["BANK_CARD"])

        assert not Person.objects.exists()

    def test_keeps_somebody_elses_card_out_and_leaves_the_code_to_be_used(
        self, codes: RecordingCodeSender
    ) -> None:
        with fixed_authorities(BANK=Answer.NO), pytest.raises(InvalidInput) as refusal:
            register(codes, means_code="BANK_CARD", value=CONTENTS["BANK_CARD"])

        assert set(refusal.value.fields) == {"value"}
        assert not Person.objects.exists()

    def test_is_not_asked_about_a_number_that_has_an_account(self, codes: RecordingCodeSender) -> None:
        with fixed_authorities():
            register(codes, means_code="BANK_CARD", value=CONTENTS["BANK_CARD"])

        with fixed_authorities() as fixed, pytest.raises(RegistrationRefused):
            register(codes, phone=mobile(772), at=NOW + timedelta(minutes=2))

        assert fixed.asked == []


class TestAnAuthorityThatIsAway:
    def test_leaves_a_person_registered_by_the_mobile_and_says_what_is_open(
        self, codes: RecordingCodeSender
    ) -> None:
        with fixed_authorities(POPULATION=Answer.UNAVAILABLE, BANK=Answer.UNAVAILABLE):
            receipt = register(codes, means_code="BANK_CARD", value=CONTENTS["BANK_CARD"])

        assert receipt.assurance_level == 1
        assert receipt.not_checked == ("POPULATION_REGISTER", "BANK_CARD")

    def test_lets_the_person_finish_later(self, codes: RecordingCodeSender) -> None:
        with fixed_authorities(POPULATION=Answer.UNAVAILABLE):
            receipt = register(codes)
        me = Actor(kind=ActorKind.PERSON, id=str(receipt.account_id), person_id=str(receipt.person_id))

        with fixed_authorities():
            finished = services.prove_by_data(
                means_code="POPULATION_REGISTER", value="", actor=me, at=NOW + timedelta(hours=1)
            )

        assert (receipt.assurance_level, finished.assurance_level) == (1, 2)

    def test_counts_what_the_other_one_said(self, codes: RecordingCodeSender) -> None:
        with fixed_authorities(POPULATION=Answer.UNAVAILABLE):
            receipt = register(codes, means_code="BANK_CARD", value=CONTENTS["BANK_CARD"])

        assert (receipt.assurance_level, receipt.not_checked) == (2, ("POPULATION_REGISTER",))


class TestTheAgreement:
    def test_is_kept_with_its_version(self, codes: RecordingCodeSender) -> None:
        receipt = register(codes)

        signed = AgreementConsent.objects.get(person_id=receipt.person_id)
        assert (signed.version, signed.way, signed.agreed_at) == ("2026-11", "ONLINE", NOW)


class TestResidentsWithOtherCards:
    @pytest.fixture
    def registers(self) -> Registers:
        return Registers()

    @pytest.mark.parametrize(
        ("name", "id_type"),
        [("何居港", "111"), ("林居台", "111"), ("欧永居", "553"), ("史密斯", "553"), ("钱新来", "111")],
    )
    def test_register_with_the_authorities_they_are_known_to(
        self, codes: RecordingCodeSender, registers: Registers, name: str, id_type: str
    ) -> None:
        known = next(person for person in registers.people.values() if person["name"] == name)
        at = datetime.now(UTC)  # noqa: TID251 -- the simulator has a clock of its own

        with simulated_authorities():
            receipt = register(
                codes,
                number=known["id_number"],
                name=name,
                phone=known["mobile"],
                means_code="SOCIAL_SECURITY_CARD",
                value=known["social_security_card"],
                at=at,
            )

        person = Person.objects.get(id=receipt.person_id)
        me = Actor(kind=ActorKind.PERSON, id=str(receipt.account_id), person_id=str(person.id))
        document = selectors.profile(actor=me).id_type_label
        assert (receipt.assurance_level, person.id_type) == (2, id_type)
        assert (document == "港澳台居民居住证") is (name in {"何居港", "林居台"})
        entered = services.authenticate(
            login=known["id_number"],
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=at,
        )
        assert entered.account_id == receipt.account_id


class TestHoldersOfTravelPermits:
    @pytest.fixture
    def registers(self) -> Iterator[Registers]:
        with simulated_authorities() as running:
            yield running

    def register(
        self, codes: RecordingCodeSender, registers: Registers, who: str, **changed: Any
    ) -> RegistrationReceipt:
        known = next(person for person in registers.people.values() if person["name"] == who)
        facts: dict[str, Any] = {
            "number": known["id_number"],
            "name": who,
            "phone": known["mobile"],
            "means_code": "BANK_CARD",
            "value": known["bank_card"],
            "born_on": date.fromisoformat(known["born_on"]),
            "at": datetime.now(UTC),  # noqa: TID251 -- the simulator has a clock of its own
        }
        return register(codes, **(facts | changed))

    @pytest.mark.parametrize(
        ("name", "id_type", "masked"),
        [("陈港行", "516", "H1*****47"), ("梁澳行", "516", "M2*****57"), ("王台行", "511", "07****21")],
    )
    def test_register_by_the_register_of_entry_and_exit_and_log_in(
        self, codes: RecordingCodeSender, registers: Registers, name: str, id_type: str, masked: str
    ) -> None:
        receipt = self.register(codes, registers, name)

        person = Person.objects.get(id=receipt.person_id)
        at = datetime.now(UTC)  # noqa: TID251
        entered = services.authenticate(
            login=person.id_number.lower(),
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=at,
        )
        me = Actor(kind=ActorKind.PERSON, id=str(receipt.account_id), person_id=str(person.id))
        own = services.reveal_own(actor=me, at=at)
        assert (receipt.assurance_level, receipt.not_checked, person.id_type) == (2, (), id_type)
        assert entered.account_id == receipt.account_id
        assert selectors.profile(actor=me).id_number_masked == masked
        assert own.birth_date.isoformat() == person.born_on
        assert means_of(receipt) == {"MOBILE_CODE", "POPULATION_REGISTER", "BANK_CARD"}

    @pytest.mark.parametrize(
        "changed", [{"born_on": date(1988, 4, 13)}, {"name": "陈港形"}, {"number": "H10293848"}]
    )
    def test_are_refused_where_the_register_says_something_else(
        self, codes: RecordingCodeSender, registers: Registers, changed: dict[str, Any]
    ) -> None:
        with pytest.raises(IdentityNotConfirmed):
            self.register(codes, registers, "陈港行", **changed)

        assert not Person.objects.exists()

    def test_must_say_when_they_were_born(self, codes: RecordingCodeSender, registers: Registers) -> None:
        with pytest.raises(InvalidInput) as refusal:
            self.register(codes, registers, "陈港行", born_on=None)

        assert set(refusal.value.fields) == {"born_on"}

    def test_below_fourteen_need_a_guardian(self, codes: RecordingCodeSender, registers: Registers) -> None:
        with pytest.raises(GuardianNeeded):
            self.register(codes, registers, "陈港行", born_on=date(2020, 1, 1))

    def test_finish_later_where_the_register_is_away(
        self, codes: RecordingCodeSender, registers: Registers
    ) -> None:
        registers.own_dials["entry-exit"] = TellingDials(down=1.0)
        receipt = self.register(codes, registers, "陈港行")
        del registers.own_dials["entry-exit"]
        me = Actor(kind=ActorKind.PERSON, id=str(receipt.account_id), person_id=str(receipt.person_id))

        services.prove_by_data(
            means_code="POPULATION_REGISTER",
            value="",
            actor=me,
            at=datetime.now(UTC),  # noqa: TID251
        )

        assert receipt.not_checked == ("POPULATION_REGISTER",)
        assert "POPULATION_REGISTER" in means_of(receipt)

    def test_ask_the_register_that_keeps_the_document(self, codes: RecordingCodeSender) -> None:
        with fixed_authorities() as fixed:
            register(
                codes,
                number="M20394857",
                born_on=date(1992, 9, 30),
                means_code="BANK_CARD",
                value=CONTENTS["BANK_CARD"],
            )

        person = {"id_number": "M20394857", "name": "张小三"}
        assert fixed.asked == [
            (Authority.ENTRY_EXIT, {**person, "born_on": "1992-09-30"}),
            (Authority.BANK, {**person, "card_number": "6222000000000000012"}),
        ]


class TestProving:
    @pytest.fixture
    def me(self, codes: RecordingCodeSender) -> Actor:
        receipt = register(codes)
        return Actor(kind=ActorKind.PERSON, id=str(receipt.account_id), person_id=str(receipt.person_id))

    @pytest.mark.parametrize(("means_code", "value"), [*CONTENTS.items(), ("MOBILE_OPERATOR", "")])
    def test_raises_the_level(self, me: Actor, means_code: str, value: str) -> None:
        with fixed_authorities():
            receipt = services.prove_by_data(means_code=means_code, value=value, actor=me, at=NOW)

        assert (receipt.assurance_level, receipt.person_id) == (2, UUID(me.person_id or ""))

    def test_tells_the_operator_the_mobile_of_the_account(self, me: Actor) -> None:
        with fixed_authorities() as fixed:
            services.prove_by_data(means_code="MOBILE_OPERATOR", value="", actor=me, at=NOW)

        assert fixed.asked[0][1] == {"id_number": NUMBER, "name": "张小三", "mobile": PHONE}

    def test_changes_nothing_when_the_authority_says_no_or_nothing(self, me: Actor) -> None:
        with fixed_authorities(BANK=Answer.NO), pytest.raises(services.ProofRefused):
            services.prove_by_data(means_code="BANK_CARD", value=CONTENTS["BANK_CARD"], actor=me, at=NOW)
        with fixed_authorities(BANK=Answer.UNAVAILABLE), pytest.raises(services.AuthorityUnavailable):
            services.prove_by_data(means_code="BANK_CARD", value=CONTENTS["BANK_CARD"], actor=me, at=NOW)

        assert selectors.assurance(actor=me, at=NOW).level == 1

    @pytest.mark.parametrize(
        "means_code", ["FACE", "COUNTER", "CERTIFICATE", "MOBILE_CODE", "TEA_LEAVES", ""]
    )
    def test_is_not_for_means_of_another_kind(self, me: Actor, means_code: str) -> None:
        with fixed_authorities() as fixed, pytest.raises(services.UnknownMeans):
            services.prove_by_data(means_code=means_code, value="1", actor=me, at=NOW)

        assert fixed.asked == []

    def test_cannot_be_used_to_guess_a_card(self, me: Actor) -> None:
        with fixed_authorities(BANK=Answer.NO) as fixed:
            for attempt in range(10):
                with pytest.raises(services.ProofRefused):
                    services.prove_by_data(
                        means_code="BANK_CARD", value=f"62220000000000{attempt:05d}", actor=me, at=NOW
                    )
            with pytest.raises(TooManyRequests):
                services.prove_by_data(means_code="BANK_CARD", value="6222000000000000", actor=me, at=NOW)

        assert len(fixed.asked) == 10
