"""
Signing and revoking at once, and changing the node's keys: each on a connection of its own.
"""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from tests.factories.parallel import in_parallel
from tests.factories.trust import AT, administrator, establish, issue
from tongban.config import keys as key_module
from tongban.config.keys import KeyFile
from tongban.foundation import rotation
from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.crypto.chains import ChainFault
from tongban.support.trust import selectors, services
from tongban.support.trust.models import PublishedList
from tongban.support.trust.values import CertificateReceipt, Reason

pytestmark = pytest.mark.django_db(transaction=True)
LATER = AT + timedelta(minutes=1)


@pytest.fixture
def key_file(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> KeyFile:
    monkeypatch.setattr(key_module, "LOOK_AGAIN_SECONDS", 0.0)
    file = KeyFile(tmp_path)
    file.load()
    settings.TONGBAN_KEYS = file
    return file


@pytest.fixture
def receipt(key_file: KeyFile) -> CertificateReceipt:
    establish()
    return issue()


def key_of(receipt: CertificateReceipt) -> UUID:
    assert receipt.key_id is not None
    return receipt.key_id


def revoke(receipt: CertificateReceipt) -> None:
    services.revoke_certificate(
        certificate_id=receipt.certificate_id, reason=Reason.KEY_COMPROMISE, actor=administrator(), at=LATER
    )


class TestRevocation:
    def test_waits_for_who_signs_and_is_seen_by_everybody_once_it_is_done(
        self, receipt: CertificateReceipt
    ) -> None:
        done = threading.Event()

        def revoke_apart() -> None:
            try:
                revoke(receipt)
            finally:
                connection.close()
                done.set()

        other = threading.Thread(target=revoke_apart)
        with transaction.atomic():
            signer = services.signer_of(key_id=key_of(receipt), at=LATER)
            other.start()
            waits = not done.wait(0.5)
            signature = signer.sign(b"message")
        is_done = done.wait(10)
        other.join()

        public = read_certificate(receipt.der).public_key
        assert public is not None
        assert (waits, is_done, public.verify(signature, b"message")) == (True, True, True)
        assert selectors.chain_report(certificate=receipt.der, at=LATER).chain.faults == {ChainFault.REVOKED}
        with transaction.atomic(), pytest.raises(services.KeyUnusable):
            services.signer_of(key_id=key_of(receipt), at=LATER)

    def test_by_several_at_once_is_one(self, receipt: CertificateReceipt) -> None:
        answers = in_parallel(4, lambda _number: revoke(receipt))

        assert answers == [None] * 4
        assert PublishedList.objects.filter(number__gt=1).count() == 1


class TestSigning:
    def test_goes_side_by_side(self, receipt: CertificateReceipt) -> None:
        meet = threading.Barrier(2)

        def sign(_number: int) -> bytes:
            with transaction.atomic():
                signer = services.signer_of(key_id=key_of(receipt), at=LATER)
                # Both hold the key now; neither waits for the other.
                meet.wait(timeout=120)
                return signer.sign(b"message")

        answers = in_parallel(2, sign)

        assert [type(answer) for answer in answers] == [bytes, bytes]

    def test_goes_on_after_the_nodes_keys_have_changed(
        self, receipt: CertificateReceipt, key_file: KeyFile
    ) -> None:
        with key_file.changing() as change:
            change.add_key(at=AT, is_standby=False)

        report = rotation.seal_anew(batch=3, pause_seconds=0.01)

        assert report.sealed["trust.SealedKey"] == 7
        assert report.is_complete
        public = read_certificate(receipt.der).public_key
        assert public is not None
        with transaction.atomic():
            signature = services.sign_with(key_id=key_of(receipt), message=b"message", at=LATER)
        assert public.verify(signature, b"message")


class TestAuthorities:
    def test_are_set_up_once_by_two_processes_that_start_together(self, key_file: KeyFile) -> None:
        answers = in_parallel(2, lambda _number: establish())

        assert sorted(len(answer) for answer in answers if isinstance(answer, tuple)) == [0, 6]
