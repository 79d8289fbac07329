"""
Proving who one is by signing with the key of one's own certificate; an authority over HTTP looks at it.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client as Browser

from simulators.authority.certificates import CertificateAuthority, read_certificate
from simulators.authority.registers import Registers
from simulators.dials import TellingDials
from tests.factories.authority import simulated_authorities
from tests.factories.identity import citizen
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, ServiceError, TooManyRequests
from tongban.support.identity import selectors, services
from tongban.support.identity.models import AssuranceGrant, Person, SignIn
from tongban.support.identity.services import AuthorityUnavailable, ChallengeInvalid, ProofRefused
from tongban.support.identity.values import AssuranceLevel, ChallengeReceipt

pytestmark = pytest.mark.django_db

NUMBER, NAME = "511602199003079111", "王示例"
OTHER = {"id_number": "511602198506129227", "name": "李示范"}


@pytest.fixture
def now() -> datetime:
    """
    The simulator has a clock of its own.
    """
    return datetime.now(UTC)  # noqa: TID251


@pytest.fixture
def registers() -> Iterator[Registers]:
    with simulated_authorities() as running:
        yield running


@pytest.fixture
def me(now: datetime) -> Actor:
    return with_session(
        citizen(name=NAME, number=NUMBER, phone="15400000001", level=AssuranceLevel.DATA_CHECK, at=now),
        at=now,
    )


def with_session(actor: Actor, *, at: datetime) -> Actor:
    opened = services.begin_sign_in(
        session=Browser().session,
        account_id=UUID(actor.id),
        address="127.0.0.1",
        user_agent="test",
        at=at,
    )
    return replace(actor, session_id=str(opened.sign_in_id))


def signed_by(authority: CertificateAuthority, text: str, **facts: Any) -> dict[str, str]:
    return authority.sign(**({"id_number": NUMBER, "name": NAME} | facts), text=text)


def finish(begun: ChallengeReceipt, signed: dict[str, str], *, actor: Actor, at: datetime) -> Any:
    return services.finish_certificate_check(challenge=begun.challenge, **signed, actor=actor, at=at)


class TestOnesOwnCertificate:
    def test_raises_the_level_for_a_year_and_is_a_fresh_check(
        self, registers: Registers, me: Actor, now: datetime
    ) -> None:
        begun = services.begin_certificate_check(actor=me, at=now)

        receipt = finish(begun, signed_by(registers.certificates, begun.text), actor=me, at=now)

        shown = selectors.assurance(actor=me, at=now)
        assert (receipt.checked_level, receipt.assurance_level, shown.level) == (4, 4, 4)
        assert next((proof.means, proof.expires_at) for proof in shown.proofs) == (
            "CERTIFICATE",
            now + timedelta(days=365),
        )
        kept = SignIn.objects.get(id=me.session_id or "")
        assert (kept.checked_level, kept.checked_at) == (4, now)
        assert selectors.assurance(actor=me, at=now + timedelta(days=365)).level == 2

    def test_is_taken_as_pem_too(self, registers: Registers, me: Actor, now: datetime) -> None:
        begun = services.begin_certificate_check(actor=me, at=now)
        signed = signed_by(registers.certificates, begun.text)
        pem = read_certificate(signed["certificate"]).public_bytes(Encoding.PEM).decode()

        receipt = finish(begun, {**signed, "certificate": pem}, actor=me, at=now)

        assert receipt.assurance_level == 4

    def test_leaves_neither_certificate_nor_signature_behind(
        self, registers: Registers, me: Actor, now: datetime
    ) -> None:
        begun = services.begin_certificate_check(actor=me, at=now)
        signed = signed_by(registers.certificates, begun.text)

        finish(begun, signed, actor=me, at=now)

        row = AssuranceGrant.objects.get(person_id=me.person_id or "", means="CERTIFICATE")
        assert not [value for value in signed.values() if value in str(vars(row))]


class TestWhatIsRefused:
    @pytest.fixture
    def begun(self, registers: Registers, me: Actor, now: datetime) -> ChallengeReceipt:
        return services.begin_certificate_check(actor=me, at=now)

    def refuse(
        self,
        begun: ChallengeReceipt,
        signed: dict[str, str],
        error: type[ServiceError],
        *,
        me: Actor,
        at: datetime,
    ) -> None:
        with pytest.raises(error):
            finish(begun, signed, actor=me, at=at)

        assert selectors.assurance(actor=me, at=at).level == 2
        assert SignIn.objects.get(id=me.session_id or "").checked_level == 0

    def test_is_somebody_elses_certificate(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        signed = signed_by(registers.certificates, begun.text, **OTHER)

        self.refuse(begun, signed, ProofRefused, me=me, at=now)

    def test_is_a_certificate_that_anybody_made(
        self, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        self.refuse(begun, signed_by(CertificateAuthority(), begun.text), ProofRefused, me=me, at=now)

    def test_is_one_that_has_lapsed_or_was_taken_back(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        lapsed = signed_by(registers.certificates, begun.text, until=now - timedelta(minutes=1))
        revoked = signed_by(registers.certificates, begun.text)
        registers.certificates.revoked.add(read_certificate(revoked["certificate"]).serial_number)

        self.refuse(begun, lapsed, ProofRefused, me=me, at=now)
        self.refuse(begun, revoked, ProofRefused, me=me, at=now)

    def test_is_a_signature_over_another_text(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        before = services.begin_certificate_check(actor=me, at=now - timedelta(minutes=1))

        self.refuse(begun, signed_by(registers.certificates, before.text), ProofRefused, me=me, at=now)

    def test_is_a_signature_with_one_bit_changed(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        signed = signed_by(registers.certificates, begun.text)
        raw = bytearray(b64decode(signed["signature"]))
        raw[-1] ^= 1

        self.refuse(
            begun, {**signed, "signature": b64encode(bytes(raw)).decode()}, ProofRefused, me=me, at=now
        )

    @pytest.mark.parametrize("junk", ["not base64!", "AAAA", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
    def test_is_what_is_no_certificate(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime, junk: str
    ) -> None:
        signed = signed_by(registers.certificates, begun.text)

        self.refuse(begun, {**signed, "certificate": junk}, ProofRefused, me=me, at=now)

    @pytest.mark.parametrize("field", ["certificate", "signature"])
    @pytest.mark.parametrize("junk", ["", "  ", "证书", "A" * 8193])
    def test_is_what_no_tool_gives(
        self, begun: ChallengeReceipt, me: Actor, now: datetime, field: str, junk: str
    ) -> None:
        signed = {"certificate": "AAAA", "signature": "AAAA"}

        with pytest.raises(InvalidInput) as refusal:
            finish(begun, {**signed, field: junk}, actor=me, at=now)

        assert set(refusal.value.fields) == {field}

    def test_is_a_text_that_was_used(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        signed = signed_by(registers.certificates, begun.text)
        finish(begun, signed, actor=me, at=now)
        first = AssuranceGrant.objects.get(means="CERTIFICATE", revoked_at__isnull=True)

        with pytest.raises(ChallengeInvalid):
            finish(begun, signed, actor=me, at=now + timedelta(minutes=4))

        assert AssuranceGrant.objects.get(means="CERTIFICATE", revoked_at__isnull=True) == first
        assert SignIn.objects.get(id=me.session_id or "").checked_at == now

    def test_is_a_text_that_is_too_old(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        signed = signed_by(registers.certificates, begun.text)
        late = now + timedelta(minutes=5, seconds=1)

        with pytest.raises(ChallengeInvalid):
            finish(begun, signed, actor=me, at=late)

    def test_is_a_text_that_was_made_for_somebody_else(
        self, registers: Registers, begun: ChallengeReceipt, now: datetime
    ) -> None:
        number, name = OTHER.values()
        thief = with_session(citizen(name=name, number=number, at=now), at=now)

        with pytest.raises(ChallengeInvalid):
            finish(begun, signed_by(registers.certificates, begun.text, **OTHER), actor=thief, at=now)

    @pytest.mark.parametrize("challenge", ["", "x", "AAAA", "证"])
    def test_is_what_is_no_text_of_ours(
        self, registers: Registers, me: Actor, now: datetime, challenge: str
    ) -> None:
        with pytest.raises(ChallengeInvalid):
            services.finish_certificate_check(
                challenge=challenge, certificate="A", signature="A", actor=me, at=now
            )

    def test_is_the_eleventh_try_of_a_day(
        self, registers: Registers, begun: ChallengeReceipt, me: Actor, now: datetime
    ) -> None:
        wrong = signed_by(CertificateAuthority(), begun.text)
        for _try in range(10):
            self.refuse(begun, wrong, ProofRefused, me=me, at=now)

        self.refuse(begun, signed_by(registers.certificates, begun.text), TooManyRequests, me=me, at=now)

    def test_is_anybody_who_is_not_logged_in(self, now: datetime) -> None:
        with pytest.raises(NotAuthenticated):
            services.begin_certificate_check(actor=ANONYMOUS, at=now)


class TestAnAuthorityThatIsAway:
    @pytest.mark.parametrize("dials", [{"down": 1.0}, {"wrong": 1.0}, {"slow_seconds": 1.3}])
    def test_changes_nothing_and_the_same_signature_is_taken_later(
        self, registers: Registers, me: Actor, now: datetime, dials: dict[str, float]
    ) -> None:
        begun = services.begin_certificate_check(actor=me, at=now)
        signed = signed_by(registers.certificates, begun.text)
        registers.own_dials["certificate"] = TellingDials(**dials)

        with pytest.raises(AuthorityUnavailable):
            finish(begun, signed, actor=me, at=now)
        registers.own_dials.clear()

        assert finish(begun, signed, actor=me, at=now + timedelta(seconds=2)).assurance_level == 4

    def test_that_disagrees_is_believed(self, registers: Registers, me: Actor, now: datetime) -> None:
        begun = services.begin_certificate_check(actor=me, at=now)
        registers.own_dials["certificate"] = TellingDials(disagree=1.0)

        with pytest.raises(ProofRefused):
            finish(begun, signed_by(registers.certificates, begun.text), actor=me, at=now)


class TestTheSimulatedKey:
    def test_is_of_demonstrations_only(self, me: Actor, now: datetime) -> None:
        begun = services.begin_certificate_check(actor=me, at=now)

        with pytest.raises(NotFound):
            services.sign_by_simulated_key(challenge=begun.challenge, is_own=True, actor=me, at=now)

    def test_signs_for_people_the_authority_knows(self, registers: Registers, me: Actor) -> None:
        person = Person.objects.get(id=me.person_id or "")
        facts = {"id_number": person.id_number, "name": person.name}

        assert registers.sign("text", facts, is_own=True) is not None
        assert registers.sign("text", {**facts, "name": "王例示"}, is_own=True) is None
        assert registers.sign(1, facts, is_own=True) is None
        assert registers.sign("text", [], is_own=True) is None
