"""
What seals do when a certificate is revoked; what is sealed again when there is a seal is proved where it is made.
"""

from datetime import timedelta

import pytest

from tests.factories.seals import AT, NODE, applied, end_of, issued, people, standing
from tests.factories.trust import administrator
from tests.integration.support.seals.test_signing import plain_pdf, sealed
from tongban.foundation import events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.support.messaging.selectors import notices
from tongban.support.messaging.values import InboxMessage
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealEvent
from tongban.support.seals.selectors import state_of
from tongban.support.seals.values import ApplicationKind, SealAction, SealState
from tongban.support.trust import services as trust
from tongban.support.trust.values import CertificateProfile, Reason

pytestmark = pytest.mark.django_db


def revoke(certificate_id: object) -> None:
    with_right = {"certificate_id": certificate_id, "reason": Reason.KEY_COMPROMISE}
    trust.revoke_within(**with_right, actor=administrator(), at=AT)  # type: ignore[arg-type]


class TestRevokedCertificate:
    @pytest.mark.parametrize("certificate", ["certificate_id", "pdf_certificate_id"])
    def test_freezes_the_seal_that_signs_with_it(self, certificate: str) -> None:
        by = people()
        seal = issued(applied(by), by)
        standing(seal, by)
        before = sealed(plain_pdf())

        revoke(getattr(seal, certificate))
        events.deliver_all(at=AT)
        events.deliver_all(at=AT)

        answer = state_of(code=seal.code, at=AT)
        assert (answer.state, answer.suspension) == (SealState.SUSPENDED, "FROZEN")
        with pytest.raises(services.NoSealInUse):
            sealed(plain_pdf())
        assert SealEvent.objects.filter(seal=seal, action=SealAction.FREEZE).count() == 1
        assert services.tell_step(seal_id=seal.id, at=AT) >= 1
        with pytest.raises(services.SealCertificateEnded, match="续期"):
            services.resume_seal(seal_id=seal.id, note="误报", actor=by.registrar, at=AT)
        verdict = services.verify_file(content=before.content, name="x.pdf", at=AT)
        assert verdict.signatures[0].seal_state.value == "suspended"

    def test_of_a_seal_that_was_destroyed_changes_nothing(self) -> None:
        by = people()
        seal = issued(applied(by), by)

        services.destroy_seal(seal_id=seal.id, note="撤销机构", actor=by.registrar, at=AT)
        events.deliver_all(at=AT)

        assert Seal.objects.get(id=seal.id).state == SealState.DESTROYED

    def test_of_somebody_else_changes_nothing(self) -> None:
        by = people()
        seal = issued(applied(by), by)
        other = trust.issue_within(
            name="别的印章",
            organisation="别的局",
            profile=CertificateProfile.SEAL,
            bearer=f"seal:{seal.id}",
            actor=NODE,
            at=AT,
        )

        revoke(other.certificate_id)
        events.deliver_all(at=AT)

        assert Seal.objects.get(id=seal.id).state == SealState.IN_USE


class TestEndingCertificate:
    def test_is_told_to_the_keeper_once_at_each_limit(self) -> None:
        by = people()
        seal = issued(applied(by), by)

        for days in (61, 59, 58, 6):
            trust.warn_of_ending(at=end_of(seal) - timedelta(days=days))
            events.deliver_all(at=end_of(seal))

        told = read(by.keeper)
        assert [message.title for message in told] == [f"印章将到期：{seal.name}"] * 2
        assert f"{civil_date(end_of(seal))}" in told[0].body
        assert read(by.reviewer) == []

    def test_is_not_told_while_the_seal_is_being_renewed(self) -> None:
        by = people()
        seal = issued(applied(by), by)
        services.apply_for_next_version(
            seal_id=seal.id, kind=ApplicationKind.RENEWAL, basis="到期", actor=by.keeper, at=AT
        )

        trust.warn_of_ending(at=end_of(seal) - timedelta(days=20))
        events.deliver_all(at=end_of(seal))

        assert read(by.keeper) == []


def read(actor: Actor) -> list[InboxMessage]:
    return [
        message for message in notices(actor=actor, limit=50).items if message.title.startswith("印章将到期")
    ]
