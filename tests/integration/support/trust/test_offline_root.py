"""
A root that people keep: taken out of the node or made elsewhere, and what it signs brought in again.
"""

import io
from pathlib import Path

import pytest

from tests.factories.trust import AT, NODE, administrator, establish, issue
from tongban.foundation import clock
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.revocation import read_revocation_list
from tongban.foundation.errors import InvalidInput
from tongban.foundation.exits import NodeProblem
from tongban.support.trust import selectors, services
from tongban.support.trust.management.certificates import CertificatesAct, certificates
from tongban.support.trust.management.roots import OfflineRootAct, offline_root
from tongban.support.trust.models import Authority, PublishedList, SealedKey
from tongban.support.trust.rules import offline
from tongban.support.trust.services import NoOfflineRoot, NoRootHere
from tongban.support.trust.values import DAY, AuthorityRole, Reason

pytestmark = pytest.mark.django_db

WORDS = ("correct horse one", "correct horse two", "correct horse three")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline.pack_root, "__kwdefaults__", {"cost": 2**4})
    monkeypatch.setattr(clock, "now", lambda: AT)


def says(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def root_row(algorithm: Algorithm = Algorithm.SM2) -> Authority:
    return Authority.objects.select_related("key").get(role="ROOT", algorithm=algorithm.value)


class TestRootOfTheNode:
    @pytest.fixture
    def file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """
        Take the root out of the node; two of three people open its file.
        """
        establish()
        path = tmp_path / "root.json"
        says(monkeypatch, *WORDS)
        certificates(CertificatesAct.EXPORT_ROOT, file=path, people=3, needed=2)
        return path

    def detach(self, file: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
        says(monkeypatch, *lines)
        certificates(CertificatesAct.DETACH_ROOT, file=file)

    @pytest.mark.parametrize("lines", [WORDS[:2], ("", *WORDS[1:]), (WORDS[0], "", WORDS[2])])
    def test_leaves_the_node_once_enough_people_open_its_file(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]
    ) -> None:
        before = SealedKey.objects.count()

        self.detach(file, monkeypatch, *lines)

        root = root_row()
        assert (root.key.store, SealedKey.objects.count()) == ("offline", before - 1)
        listed = read_revocation_list(selectors.newest_list(authority_id=root.id))
        assert listed.answers_for(AT + 399 * DAY)
        assert file.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize("lines", [(WORDS[0], "wrong horse"), (WORDS[0],), (WORDS[1], WORDS[0])])
    def test_stays_where_they_do_not(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]
    ) -> None:
        with pytest.raises(InvalidInput):
            self.detach(file, monkeypatch, *lines)

        assert root_row().key.store == "sealed"

    def test_issues_no_more_and_the_node_goes_on(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.detach(file, monkeypatch, *WORDS[:2])

        made = issue()
        services.publish_lists(at=AT + DAY)

        assert selectors.chain_report(certificate=made.der, at=AT).chain.is_good
        assert PublishedList.objects.filter(authority=root_row()).count() == 2
        # Near the end of the issuing authority nothing is set up without people.
        made_later = establish(at=AT + 1000 * DAY)
        assert any("P256-I2029" in name for name in made_later)
        assert not any("SM2-I" in name for name in made_later)
        with pytest.raises(NoRootHere):
            services.export_root(algorithm=Algorithm.SM2, passphrases=WORDS, needed=2, actor=NODE, at=AT)

    def test_signs_the_next_authority_and_its_list(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.detach(file, monkeypatch, *WORDS[:2])
        old = Authority.objects.get(role="ISSUING", algorithm="SM2")
        services.revoke_authority(
            authority_id=old.id, reason=Reason.KEY_COMPROMISE, actor=administrator(), at=AT
        )
        order, answer = tmp_path / "order.json", tmp_path / "answer.json"

        certificates(CertificatesAct.ORDER_ISSUING, file=order)
        says(monkeypatch, *WORDS[:2])
        offline_root(OfflineRootAct.SIGN, file, order, to=answer)
        certificates(CertificatesAct.INSTALL_ISSUING, file=answer)

        made = issue()
        assert selectors.chain_report(certificate=made.der, at=AT).chain.is_good
        listed = read_revocation_list(selectors.newest_list(authority_id=root_row().id))
        assert [f"{serial:X}" for serial in listed.entries] == [old.serial]
        with pytest.raises(InvalidInput):
            certificates(CertificatesAct.INSTALL_ISSUING, file=answer)

    def test_signs_nothing_older_than_a_revocation(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.detach(file, monkeypatch, *WORDS[:2])
        order, answer = tmp_path / "order.json", tmp_path / "answer.json"
        certificates(CertificatesAct.ORDER_ISSUING, file=order)
        says(monkeypatch, *WORDS[:2])
        offline_root(OfflineRootAct.SIGN, file, order, to=answer)

        old = Authority.objects.get(role="ISSUING", algorithm="SM2")
        services.revoke_authority(
            authority_id=old.id, reason=Reason.KEY_COMPROMISE, actor=administrator(), at=AT
        )

        with pytest.raises(InvalidInput):
            certificates(CertificatesAct.INSTALL_ISSUING, file=answer)
        assert Authority.objects.filter(role="ISSUING", algorithm="SM2").count() == 1


class TestRootMadeElsewhere:
    def test_is_adopted_and_signs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root, order, answer = (tmp_path / name for name in ("root", "order", "answer"))
        establish()
        later = AT + DAY
        monkeypatch.setattr(clock, "now", lambda: later)
        says(monkeypatch, WORDS[0])
        offline_root(OfflineRootAct.MAKE, root, name="测试市", algorithm=Algorithm.P256)

        certificates(CertificatesAct.ADOPT_ROOT, file=root)
        certificates(CertificatesAct.ORDER_ISSUING, file=order, algorithm=Algorithm.P256)
        says(monkeypatch, WORDS[0])
        offline_root(OfflineRootAct.SIGN, root, order, to=answer)
        certificates(CertificatesAct.INSTALL_ISSUING, file=answer)

        made = issue(algorithm=Algorithm.P256, at=later)
        newest = selectors.authority_certificate(role=AuthorityRole.ROOT, algorithm=Algorithm.P256)
        assert made.chain[-1] == newest == offline.read_root(root.read_bytes()).certificate.der
        assert selectors.chain_report(certificate=made.der, at=later).chain.is_good

    def test_is_refused_what_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x").write_bytes(b"{}")
        says(monkeypatch, "short")

        with pytest.raises(NodeProblem, match="short"):
            offline_root(OfflineRootAct.MAKE, tmp_path / "y", name="测试市")
        with pytest.raises(NodeProblem, match="not what it should be"):
            offline_root(OfflineRootAct.SIGN, tmp_path / "x", tmp_path / "x", to=tmp_path / "z")
        with pytest.raises(NodeProblem, match="not read"):
            offline_root(OfflineRootAct.SIGN, tmp_path / "none", tmp_path / "x", to=tmp_path / "z")
        with pytest.raises(InvalidInput):
            certificates(CertificatesAct.ADOPT_ROOT, file=tmp_path / "x")
        with pytest.raises(NoOfflineRoot):
            certificates(CertificatesAct.ORDER_ISSUING, file=tmp_path / "z")
        with pytest.raises(InvalidInput):
            certificates(CertificatesAct.EXPORT_ROOT)
        assert not (tmp_path / "z").exists()
