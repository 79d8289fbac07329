"""
National cryptography gives the numbers that the standards print.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tongban.foundation.crypto import hmac_sm3, selftest, sm2, sm3, sm4

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
CURVE = {
    "a": "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc",
    "b": "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93",
    "x": "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7",
    "y": "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
}
"""GB/T 32918.5-2017: coefficients and base point."""


def signature() -> bytes:
    facts = VECTORS["sm2_signature"]
    return sm2.der_of(bytes.fromhex(facts["r"] + facts["s"]))


class TestSm3:
    @pytest.mark.parametrize("vector", VECTORS["sm3"], ids=lambda vector: f"{len(vector['message'])} bytes")
    def test_digests(self, vector: dict[str, str]) -> None:
        assert sm3(vector["message"].encode()).hex() == vector["digest"]

    @pytest.mark.parametrize("vector", VECTORS["hmac_sm3"], ids=["HMAC"])
    def test_digests_with_a_key(self, vector: dict[str, str]) -> None:
        assert hmac_sm3(vector["key"].encode(), vector["message"].encode()).hex() == vector["digest"]


class TestSm4:
    def test_encrypts_a_block(self) -> None:
        facts = VECTORS["sm4"]
        encryptor = Cipher(SM4(bytes.fromhex(facts["key"])), ECB()).encryptor()

        assert encryptor.update(bytes.fromhex(facts["plain"])).hex() == facts["cipher"]

    def test_encrypts_a_block_a_million_times(self) -> None:
        facts = VECTORS["sm4"]
        encryptor = Cipher(SM4(bytes.fromhex(facts["key"])), ECB()).encryptor()
        block = bytes.fromhex(facts["plain"])
        for _round in range(1_000_000):
            block = encryptor.update(block)

        assert block.hex() == facts["cipher_after_1000000"]

    def test_chains_blocks(self) -> None:
        facts = VECTORS["sm4"]
        key, iv = bytes.fromhex(facts["key"]), bytes.fromhex(facts["cbc"]["iv"])

        made = sm4.encrypt_cbc(key, bytes.fromhex(facts["cbc"]["plain"]), iv=iv)

        # The standard's example is not padded; ours has one block more.
        assert made[:-16].hex() == facts["cbc"]["cipher"]
        assert sm4.decrypt_cbc(key, made, iv=iv).hex() == facts["cbc"]["plain"]

    def test_opens_what_is_sealed_in_counter_mode(self) -> None:
        facts = VECTORS["sm4"]["gcm"]
        sealed = bytes.fromhex(facts["nonce"] + facts["cipher"] + facts["tag"])

        opened = sm4.decrypt_gcm(
            bytes.fromhex(facts["key"]), sealed, associated=bytes.fromhex(facts["associated"])
        )

        assert opened.hex() == facts["plain"]


class TestSm2:
    def test_knows_the_signature_of_the_standard(self) -> None:
        facts = VECTORS["sm2_signature"]
        key = sm2.PublicKey(bytes.fromhex(facts["point"]))

        assert key.verify(signature(), facts["message"].encode(), signer_id=facts["id"].encode())
        assert not key.verify(signature(), b"message digesu", signer_id=facts["id"].encode())
        assert not key.verify(signature(), facts["message"].encode(), signer_id=b"")
        assert not key.verify(signature(), facts["message"].encode(), signer_id=b"8765432187654321")

    def test_digests_signer_and_message_as_the_standard_does(self) -> None:
        facts = VECTORS["sm2_signature"]
        name, point = facts["id"].encode(), bytes.fromhex(facts["point"])
        curve = b"".join(bytes.fromhex(CURVE[part]) for part in ("a", "b", "x", "y"))
        za = sm3((8 * len(name)).to_bytes(2) + name + curve + point[1:])

        assert za.hex() == facts["za"]
        assert sm3(za + facts["message"].encode()).hex() == facts["e"]

    def test_derives_the_public_key(self) -> None:
        facts = VECTORS["sm2_signature"]

        assert sm2.PrivateKey(bytes.fromhex(facts["secret"])).public.point.hex() == facts["point"]

    def test_decrypts_the_ciphertext_of_the_standard(self) -> None:
        facts = VECTORS["sm2_encryption"]
        key = sm2.PrivateKey(bytes.fromhex(facts["secret"]))
        point, digest, content = (bytes.fromhex(facts[part]) for part in ("c1", "c3", "c2"))
        body = b"".join(_number(part) for part in (point[1:33], point[33:])) + b"".join(
            b"\x04" + bytes((len(part),)) + part for part in (digest, content)
        )

        assert key.decrypt(b"\x30" + bytes((len(body),)) + body) == facts["message"].encode()


class TestSelfTest:
    def test_passes(self) -> None:
        selftest.require_sound()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("_HMAC", "00" * 32),
            ("_SM3_OF", {b"": "00" * 32}),
            ("_SM4_BLOCK", "00" * 16),
            ("_GCM_TAG", "00" * 16),
            ("_SM2_SIGNATURE", bytes(64)),
            ("_SM2_POINT", bytes(65)),
            ("_SM2_PLAIN", b"another text"),
        ],
    )
    def test_refuses_to_go_on_with_another_answer(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
    ) -> None:
        monkeypatch.setattr(selftest, name, value)

        with pytest.raises(selftest.SelfTestFailed):
            selftest.require_sound()

    def test_refuses_a_library_that_says_yes_to_everything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sm2.PublicKey, "verify", lambda *_asked, **_more: True)

        with pytest.raises(selftest.SelfTestFailed, match="SM2 verification"):
            selftest.require_sound()


def _number(raw: bytes) -> bytes:
    plain = raw.lstrip(b"\0")
    padded = b"\0" + plain if plain[0] & 0x80 else plain
    return b"\x02" + bytes((len(padded),)) + padded
