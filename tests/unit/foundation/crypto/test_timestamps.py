"""
Time-stamps: made and read, of either algorithm; each thing that can be wrong is named.
"""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import certificates as make
from tests.factories.certificates import BEGIN, Holder
from tongban.foundation.crypto import algorithms, stamping, timestamps
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import TIME_STAMPING, pem
from tongban.foundation.crypto.stamping import RefusalReason, Stamper
from tongban.foundation.crypto.timestamps import NotATimestamp, Refused, TimestampFault

POLICY = "1.2.3.4"


def stamper(algorithm: Algorithm, *, purposes: tuple[str, ...] = (TIME_STAMPING,)) -> tuple[Stamper, Holder]:
    root = make.root(algorithm=algorithm)
    own = make.issued(root, "时间戳", algorithm=algorithm, purposes=purposes)
    return Stamper(certificate=own.certificate, chain=[root.certificate], sign=own.key.sign), root


def token(algorithm: Algorithm, digest: bytes, by: Stamper, *, nonce: int | None = None) -> bytes:
    return stamping.make_token(
        stamper=by, algorithm=algorithm, digest=digest, at=BEGIN, serial=5, policy=POLICY, nonce=nonce
    )


class TestTokens:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_return_what_was_put_in(self, algorithm: Algorithm) -> None:
        by, root = stamper(algorithm)
        digest = algorithms.digest(algorithm, b"document")

        stamp = timestamps.read_token(token(algorithm, digest, by, nonce=77))

        assert stamp.problems(digest) == ()
        assert (stamp.at, stamp.digest, stamp.serial, stamp.nonce) == (BEGIN, digest, 5, 77)
        assert (stamp.algorithm, stamp.policy) == (algorithm, POLICY)
        assert stamp.signer == by.certificate
        assert set(stamp.certificates) == {by.certificate, root.certificate}

    def test_stamp_one_digest_only(self) -> None:
        by, _root = stamper(Algorithm.SM2)

        stamp = timestamps.read_token(token(Algorithm.SM2, b"1" * 32, by))

        assert stamp.problems(b"2" * 32) == (TimestampFault.OTHER_DIGEST,)

    def test_are_worth_nothing_by_another_key(self) -> None:
        by, _root = stamper(Algorithm.SM2)
        forger = replace(by, sign=algorithms.generate(Algorithm.SM2).sign)

        stamp = timestamps.read_token(token(Algorithm.SM2, b"1" * 32, forger))

        assert stamp.problems(b"1" * 32) == (TimestampFault.BAD_SIGNATURE,)

    def test_need_a_signer_whose_certificate_is_for_it(self) -> None:
        by, _root = stamper(Algorithm.SM2, purposes=())

        stamp = timestamps.read_token(token(Algorithm.SM2, b"1" * 32, by))

        assert stamp.problems(b"1" * 32) == (TimestampFault.WRONG_PURPOSE,)

    def test_name_their_signer(self) -> None:
        by, root = stamper(Algorithm.SM2)
        der = token(Algorithm.SM2, b"1" * 32, by)
        other = make.issued(root, "别人", serial=by.certificate.serial, purposes=(TIME_STAMPING,)).certificate
        swapped = der.replace(by.certificate.der, other.der)
        grown = len(other.der) - len(by.certificate.der)

        if grown:  # the lengths around it would be wrong
            with pytest.raises(NotATimestamp):
                timestamps.read_token(swapped)
        else:
            assert TimestampFault.BAD_SIGNATURE in timestamps.read_token(swapped).problems(b"1" * 32)

    def test_are_read_in_the_container_of_the_chinese_standard(self) -> None:
        by, _root = stamper(Algorithm.SM2)
        der = token(Algorithm.SM2, b"1" * 32, by)
        usual, chinese = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("060a2a811ccf550601040202")
        inner = der[4:].replace(usual, chinese, 1)

        stamp = timestamps.read_token(b"\x30\x82" + len(inner).to_bytes(2) + inner)

        assert stamp.problems(b"1" * 32) == ()

    def test_are_not_believed_wherever_a_bit_is_turned(self) -> None:
        by, root = stamper(Algorithm.SM2)
        der = token(Algorithm.SM2, b"1" * 32, by)
        begin = der.index(root.certificate.der)
        unsigned = range(begin, begin + len(root.certificate.der))
        passed = []
        for place in range(len(der)):
            changed = bytearray(der)
            changed[place] ^= 1 << place % 8
            try:
                stamp = timestamps.read_token(bytes(changed))
            except NotATimestamp:
                continue
            if not stamp.problems(b"1" * 32) and place not in unsigned:
                passed.append((stamp.at, stamp.digest, stamp.signer == by.certificate))

        # What is left are bytes of the container that say nothing: versions, lists of algorithms.
        assert set(passed) <= {(BEGIN, b"1" * 32, True)}

    @pytest.mark.parametrize("data", [b"", b"\x30\x00", b"x", b"\x30\x80" * 1000, b"0" * 300_000])
    def test_are_refused_by_one_error_where_they_are_none(self, data: bytes) -> None:
        with pytest.raises(NotATimestamp):
            timestamps.read_token(data)


class TestExchange:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_asks_and_answers(self, algorithm: Algorithm) -> None:
        by, _root = stamper(algorithm)
        digest = algorithms.digest(algorithm, b"document")

        asked = timestamps.read_request(
            stamping.make_request(algorithm=algorithm, digest=digest, nonce=2**63)
        )
        answer = timestamps.read_answer(stamping.make_answer(token(algorithm, asked.digest, by)))

        assert (asked.digest, asked.algorithm, asked.nonce) == (digest, algorithm, 2**63)
        assert (asked.wants_certificates, asked.has_extensions, asked.policy) == (True, False, "")
        assert timestamps.read_token(answer).problems(digest) == ()

    def test_refuses(self) -> None:
        with pytest.raises(Refused, match="status 2"):
            timestamps.read_answer(stamping.make_refusal(RefusalReason.BAD_ALGORITHM))

    def test_is_understood_by_another_program(self, tmp_path: Path) -> None:
        program = shutil.which("openssl")
        if program is None:
            pytest.skip("there is no openssl program on this machine")
        by, root = stamper(Algorithm.P256)
        digest = algorithms.digest(Algorithm.P256, b"document")
        question = stamping.make_request(algorithm=Algorithm.P256, digest=digest, nonce=9)
        (tmp_path / "q").write_bytes(question)
        (tmp_path / "a").write_bytes(stamping.make_answer(token(Algorithm.P256, digest, by, nonce=9)))
        (tmp_path / "root.pem").write_text(pem(root.certificate.der))

        said = subprocess.run(
            [
                program,
                "ts",
                "-verify",
                "-queryfile",
                "q",
                "-in",
                "a",
                "-CAfile",
                "root.pem",
                "-attime",
                "1795309323",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert "Verification: OK" in said.stdout
