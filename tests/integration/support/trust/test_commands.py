"""
The command that looks after certificates.
"""

import json

import pytest

from tests.factories.trust import establish, issue
from tongban.foundation import clock
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.support.trust.management.certificates import CertificatesAct, certificates
from tongban.support.trust.models import IssuedCertificate, PublishedList
from tongban.support.trust.values import CertificateReceipt, Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt() -> CertificateReceipt:
    at = clock.now()
    establish(at=at)
    return issue(at=at)


class TestCertificates:
    def test_lists_for_people_and_for_machines(
        self, receipt: CertificateReceipt, capsys: pytest.CaptureFixture[str]
    ) -> None:
        certificates(CertificatesAct.LIST)
        certificates(CertificatesAct.LIST, as_json=True)

        *lines, machine = capsys.readouterr().out.splitlines()
        told = json.loads(machine)
        assert len(lines) == 7
        assert any(receipt.serial in line for line in lines)
        assert len(told["authorities"]) == 4
        assert [one["state"] for one in told["certificates"]] == ["VALID"] * 3

    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_writes_a_root_to_take_along(
        self, receipt: CertificateReceipt, algorithm: Algorithm, capsys: pytest.CaptureFixture[str]
    ) -> None:
        certificates(CertificatesAct.ROOT, algorithm=algorithm)

        root = read_certificate(capsys.readouterr().out.encode())
        assert root.is_signed_by(root)
        assert root.algorithm is algorithm

    def test_revokes(self, receipt: CertificateReceipt) -> None:
        certificates(CertificatesAct.REVOKE, receipt.serial.lower(), reason=Reason.KEY_COMPROMISE)

        row = IssuedCertificate.objects.get(serial=receipt.serial)
        assert (row.reason, row.revoked_by) == ("KEY_COMPROMISE", "trust.certificates")

    def test_revokes_nothing_that_is_not_named(self, receipt: CertificateReceipt) -> None:
        with pytest.raises(InvalidInput):
            certificates(CertificatesAct.REVOKE, " ")
        with pytest.raises(NotFound):
            certificates(CertificatesAct.REVOKE, receipt.serial[:-2])

    def test_publishes_lists(self, receipt: CertificateReceipt) -> None:
        certificates(CertificatesAct.PUBLISH)

        assert sorted(PublishedList.objects.values_list("number", flat=True)) == [1, 1, 1, 1, 2, 2, 2, 2]
