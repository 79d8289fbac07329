"""
A second implementation (GmSSL) agrees with ours: each verifies, decrypts and computes what the other made.
"""

from typing import Any

import pytest

from tests.factories import certificates as make
from tongban.foundation.crypto import hmac_sm3, sm2, sm3, sm4
from tongban.foundation.crypto.algorithms import Algorithm

gmssl: Any = pytest.importorskip("gmssl_pyx", reason="there is no wheel of gmssl-pyx for this machine")

MESSAGES = (b"", b"a", b"message digest", "中文".encode() * 100, bytes(100_000))
IDS = (sm2.DEFAULT_ID, b"ALICE123@YAHOO.COM")
KEY, IV = bytes(range(16)), bytes(range(16, 32))
ROUNDS = 50


class TestDigests:
    @pytest.mark.parametrize("message", MESSAGES, ids=len)
    def test_agree(self, message: bytes) -> None:
        assert bytes(gmssl.sm3_hash(message)) == sm3(message)
        assert bytes(gmssl.sm3_hmac(b"k" * 32, message)) == hmac_sm3(b"k" * 32, message)


class TestSignatures:
    @pytest.mark.parametrize("signer_id", IDS, ids=["default id", "another id"])
    def test_of_ours_are_right_to_the_other(self, signer_id: bytes) -> None:
        key = sm2.generate()

        for message in MESSAGES:
            signature = key.sign(message, signer_id=signer_id)
            assert gmssl.sm2_verify(key.public.point[1:], message, signature, signer_id)
            assert not gmssl.sm2_verify(key.public.point[1:], message + b"!", signature, signer_id)

    @pytest.mark.parametrize("signer_id", IDS, ids=["default id", "another id"])
    def test_of_the_other_are_right_to_us(self, signer_id: bytes) -> None:
        point, secret = gmssl.sm2_key_generate()
        key = sm2.PublicKey(b"\x04" + bytes(point))

        for message in MESSAGES:
            signature = bytes(gmssl.sm2_sign(secret, point, message, signer_id))
            assert key.verify(signature, message, signer_id=signer_id)
            assert not key.verify(signature, message + b"!", signer_id=signer_id)

    def test_agree_on_keys_of_either(self) -> None:
        for _round in range(ROUNDS):
            point, secret = gmssl.sm2_key_generate()
            assert sm2.PrivateKey(bytes(secret)).public.point[1:] == bytes(point)


class TestEncryption:
    def test_goes_both_ways(self) -> None:
        key = sm2.generate()
        for length in (1, 16, 255):
            plain = bytes(range(length))
            assert bytes(gmssl.sm2_decrypt(key.secret(), key.public.encrypt(plain))) == plain
            assert key.decrypt(bytes(gmssl.sm2_encrypt(key.public.point[1:], plain))) == plain

    def test_in_blocks_agrees(self) -> None:
        for message in MESSAGES[1:]:
            ours = sm4.encrypt_cbc(KEY, message, iv=IV)
            assert bytes(gmssl.sm4_cbc_padding_encrypt(KEY, IV, message)) == ours
            assert sm4.decrypt_cbc(KEY, ours, iv=IV) == message


class TestCertificates:
    def test_of_ours_are_signed_right_to_the_other(self) -> None:
        root = make.root()
        issuing = make.authority(root)
        chain = [(issuing, root), (make.issued(issuing), issuing), (root, root)]

        for one, issuer in chain:
            body = one.certificate.body
            assert issuer.certificate.algorithm is Algorithm.SM2
            assert gmssl.sm2_verify(issuer.key.public.point[1:], body.signed_part, body.signature)
