"""
Certificates come back as they went in, and no bytes at all lead to anything but the one error of each reader.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import certificates as make
from tongban.foundation.crypto import stamping, status, timestamps
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import (
    TIME_STAMPING,
    Certificate,
    NotACertificate,
    read_certificate,
    read_certificates,
)
from tongban.foundation.crypto.chains import verify_chain
from tongban.foundation.crypto.issuing import NotARequest, make_request, read_request
from tongban.foundation.crypto.names import Name
from tongban.foundation.crypto.revocation import (
    NotARevocationList,
    Revocation,
    RevocationReason,
    make_revocation_list,
    read_revocation_list,
)
from tongban.foundation.crypto.stamping import Stamper
from tongban.foundation.crypto.status import NotAStatus
from tongban.foundation.crypto.timestamps import NotATimestamp

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64)
KINDS = st.sampled_from(["O", "OU", "CN", "L", "ST", "T"])
MOMENTS = st.integers(-631_152_000, 7_258_118_400).map(
    lambda seconds: datetime.fromtimestamp(seconds, tz=UTC)
)
"""From 1950, where UTCTime begins, to 2200."""
ROOT = make.root()
STAMPER = make.issued(ROOT, "时间戳", purposes=(TIME_STAMPING,))
TOKEN = stamping.make_token(
    stamper=Stamper(certificate=STAMPER.certificate, chain=[ROOT.certificate], sign=STAMPER.key.sign),
    algorithm=Algorithm.SM2,
    digest=b"1" * 32,
    at=make.BEGIN,
    serial=1,
    policy="1.2.3",
)
LIST = make_revocation_list(
    issuer=ROOT.certificate,
    algorithm=Algorithm.SM2,
    number=1,
    this_update=make.BEGIN,
    next_update=make.BEGIN + make.YEAR,
    entries={1: Revocation(make.BEGIN)},
    sign=ROOT.key.sign,
)
QUESTION = status.make_status_request(
    serials=[1, 2], issuer=ROOT.certificate, algorithm=Algorithm.SM2, nonce=b"n"
)
REQUEST = make_request(
    subject=ROOT.certificate.subject,
    algorithm=Algorithm.SM2,
    point=ROOT.key.public.point,
    sign=ROOT.key.sign,
)
READERS = {
    "certificate": (read_certificate, NotACertificate, ROOT.certificate.der),
    "certificates": (read_certificates, NotACertificate, ROOT.certificate.der),
    "list": (read_revocation_list, NotARevocationList, LIST),
    "token": (timestamps.read_token, NotATimestamp, TOKEN),
    "status": (status.read_status_request, NotAStatus, QUESTION),
    "request": (read_request, NotARequest, REQUEST),
}


class TestRoundTrips:
    @settings(max_examples=60, deadline=None)
    @given(
        parts=st.lists(st.tuples(KINDS, TEXTS), max_size=6),
        serial=st.integers(min_value=-(2**300), max_value=2**300),
        not_before=MOMENTS,
        seconds=st.integers(min_value=0, max_value=10**9),
        algorithm=st.sampled_from(Algorithm),
    )
    def test_of_certificates(
        self,
        parts: list[tuple[str, str]],
        serial: int,
        not_before: datetime,
        seconds: int,
        algorithm: Algorithm,
    ) -> None:
        made = make.issued(
            ROOT,
            algorithm=algorithm,
            subject=Name(tuple(parts)),
            serial=serial,
            not_before=not_before,
            not_after=not_before + timedelta(seconds=seconds),
        ).certificate

        assert made.subject.parts == tuple(parts)
        assert (made.serial, made.not_before) == (serial, not_before)
        assert made.not_after == not_before + timedelta(seconds=seconds)
        assert made.is_signed_by(ROOT.certificate)

    @settings(max_examples=40, deadline=None)
    @given(
        entries=st.dictionaries(
            st.integers(min_value=0, max_value=2**160),
            st.builds(Revocation, MOMENTS, st.sampled_from(RevocationReason)),
            max_size=12,
        )
    )
    def test_of_lists(self, entries: dict[int, Revocation]) -> None:
        der = make_revocation_list(
            issuer=ROOT.certificate,
            algorithm=Algorithm.SM2,
            number=1,
            this_update=make.BEGIN,
            next_update=make.BEGIN,
            entries=entries,
            sign=ROOT.key.sign,
        )

        assert dict(read_revocation_list(der).entries) == entries


class TestReaders:
    @pytest.mark.parametrize("name", READERS)
    @settings(max_examples=300, deadline=None)
    @given(data=st.data())
    def test_raise_nothing_but_their_own_error(self, name: str, data: st.DataObject) -> None:
        read, refusal, right = READERS[name]
        changed = bytearray(right)
        for _change in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, len(changed) - 1))
            match data.draw(st.sampled_from(["turn", "drop", "insert", "cut"])):
                case "turn":
                    changed[place] = data.draw(st.integers(0, 255))
                case "drop" if len(changed) > 1:
                    del changed[place]
                case "insert":
                    changed[place:place] = data.draw(st.binary(min_size=1, max_size=9))
                case "cut" if place:
                    del changed[place:]
        try:
            found = read(bytes(changed))
        except refusal:
            return
        if isinstance(found, Certificate):
            verify_chain(found, anchors=[ROOT.certificate], at=make.BEGIN)

    @pytest.mark.parametrize("name", READERS)
    @settings(max_examples=100, deadline=None)
    @given(content=st.binary(max_size=200))
    def test_refuse_noise(self, name: str, content: bytes) -> None:
        read, refusal, _right = READERS[name]

        with pytest.raises(refusal):
            read(b"\x30" + content)
