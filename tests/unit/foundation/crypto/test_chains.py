"""
Chains of certificates: what is right passes, and each thing that can be wrong is named.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import certificates as make
from tests.factories.certificates import BEGIN, YEAR, Holder
from tongban.foundation.crypto import algorithms
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import TIME_STAMPING, NotACertificate, read_certificate
from tongban.foundation.crypto.chains import ChainFault, ChainReport, Standing, verify_chain
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.revocation import (
    Revocation,
    RevocationList,
    RevocationReason,
    make_revocation_list,
    read_revocation_list,
)

AT = BEGIN + timedelta(days=30)
UNKNOWN = frozenset({ChainFault.REVOCATION_UNKNOWN})


class Chain:
    """
    Root, issuing authority and leaf, each of which a test may replace.
    """

    def __init__(self, algorithm: Algorithm = Algorithm.SM2) -> None:
        self.root = make.root(algorithm=algorithm)
        self.issuing = make.authority(self.root, algorithm=algorithm, path_length=0)
        self.leaf = make.issued(self.issuing, algorithm=algorithm)

    def report(self, leaf: Holder | None = None, **facts: Any) -> ChainReport:
        """
        Verify the leaf, or another one.
        """
        asked: dict[str, Any] = {
            "anchors": [self.root.certificate],
            "pool": [self.issuing.certificate],
            "at": AT,
            **facts,
        }
        return verify_chain((leaf or self.leaf).certificate, **asked)


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


def crl(issuer: Holder, **facts: Any) -> RevocationList:
    given: dict[str, Any] = {
        "issuer": issuer.certificate,
        "algorithm": issuer.certificate.algorithm,
        "number": 1,
        "this_update": BEGIN,
        "next_update": BEGIN + YEAR,
        "entries": {},
        "sign": issuer.key.sign,
        **facts,
    }
    return read_revocation_list(make_revocation_list(**given))


class TestVerifyChain:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_trusts_three_levels(self, algorithm: Algorithm) -> None:
        chain = Chain(algorithm)

        report = chain.report()

        assert report.faults == UNKNOWN
        assert report.is_good
        assert report.is_trusted
        assert report.anchor == chain.root.certificate
        assert [str(one.subject.common_name) for one in report.path] == ["某某局", "签发", "根"]

    def test_trusts_a_leaf_of_another_algorithm_than_its_issuer(self, chain: Chain) -> None:
        leaf = make.issued(chain.issuing, algorithm=Algorithm.P256)

        assert chain.report(leaf).faults == UNKNOWN

    def test_trusts_an_anchor_that_is_no_root(self, chain: Chain) -> None:
        report = chain.report(anchors=[chain.issuing.certificate], pool=[])

        assert report.faults == UNKNOWN
        assert len(report.path) == 2

    def test_trusts_a_certificate_that_is_itself_trusted(self, chain: Chain) -> None:
        assert chain.report(anchors=[chain.leaf.certificate], pool=[]).problems == ()

    def test_says_that_nobody_trusts_the_root(self, chain: Chain) -> None:
        report = chain.report(anchors=[], pool=[chain.issuing.certificate, chain.root.certificate])

        assert report.faults == {ChainFault.NOT_TRUSTED, ChainFault.REVOCATION_UNKNOWN}
        assert report.is_sound
        assert not report.is_trusted

    def test_says_that_the_issuer_is_not_at_hand(self, chain: Chain) -> None:
        report = chain.report(pool=[])

        assert report.faults == {ChainFault.ISSUER_UNKNOWN, ChainFault.REVOCATION_UNKNOWN}
        assert [problem.depth for problem in report.problems] == [0, 0]

    def test_finds_a_signature_of_somebody_else(self, chain: Chain) -> None:
        stranger = algorithms.generate(Algorithm.SM2)
        leaf = make.issued(chain.issuing, signed_by=stranger)

        report = chain.report(leaf)

        assert ChainFault.BAD_SIGNATURE in report.faults
        assert not report.is_sound
        assert not report.is_trusted

    def test_finds_a_root_that_did_not_sign_itself(self) -> None:
        root = make.root(signed_by=algorithms.generate(Algorithm.SM2))

        report = verify_chain(root.certificate, anchors=[], at=AT, usages=())

        assert report.faults == {ChainFault.NOT_TRUSTED, ChainFault.BAD_SIGNATURE}

    def test_is_not_taken_in_by_an_issuer_of_the_same_name(self, chain: Chain) -> None:
        false_root = make.root()
        false_issuing = make.authority(false_root)
        leaf = make.issued(false_issuing)

        report = chain.report(leaf, pool=[false_issuing.certificate, false_root.certificate])

        assert not report.is_trusted
        assert not report.is_good

    @pytest.mark.parametrize(
        ("at", "fault"),
        [
            (BEGIN - timedelta(seconds=1), ChainFault.NOT_YET_VALID),
            (BEGIN, None),
            (BEGIN + YEAR, None),
            (BEGIN + YEAR + timedelta(seconds=1), ChainFault.EXPIRED),
        ],
        ids=["before", "first second", "last second", "after"],
    )
    def test_asks_about_a_moment(self, chain: Chain, at: Any, fault: ChainFault | None) -> None:
        faults = chain.report(at=at).faults

        assert faults == UNKNOWN | ({fault} if fault else set())

    def test_finds_an_authority_that_is_none(self, chain: Chain) -> None:
        middle = make.issued(chain.issuing, "非机构", usages=make.AUTHORITY)
        leaf = make.issued(middle)

        report = chain.report(leaf, pool=[chain.issuing.certificate, middle.certificate])

        assert ChainFault.NOT_AN_AUTHORITY in report.faults

    def test_finds_an_authority_whose_key_is_for_something_else(self, chain: Chain) -> None:
        middle = make.authority(chain.root, "不签发", usages=make.SIGNING)

        report = chain.report(make.issued(middle), pool=[middle.certificate])

        assert ChainFault.NOT_AN_AUTHORITY in report.faults

    def test_finds_a_path_that_is_too_long(self, chain: Chain) -> None:
        third = make.authority(chain.issuing, "第三级")

        report = chain.report(make.issued(third), pool=[chain.issuing.certificate, third.certificate])

        assert report.faults == {ChainFault.PATH_TOO_LONG, ChainFault.REVOCATION_UNKNOWN}
        assert [one.depth for one in report.problems if one.fault is ChainFault.PATH_TOO_LONG] == [2]

    def test_finds_a_key_that_is_for_something_else(self, chain: Chain) -> None:
        leaf = make.issued(chain.issuing, usages=(KeyUsage.KEY_ENCIPHERMENT,))

        assert ChainFault.WRONG_USAGE in chain.report(leaf).faults
        assert chain.report(leaf, usages=()).faults == UNKNOWN

    def test_asks_for_a_purpose(self, chain: Chain) -> None:
        leaf = make.issued(chain.issuing, purposes=(TIME_STAMPING,))

        assert chain.report(leaf, purpose=TIME_STAMPING).faults == UNKNOWN
        assert ChainFault.WRONG_USAGE in chain.report(purpose=TIME_STAMPING).faults

    def test_is_done_soon_with_a_crowd_of_issuers_of_one_name(self, chain: Chain) -> None:
        crowd = [make.authority(chain.root).certificate for _ in range(12)]
        leaf = make.issued(chain.issuing)

        report = chain.report(leaf, pool=[*crowd, chain.issuing.certificate])

        assert report.faults == UNKNOWN


class TestRevocation:
    def test_makes_a_certificate_worthless_from_its_moment_on(self, chain: Chain) -> None:
        serial = chain.leaf.certificate.serial
        gone = Revocation(AT, RevocationReason.KEY_COMPROMISE)
        lists = [crl(chain.issuing, entries={serial: gone}), crl(chain.root)]

        before = chain.report(at=AT - timedelta(seconds=1), revocation_lists=lists)
        after = chain.report(at=AT, revocation_lists=lists)

        assert before.problems == ()
        assert before.later_revocation == gone
        assert [(one.fault, one.depth, one.revocation) for one in after.problems] == [
            (ChainFault.REVOKED, 0, gone)
        ]
        assert not after.is_good

    def test_of_an_authority_counts_for_all_below(self, chain: Chain) -> None:
        lists = [
            crl(chain.issuing),
            crl(chain.root, entries={chain.issuing.certificate.serial: Revocation(AT)}),
        ]

        report = chain.report(revocation_lists=lists)

        assert [(one.fault, one.depth) for one in report.problems] == [(ChainFault.REVOKED, 1)]

    def test_is_not_believed_from_a_list_of_somebody_else(self, chain: Chain) -> None:
        stranger = Holder(chain.issuing.certificate, algorithms.generate(Algorithm.SM2))
        forged = crl(stranger, entries={chain.leaf.certificate.serial: Revocation(BEGIN)})

        assert chain.report(revocation_lists=[forged]).faults == UNKNOWN

    def test_is_unknown_where_the_list_is_too_old(self, chain: Chain) -> None:
        lists = [crl(chain.issuing, next_update=AT - timedelta(seconds=1)), crl(chain.root)]

        report = chain.report(revocation_lists=lists)

        assert [(one.fault, one.depth) for one in report.problems] == [(ChainFault.REVOCATION_UNKNOWN, 0)]

    def test_is_asked_of_a_register_before_any_list(self, chain: Chain) -> None:
        gone = Revocation(AT, RevocationReason.SUPERSEDED)
        lists = [crl(chain.issuing), crl(chain.root)]

        report = chain.report(
            revocation_lists=lists,
            known=lambda one: gone if one == chain.leaf.certificate else Standing.NOT_OURS,
        )

        assert report.faults == {ChainFault.REVOKED}

    def test_of_what_the_register_does_not_know_is_a_fault_of_its_own(self, chain: Chain) -> None:
        report = chain.report(known=lambda _one: Standing.MISSING)

        assert report.faults == {ChainFault.NOT_REGISTERED}
        assert not report.is_good


class TestTampering:
    def test_is_found_wherever_a_bit_of_a_certificate_is_turned(self, chain: Chain) -> None:
        der = chain.leaf.certificate.der
        passed = []
        for place in range(len(der)):
            changed = bytearray(der)
            changed[place] ^= 1 << place % 8
            try:
                other = read_certificate(bytes(changed))
            except NotACertificate:
                continue
            if chain.report(Holder(other, chain.leaf.key)).is_good:
                passed.append(place)

        assert passed == []
