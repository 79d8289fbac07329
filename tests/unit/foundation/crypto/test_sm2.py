import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.crypto import sm2

SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
KEY = sm2.PrivateKey(SECRET)
OTHER = sm2.generate()


class TestKeys:
    def test_give_the_public_half_that_the_standard_prints(self) -> None:
        assert KEY.public.point.hex() == (
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
            "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
        )
        assert KEY.secret() == SECRET

    @pytest.mark.parametrize(
        "secret", [b"", b"\0" * 32, b"\xff" * 32, (sm2.ORDER - 1).to_bytes(32), SECRET[1:], SECRET + b"\0"]
    )
    def test_refuse_a_number_out_of_range(self, secret: bytes) -> None:
        with pytest.raises(sm2.NotAKey):
            sm2.PrivateKey(secret)

    @pytest.mark.parametrize(
        "point",
        [b"", b"\x04" + b"\1" * 64, b"\x02" + b"\1" * 32, KEY.public.point[:-1], b"\x05" + b"\1" * 64],
    )
    def test_refuse_what_is_no_point_of_the_curve(self, point: bytes) -> None:
        with pytest.raises(sm2.NotAKey):
            sm2.PublicKey(point)

    def test_keep_their_secret_to_themselves(self) -> None:
        assert SECRET.hex() not in repr(KEY)
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(KEY)

    def test_are_new_each_time(self) -> None:
        assert sm2.generate().public != sm2.generate().public


class TestSignatures:
    @given(message=st.binary(max_size=300), signer_id=st.binary(min_size=1, max_size=40))
    def test_hold_for_their_message_key_and_id_only(self, message: bytes, signer_id: bytes) -> None:
        signature = KEY.sign(message, signer_id=signer_id)

        assert KEY.public.verify(signature, message, signer_id=signer_id)
        assert not KEY.public.verify(signature, message + b"\0", signer_id=signer_id)
        assert not KEY.public.verify(signature, message, signer_id=signer_id + b"\0")
        assert not OTHER.public.verify(signature, message, signer_id=signer_id)

    @given(signature=st.binary(max_size=90))
    def test_that_are_none_are_refused_without_an_error(self, signature: bytes) -> None:
        assert not KEY.public.verify(signature, b"message digest")

    @given(place=st.integers(min_value=0, max_value=69), bit=st.integers(min_value=0, max_value=7))
    def test_break_with_every_bit(self, place: int, bit: int) -> None:
        signature = bytearray(KEY.sign(b"message digest"))
        place %= len(signature)
        signature[place] ^= 1 << bit

        assert not KEY.public.verify(bytes(signature), b"message digest")

    def test_have_one_form_only(self) -> None:
        signature = KEY.sign(b"message digest")

        assert not KEY.public.verify(signature + b"\0", b"message digest")
        assert not KEY.public.verify(sm2.raw_of(signature), b"message digest")

    @given(message=st.binary(max_size=50))
    def test_go_through_their_raw_form_and_back(self, message: bytes) -> None:
        signature = KEY.sign(message)

        raw = sm2.raw_of(signature)

        assert len(raw) == 64
        assert sm2.der_of(raw) == signature

    @pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x30\x03\x02\x01\x01", b"\x31" + KEY.sign(b"")[1:]])
    def test_of_another_form_have_no_raw_one(self, der: bytes) -> None:
        with pytest.raises(ValueError, match="not the DER"):
            sm2.raw_of(der)

    def test_are_made_by_many_threads_at_once(self) -> None:
        messages = [f"message {number}".encode() for number in range(200)]

        with ThreadPoolExecutor(8) as pool:
            signatures = list(pool.map(KEY.sign, messages))

        assert all(
            KEY.public.verify(signature, message)
            for signature, message in zip(signatures, messages, strict=True)
        )


class TestEncryption:
    @given(plaintext=st.binary(min_size=1, max_size=300))
    def test_is_undone_by_the_right_key_only(self, plaintext: bytes) -> None:
        ciphertext = KEY.public.encrypt(plaintext)

        assert KEY.decrypt(ciphertext) == plaintext
        with pytest.raises(sm2.NotDecryptable):
            OTHER.decrypt(ciphertext)

    def test_notices_a_change(self) -> None:
        ciphertext = bytearray(KEY.public.encrypt(b"encryption standard"))
        ciphertext[-1] ^= 1

        with pytest.raises(sm2.NotDecryptable):
            KEY.decrypt(bytes(ciphertext))
