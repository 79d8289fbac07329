"""
Authorities, certificates and keys: from setting up to the end.
"""

import contextlib
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from tests.factories import certificates as make
from tests.factories.trust import AT, NODE, administrator, establish, issue
from tongban.foundation import crypto
from tongban.foundation.crypto import algorithms, issuing
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import Certificate, pem, read_certificate
from tongban.foundation.crypto.chains import ChainFault
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.names import name_of
from tongban.foundation.crypto.revocation import Revocation, make_revocation_list, read_revocation_list
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.foundation.outgoing import Answer, OutgoingFailed
from tongban.support.identity.values import Role
from tongban.support.trust import selectors, services
from tongban.support.trust.models import Authority, IssuedCertificate, PublishedList, SealedKey, SigningKey
from tongban.support.trust.ports import KeyStoreFailed
from tongban.support.trust.services import trusting
from tongban.support.trust.values import (
    AuthorityRole,
    CertificateProfile,
    CertificateReceipt,
    CertificateState,
    Reason,
)

pytestmark = pytest.mark.django_db
SECURITY = administrator()
YEAR = timedelta(days=365)


def sign(receipt: CertificateReceipt, message: bytes = b"message", *, at: datetime = AT) -> bytes:
    assert receipt.key_id is not None
    with transaction.atomic():
        return services.sign_with(key_id=receipt.key_id, message=message, at=at)


def revoking(issuer: make.Holder, leaf: Certificate) -> bytes:
    """
    Return a list of an outside authority that names one certificate.
    """
    return make_revocation_list(
        issuer=issuer.certificate,
        algorithm=Algorithm.SM2,
        number=9,
        this_update=AT,
        next_update=AT + YEAR,
        entries={leaf.serial: Revocation(AT)},
        sign=issuer.key.sign,
    )


class Undone(Exception):
    """
    Ends a transaction without its changes.
    """


class TestEnsureAuthorities:
    def test_sets_up_two_hierarchies_and_who_stamps(self) -> None:
        made = establish()

        assert len(made) == 6
        facts = selectors.authorities()
        assert [(one.role, one.algorithm.value) for one in facts] == [
            (AuthorityRole.ROOT, "SM2"),
            (AuthorityRole.ROOT, "P256"),
            (AuthorityRole.ISSUING, "SM2"),
            (AuthorityRole.ISSUING, "P256"),
        ]
        assert facts[0].name == "演示 测试市政务服务电子认证根 SM2-R2026"
        assert {one.list_number for one in facts} == {1}
        root = read_certificate(facts[0].der)
        assert (root.path_length, root.key_usages) == (1, frozenset({KeyUsage.CERT_SIGN, KeyUsage.CRL_SIGN}))
        assert "不具有法律效力" in str(root.subject)

    def test_changes_nothing_when_repeated(self) -> None:
        establish()

        assert establish(at=AT + timedelta(days=1)) == ()
        assert Authority.objects.count() == 4

    def test_lets_a_new_one_follow_in_time(self) -> None:
        establish()
        later = AT + 3 * YEAR

        made = establish(at=later)

        assert [name for name in made if "签发" in name] == [
            "演示 测试市政务服务电子认证签发 SM2-I2029",
            "演示 测试市政务服务电子认证签发 P256-I2029",
        ]
        assert [name for name in made if "根" in name] == []
        assert issue(at=later).not_after == later + 3 * YEAR

    def test_begins_anew_when_a_demonstration_goes_into_service(self) -> None:
        establish()

        made = services.ensure_authorities(
            name="测试市", is_demonstration=False, actor=NODE, at=AT + timedelta(1)
        )

        assert len(made) == 6
        receipt = issue(at=AT + timedelta(2))
        assert not selectors.chain_report(certificate=receipt.der, at=AT + timedelta(2)).is_demonstration
        assert "演示" not in str(read_certificate(receipt.der).subject)

    def test_is_for_the_node_alone(self) -> None:
        with pytest.raises(NotPermitted):
            services.ensure_authorities(name="x", is_demonstration=True, actor=SECURITY, at=AT)

    def test_keeps_no_secret_in_clear(self) -> None:
        establish()

        for row in SealedKey.objects.all():
            assert len(row.secret) == 64
            with pytest.raises(crypto.SealBroken):
                crypto.unseal(bytes.fromhex(row.secret), context="trust.key.secret")


class TestIssueCertificate:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_issues_for_a_new_key_of_the_node(self, algorithm: Algorithm) -> None:
        establish()

        receipt = issue(algorithm=algorithm)

        made = read_certificate(receipt.der)
        assert str(made.subject) == (
            "CN=测试市某局公章, OU=演示证书，不具有法律效力, "
            "ORGANIZATIONIDENTIFIER=11511600MB15504428, O=测试市某局, C=CN"
        )
        assert made.serial_text == receipt.serial
        assert made.not_after == AT + 3 * YEAR
        assert len(receipt.chain) == 2
        report = selectors.chain_report(certificate=receipt.der, extra=receipt.chain, at=AT)
        assert report.chain.problems == ()
        assert report.is_own
        assert report.is_demonstration
        signature = sign(receipt)
        assert made.public_key is not None
        assert made.public_key.verify(signature, b"message")

    def test_issues_for_the_key_of_a_request(self) -> None:
        establish()
        key = algorithms.generate(Algorithm.SM2)
        request = issuing.make_request(
            subject=name_of(CN="别的名字"), algorithm=Algorithm.SM2, point=key.public.point, sign=key.sign
        )

        receipt = issue(request=request)

        assert receipt.key_id is None
        made = read_certificate(receipt.der)
        assert made.public_key == key.public
        assert made.subject.common_name == "测试市某局公章"

    def test_refuses_a_request_that_proves_nothing(self) -> None:
        establish()
        key, other = algorithms.generate(Algorithm.SM2), algorithms.generate(Algorithm.SM2)
        request = issuing.make_request(
            subject=name_of(CN="x"), algorithm=Algorithm.SM2, point=key.public.point, sign=other.sign
        )

        with pytest.raises(InvalidInput) as refused:
            issue(request=request)

        assert list(refused.value.fields) == ["request"]

    def test_never_outlives_its_issuer(self) -> None:
        establish()
        issuer = Authority.objects.get(role="ISSUING", algorithm="SM2")

        receipt = issue(valid_until=AT + 20 * YEAR)

        assert receipt.not_after == issuer.not_after

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDIT_ADMINISTRATOR, Role.SUPERVISOR])
    def test_is_for_security_administrators(self, role: Role) -> None:
        establish()

        with pytest.raises(NotPermitted):
            services.issue_certificate(
                name="x",
                organisation="x",
                profile=CertificateProfile.SEAL,
                bearer="x",
                actor=administrator(role),
                at=AT,
            )

    @pytest.mark.parametrize(
        "wrong", [{"name": " "}, {"name": "长" * 65}, {"organisation": ""}, {"organisation_code": "1"}]
    )
    def test_asks_for_names(self, wrong: dict[str, Any]) -> None:
        establish()

        with pytest.raises(InvalidInput) as refused:
            issue(**wrong)

        assert list(refused.value.fields) == list(wrong)

    def test_needs_an_authority(self) -> None:
        with pytest.raises(services.NoAuthority):
            issue()

    def test_is_written_into_the_trail(self) -> None:
        establish()

        receipt = issue()

        entry = AuditEntry.objects.get(action="trust.certificate.issue", subject=receipt.serial)
        assert entry.facts["bearer"] == "seal:test"
        assert entry.facts["fingerprint"] == receipt.fingerprint


class TestRevokeCertificate:
    def test_is_seen_at_once(self) -> None:
        establish()
        receipt = issue()
        assert selectors.chain_report(certificate=receipt.der, at=AT).chain.problems == ()
        gone = AT + timedelta(hours=1)

        services.revoke_certificate(
            certificate_id=receipt.certificate_id, reason=Reason.KEY_COMPROMISE, actor=SECURITY, at=gone
        )

        before = selectors.chain_report(certificate=receipt.der, at=AT).chain
        after = selectors.chain_report(certificate=receipt.der, at=gone).chain
        assert before.problems == ()
        assert before.later_revocation is not None
        assert after.faults == {ChainFault.REVOKED}
        status = selectors.certificate_status(serial=receipt.serial.lower(), at=gone)
        assert (status.state, status.reason) == (CertificateState.REVOKED, "KEY_COMPROMISE")

    def test_ends_signing(self) -> None:
        establish()
        receipt = issue()

        services.revoke_certificate(
            certificate_id=receipt.certificate_id, reason=Reason.CESSATION, actor=SECURITY, at=AT
        )

        with pytest.raises(services.KeyUnusable):
            sign(receipt)

    def test_stands_in_the_list(self) -> None:
        establish()
        receipt = issue()

        services.revoke_certificate(
            certificate_id=receipt.certificate_id, reason=Reason.CESSATION, actor=SECURITY, at=AT
        )

        authority = Authority.objects.get(role="ISSUING", algorithm="SM2")
        newest = read_revocation_list(selectors.newest_list(authority_id=authority.id))
        assert newest.number == 2
        assert [f"{serial:X}" for serial in newest.entries] == [receipt.serial]
        assert newest.is_signed_by(read_certificate(bytes(authority.der)))

    def test_changes_nothing_when_repeated(self) -> None:
        establish()
        receipt = issue()
        for hours in (0, 1):
            services.revoke_certificate(
                certificate_id=receipt.certificate_id,
                reason=Reason.CESSATION,
                actor=SECURITY,
                at=AT + timedelta(hours=hours),
            )

        assert IssuedCertificate.objects.get(id=receipt.certificate_id).revoked_at == AT
        assert PublishedList.objects.filter(number=3).count() == 0

    def test_of_nothing_finds_nothing(self) -> None:
        with pytest.raises(NotFound):
            services.revoke_certificate(
                certificate_id=uuid4(), reason=Reason.CESSATION, actor=SECURITY, at=AT
            )

    def test_of_an_authority_takes_all_below_with_it(self) -> None:
        establish()
        receipt = issue()
        authority = Authority.objects.get(role="ISSUING", algorithm="SM2")

        services.revoke_authority(
            authority_id=authority.id, reason=Reason.KEY_COMPROMISE, actor=SECURITY, at=AT
        )

        report = selectors.chain_report(certificate=receipt.der, extra=receipt.chain, at=AT).chain
        assert [(one.fault, one.depth) for one in report.problems] == [(ChainFault.REVOKED, 1)]
        assert [name for name in establish() if "签发" in name] == [
            "演示 测试市政务服务电子认证签发 SM2-I2026"
        ]
        assert selectors.chain_report(certificate=issue().der, at=AT).chain.problems == ()

    def test_of_a_root_is_refused(self) -> None:
        establish()
        root = Authority.objects.get(role="ROOT", algorithm="SM2")

        with pytest.raises(services.RootStays):
            services.revoke_authority(
                authority_id=root.id, reason=Reason.KEY_COMPROMISE, actor=SECURITY, at=AT
            )


class TestSignerOf:
    def test_asks_three_questions(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        establish()
        receipt = issue()
        assert receipt.key_id is not None

        with transaction.atomic(), django_assert_num_queries(3):
            signer = services.signer_of(key_id=receipt.key_id, at=AT)
            signatures = {signer.sign(b"message") for _ in range(3)}

        assert len(signatures) == 3
        assert signer.certificate.der == receipt.der
        assert tuple(one.der for one in signer.chain) == receipt.chain
        with transaction.atomic(), django_assert_num_queries(1):
            services.signer_of(key_id=receipt.key_id, at=AT)

    def test_keeps_a_key_unsealed_for_a_minute(self) -> None:
        establish()
        receipt = issue()
        assert receipt.key_id is not None
        with transaction.atomic():
            services.signer_of(key_id=receipt.key_id, at=AT)
        SealedKey.objects.filter(id=SigningKey.objects.get(id=receipt.key_id).handle).delete()

        with transaction.atomic():
            signer = services.signer_of(key_id=receipt.key_id, at=AT + timedelta(minutes=1))

        assert signer.certificate.is_signed_by(signer.chain[0])
        with transaction.atomic(), pytest.raises(KeyStoreFailed):
            services.signer_of(key_id=receipt.key_id, at=AT + timedelta(seconds=61))

    def test_refuses_a_destroyed_key_that_is_still_at_hand(self) -> None:
        establish()
        receipt = issue()
        assert receipt.key_id is not None
        with transaction.atomic():
            services.signer_of(key_id=receipt.key_id, at=AT)

        SigningKey.objects.filter(id=receipt.key_id).update(destroyed_at=AT)

        with transaction.atomic(), pytest.raises(services.KeyUnusable):
            services.signer_of(key_id=receipt.key_id, at=AT)

    def test_needs_a_certificate_that_is_valid_now(self) -> None:
        establish()
        receipt = issue()
        assert receipt.key_id is not None

        with transaction.atomic(), pytest.raises(services.KeyUnusable):
            services.signer_of(key_id=receipt.key_id, at=AT - timedelta(days=1))


class TestTimestamp:
    def test_asks_one_question(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        establish()
        services.timestamp(digest=b"1" * 32, algorithm=Algorithm.SM2, at=AT)

        with django_assert_num_queries(1):
            services.timestamp(digest=b"2" * 32, algorithm=Algorithm.SM2, at=AT)


class TestChainReport:
    def test_asks_one_question(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        establish()
        receipt = issue()
        selectors.chain_report(certificate=receipt.der, at=AT)

        with django_assert_num_queries(1):
            selectors.chain_report(certificate=receipt.der, extra=receipt.chain, at=AT)

    def test_does_not_go_on_with_trust_that_was_taken_back(self) -> None:
        root = make.root("外部根", not_before=AT - YEAR, not_after=AT + YEAR)
        seen = []
        for _round in range(2):
            with contextlib.suppress(Undone), transaction.atomic():
                services.trust_issuer(
                    content=root.certificate.der, name="外部CA", grounds="许可证", actor=SECURITY, at=AT
                )
                seen.append(
                    selectors.chain_report(certificate=root.certificate, at=AT, usages=()).anchor_name
                )
                raise Undone
            seen.append(selectors.chain_report(certificate=root.certificate, at=AT, usages=()).anchor_name)

        assert seen == ["外部CA", "", "外部CA", ""]


class TestForgery:
    def test_with_the_issuers_key_is_found_by_the_register(self) -> None:
        establish()
        authority = Authority.objects.select_related("key").get(role="ISSUING", algorithm="SM2")
        secret = SealedKey.objects.get(id=authority.key.handle).secret
        stolen = make.Holder(
            read_certificate(bytes(authority.der)),
            algorithms.private_key(Algorithm.SM2, bytes.fromhex(secret)),
        )
        forged = make.issued(stolen, "某某局", not_before=AT, not_after=AT + YEAR)

        report = selectors.chain_report(certificate=forged.certificate.der, at=AT).chain

        assert report.faults == {ChainFault.NOT_REGISTERED}
        assert not report.is_good


class TestRenewCertificate:
    def test_keeps_key_and_name_for_a_new_term(self) -> None:
        establish()
        old = issue()
        later = AT + YEAR

        new = services.renew_certificate(certificate_id=old.certificate_id, actor=SECURITY, at=later)

        before, after = read_certificate(old.der), read_certificate(new.der)
        assert (new.key_id, after.public_key, after.subject) == (
            old.key_id,
            before.public_key,
            before.subject,
        )
        assert new.not_after == later + 3 * YEAR
        assert new.serial != old.serial
        assert selectors.chain_report(certificate=old.der, at=later).chain.problems == ()
        with transaction.atomic():
            assert new.key_id is not None
            assert services.signer_of(key_id=new.key_id, at=later).certificate == after

    def test_is_refused_once_revoked(self) -> None:
        establish()
        old = issue()
        services.revoke_certificate(
            certificate_id=old.certificate_id, reason=Reason.CESSATION, actor=SECURITY, at=AT
        )

        with pytest.raises(services.CertificateEnded):
            services.renew_certificate(certificate_id=old.certificate_id, actor=SECURITY, at=AT)


class TestInstallCertificate:
    def outside(self, request: bytes, **facts: object) -> tuple[make.Holder, bytes]:
        root = make.root("外部根", not_before=AT - YEAR, not_after=AT + 9 * YEAR)
        asked = issuing.read_request(request)
        assert asked.public_key is not None
        leaf = make.issued(
            root,
            subject=asked.subject,
            point=asked.public_key.point,
            not_before=AT,
            not_after=AT + YEAR,
        )
        return root, (pem(leaf.certificate.der) + pem(root.certificate.der)).encode()

    def test_lets_a_key_sign_with_a_certificate_from_outside(self) -> None:
        asked = services.request_certificate(name="某局公章", organisation="某局", actor=SECURITY, at=AT)
        root, content = self.outside(asked.request)
        services.trust_issuer(
            content=root.certificate.der, name="外部CA", grounds="许可证", actor=SECURITY, at=AT
        )

        receipt = services.install_certificate(
            content=content, profile=CertificateProfile.SEAL, bearer="seal:x", actor=SECURITY, at=AT
        )

        assert receipt.key_id == asked.key_id
        assert receipt.chain == (root.certificate.der,)
        report = selectors.chain_report(certificate=receipt.der, at=AT)
        assert report.chain.faults == {ChainFault.REVOCATION_UNKNOWN}
        assert (report.anchor_name, report.is_own) == ("外部CA", False)
        assert read_certificate(receipt.der).public_key is not None
        sign(receipt)
        with pytest.raises(services.NotOurCertificate):
            services.revoke_certificate(
                certificate_id=receipt.certificate_id, reason=Reason.CESSATION, actor=SECURITY, at=AT
            )

    def test_is_refused_while_nobody_trusts_its_issuer(self) -> None:
        asked = services.request_certificate(name="某局公章", organisation="某局", actor=SECURITY, at=AT)
        _root, content = self.outside(asked.request)

        with pytest.raises(InvalidInput) as refused:
            services.install_certificate(
                content=content, profile=CertificateProfile.SEAL, bearer="x", actor=SECURITY, at=AT
            )

        assert list(refused.value.fields) == ["content"]

    def test_is_refused_for_a_key_of_somebody_else(self) -> None:
        with pytest.raises(InvalidInput):
            services.install_certificate(
                content=make.root().certificate.der,
                profile=CertificateProfile.SEAL,
                bearer="x",
                actor=SECURITY,
                at=AT,
            )


class TestDestroyKey:
    def test_is_refused_while_a_certificate_is_valid(self) -> None:
        establish()
        receipt = issue()
        assert receipt.key_id is not None

        with pytest.raises(services.KeyNeeded):
            services.destroy_key(key_id=receipt.key_id, actor=SECURITY, at=AT)

    def test_leaves_nothing_of_the_secret(self) -> None:
        establish()
        receipt = issue()
        assert receipt.key_id is not None
        services.revoke_certificate(
            certificate_id=receipt.certificate_id, reason=Reason.CESSATION, actor=SECURITY, at=AT
        )
        handle = SigningKey.objects.get(id=receipt.key_id).handle

        services.destroy_key(key_id=receipt.key_id, actor=SECURITY, at=AT)

        assert not SealedKey.objects.filter(id=handle).exists()
        assert SigningKey.objects.get(id=receipt.key_id).destroyed_at == AT

    def test_spares_the_keys_of_authorities(self) -> None:
        establish()
        authority = Authority.objects.get(role="ISSUING", algorithm="SM2")

        with pytest.raises(services.KeyNeeded):
            services.destroy_key(key_id=authority.key_id, actor=SECURITY, at=AT)


class TestTrustIssuer:
    def test_counts_from_now_on_and_not_after_withdrawal(self) -> None:
        root = make.root("外部根", not_before=AT - YEAR, not_after=AT + YEAR)
        leaf = make.issued(root, not_before=AT - YEAR, not_after=AT + YEAR).certificate
        assert not selectors.chain_report(certificate=leaf, at=AT).chain.is_trusted

        anchor_id = services.trust_issuer(
            content=root.certificate.der, name="外部CA", grounds="许可证", actor=SECURITY, at=AT
        )
        trusted = selectors.chain_report(certificate=leaf, at=AT)
        services.withdraw_trust(anchor_id=anchor_id, actor=SECURITY, at=AT)
        withdrawn = selectors.chain_report(certificate=leaf, at=AT)

        assert trusted.chain.is_trusted
        assert trusted.anchor_name == "外部CA"
        assert withdrawn.chain.faults >= {ChainFault.ISSUER_UNKNOWN}
        assert [one.withdrawn_at for one in selectors.anchors(actor=SECURITY)] == [AT]

    def test_believes_its_lists(self) -> None:
        root = make.root("外部根", not_before=AT - YEAR, not_after=AT + YEAR)
        leaf = make.issued(root, not_before=AT - YEAR, not_after=AT + YEAR).certificate
        services.trust_issuer(
            content=root.certificate.der, name="外部CA", grounds="许可证", actor=SECURITY, at=AT
        )
        content = revoking(root, leaf)

        services.take_list(content=content, actor=SECURITY, at=AT)
        services.take_list(content=content, actor=SECURITY, at=AT)

        assert selectors.chain_report(certificate=leaf, at=AT).chain.faults == {ChainFault.REVOKED}
        assert [one.listed_at for one in selectors.anchors(actor=SECURITY)] == [AT]

    def test_fetches_its_lists(self, monkeypatch: pytest.MonkeyPatch) -> None:
        root, other = (make.root("外部根", not_before=AT - YEAR, not_after=AT + YEAR) for _one in range(2))
        leaf = make.issued(root, not_before=AT - YEAR, not_after=AT + YEAR).certificate
        address = "https://ca.example/list.crl"
        monkeypatch.setattr(trusting, "require_allowed", lambda _url: None)
        services.trust_issuer(
            content=root.certificate.der,
            name="外部CA",
            grounds="许可证",
            list_url=address,
            actor=SECURITY,
            at=AT,
        )
        answers: list[Answer | OutgoingFailed] = [
            OutgoingFailed(),
            Answer(url=address, status=503, headers={}, content=b""),
            Answer(url=address, status=200, headers={}, content=revoking(other, leaf)),
            Answer(url=address, status=200, headers={}, content=revoking(root, leaf)),
            Answer(url=address, status=200, headers={}, content=revoking(root, leaf)),
        ]

        def fetch(method: str, url: str, **_limits: object) -> Answer:
            assert (method, url) == ("GET", address)
            answer = answers.pop(0)
            if isinstance(answer, OutgoingFailed):
                raise answer
            return answer

        monkeypatch.setattr(trusting, "fetch", fetch)
        taken = [services.fetch_lists(at=AT) for _round in range(4)]

        assert taken == [0, 0, 0, 1]
        assert selectors.chain_report(certificate=leaf, at=AT).chain.faults == {ChainFault.REVOKED}

    def test_fetches_from_no_address_that_the_node_may_not_ask(self) -> None:
        root = make.root("外部根", not_before=AT - YEAR, not_after=AT + YEAR)

        with pytest.raises(InvalidInput) as refused:
            services.trust_issuer(
                content=root.certificate.der,
                name="外部CA",
                grounds="许可证",
                list_url="http://127.0.0.1/list.crl",
                actor=SECURITY,
                at=AT,
            )

        assert list(refused.value.fields) == ["list_url"]

    @pytest.mark.parametrize("kind", ["leaf", "expired", "broken", "text"])
    def test_refuses_what_is_no_authority(self, kind: str) -> None:
        root = make.root(not_before=AT - YEAR, not_after=AT + YEAR)
        content = {
            "leaf": make.issued(root, not_before=AT - YEAR, not_after=AT + YEAR).certificate.der,
            "expired": make.root(not_before=AT - YEAR, not_after=AT - timedelta(days=1)).certificate.der,
            "broken": make.root(signed_by=algorithms.generate(Algorithm.SM2)).certificate.der,
            "text": b"certificate",
        }[kind]

        with pytest.raises(InvalidInput) as refused:
            services.trust_issuer(content=content, name="x", grounds="x", actor=SECURITY, at=AT)

        assert list(refused.value.fields) == ["content"]

    def test_refuses_an_authority_of_the_node_itself(self) -> None:
        establish()
        own = selectors.authorities()[0].der

        with pytest.raises(InvalidInput):
            services.trust_issuer(content=own, name="x", grounds="x", actor=SECURITY, at=AT)

        assert selectors.chain_report(certificate=own, at=AT, usages=()).is_own

    def test_is_for_security_administrators(self) -> None:
        for actor in (administrator(Role.OPERATOR), NODE):
            with pytest.raises(NotPermitted):
                services.trust_issuer(content=b"x", name="x", grounds="x", actor=actor, at=AT)
