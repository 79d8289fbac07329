from collections.abc import Callable
from typing import Any

import pytest

from tongban.foundation.crypto import libcrypto, selftest, sm2, sm4
from tongban.foundation.crypto.selftest import SelfTestFailed


def absent(*_given: Any, **_named: Any) -> Any:
    raise libcrypto.LibraryFailed("libcrypto.so.3 of OpenSSL 3 is needed")


class TestRequireSound:
    def test_passes_here(self) -> None:
        selftest.require_sound()

    @pytest.mark.parametrize(
        ("place", "name", "wrong", "words"),
        [
            (selftest, "sm3", lambda _data: b"\0" * 32, "SM3"),
            (selftest, "hmac_sm3", lambda _key, _data: b"\0" * 32, "HMAC-SM3"),
            (sm4, "encrypt_gcm_at", lambda *_given, **_named: b"\0" * 80, "SM4-GCM"),
            (sm2.PublicKey, "verify", lambda *_given, **_named: True, "SM2 verification"),
            (sm2.PublicKey, "verify", lambda *_given, **_named: False, "SM2 verification"),
            (sm2.PrivateKey, "sign", lambda *_given, **_named: b"0", "SM2 signature"),
            (sm2.PrivateKey, "decrypt", lambda *_given, **_named: b"", "SM2 decryption"),
            (libcrypto, "public_key", absent, "SM2 verification"),
        ],
    )
    def test_names_the_algorithm_that_computes_wrongly(
        self, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, wrong: Callable[..., Any], words: str
    ) -> None:
        monkeypatch.setattr(place, name, wrong)

        with pytest.raises(SelfTestFailed) as caught:
            selftest.require_sound()

        assert str(caught.value).startswith(words)
