"""
The root that is not kept at the node: its file, what it is asked to sign, what it answers. No database, no network.

The file holds the secret under a random key, and that key once for every group of people who may open it together:
under what scrypt makes of their passphrases. With three people of whom two are needed these are three groups, and no
arithmetic but that of the ciphers is in it. Source: RFC 7914 (scrypt).
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final

from tongban.foundation.crypto import algorithms, sm4
from tongban.foundation.crypto.algorithms import Algorithm, PrivateKey
from tongban.foundation.crypto.certificates import Certificate, NotACertificate, pem, read_certificate
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.issuing import (
    Addresses,
    Draft,
    NotARequest,
    make_certificate,
    new_serial,
    read_request,
    request_pem,
)
from tongban.foundation.crypto.names import Name, name_of
from tongban.foundation.crypto.revocation import Revocation, RevocationReason, make_revocation_list
from tongban.foundation.crypto.sm4 import NotDecryptable

AUTHORITY_USAGES: Final = (KeyUsage.CERT_SIGN, KeyUsage.CRL_SIGN)
SHORTEST_PASSPHRASE: Final = 12
MOST_PEOPLE: Final = 5
COST: Final = 2**17
"""scrypt N: 128 MiB and half a second for each guess."""
HIGHEST_COST: Final = 2**20
BLOCK: Final = 8
SALT_BYTES: Final = 16
LARGEST_FILE: Final = 1024 * 1024
ROOT, ORDER, ANSWER = "tongban-offline-root/1", "tongban-root-order/1", "tongban-root-answer/1"


class NotAFileOfRoots(Exception):
    """
    These bytes are no file of the kind that is wanted, or were changed.
    """


class WrongPassphrase(Exception):
    """
    The passphrases do not open the file.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class RootFile:
    """
    A root with its secret under passphrases.
    """

    certificate: Certificate
    algorithm: Algorithm
    people: int
    needed: int
    """So many of them open it together."""
    sealed: bytes = field(repr=False)
    wraps: Mapping[str, bytes] = field(repr=False)
    """The key of `sealed` for each group, e.g. "0,2"."""
    salt: bytes
    cost: int

    def opened(self, passphrases: Mapping[int, str]) -> PrivateKey:
        """
        Return the key of the root.

        :param passphrases: of people, counted from 0
        :raises WrongPassphrase: too few of them, or one is wrong
        """
        group = sorted(passphrases)[: self.needed]
        try:
            wrap = self.wraps[",".join(map(str, group))]
            unlock = _stretched([passphrases[one] for one in group], salt=self.salt, cost=self.cost)
            key = sm4.decrypt_gcm(unlock, wrap, associated=self.certificate.der)
            secret = sm4.decrypt_gcm(key, self.sealed, associated=self.certificate.der)
        except (KeyError, NotDecryptable) as error:
            raise WrongPassphrase from error
        found = algorithms.private_key(self.algorithm, secret)
        if self.certificate.public_key is None or found.public.point != self.certificate.public_key.point:
            raise WrongPassphrase
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """
    What a node asks its root to sign: one issuing authority, and the list of those it has revoked.
    """

    algorithm: Algorithm
    root: str
    """Fingerprint."""
    request: bytes = field(repr=False)
    """PKCS#10, DER."""
    addresses: Addresses
    list_number: int
    revoked: Mapping[int, Revocation]

    @property
    def summary(self) -> str:
        """
        Return what people look at before they sign.
        """
        return f"{read_request(self.request).subject} ({self.algorithm.value}), {len(self.revoked)} revoked"


@dataclass(frozen=True, kw_only=True, slots=True)
class RootAnswer:
    """
    What the root has signed.
    """

    certificate: bytes = field(repr=False)
    revocation_list: bytes = field(repr=False)


def authority_draft(
    *,
    subject: Name,
    algorithm: Algorithm,
    point: bytes,
    at: datetime,
    until: datetime,
    addresses: Addresses | None = None,
) -> Draft:
    """
    Return what is to stand in the certificate of an authority.

    :param addresses: of the root above it; None: it is a root, which has one level of authorities below it
    """
    return Draft(
        subject=subject,
        algorithm=algorithm,
        point=point,
        serial=new_serial(),
        not_before=at,
        not_after=until,
        usages=AUTHORITY_USAGES,
        is_authority=True,
        path_length=1 if addresses is None else 0,
        addresses=addresses or Addresses(),
    )


def pack_root(
    *,
    secret: bytes,
    algorithm: Algorithm,
    certificate: Certificate,
    passphrases: Sequence[str],
    needed: int,
    cost: int = COST,
) -> bytes:
    """
    Return the file of a root, to be kept away from every network.

    :param passphrases: one for each person, 12 characters at least
    :param needed: how many of these people open it together
    :raises ValueError: too many people, or a passphrase that is too short
    """
    if not 1 <= needed <= len(passphrases) <= MOST_PEOPLE:
        raise ValueError("too many people")
    if any(len(one) < SHORTEST_PASSPHRASE for one in passphrases):
        raise ValueError("a passphrase is too short")
    key, salt = sm4.new_key(), secrets.token_bytes(SALT_BYTES)
    wraps = {
        ",".join(map(str, group)): sm4.encrypt_gcm(
            _stretched([passphrases[one] for one in group], salt=salt, cost=cost),
            key,
            associated=certificate.der,
        )
        for group in combinations(range(len(passphrases)), needed)
    }
    return _written(
        ROOT,
        algorithm=algorithm.value,
        certificate=pem(certificate.der),
        people=len(passphrases),
        needed=needed,
        scrypt={"n": cost, "r": BLOCK, "p": 1, "salt": salt.hex()},
        wraps={group: wrap.hex() for group, wrap in wraps.items()},
        sealed=sm4.encrypt_gcm(key, secret, associated=certificate.der).hex(),
    )


def read_root(content: bytes) -> RootFile:
    """
    Read the file of a root.

    :raises NotAFileOfRoots: it is none
    """
    facts = _read(content, ROOT)
    try:
        cost = int(facts["scrypt"]["n"])
        if not 1 < cost <= HIGHEST_COST:
            raise ValueError("a cost that would stop this machine")
        return RootFile(
            certificate=read_certificate(facts["certificate"].encode()),
            algorithm=Algorithm(facts["algorithm"]),
            people=int(facts["people"]),
            needed=int(facts["needed"]),
            sealed=bytes.fromhex(facts["sealed"]),
            wraps={str(group): bytes.fromhex(wrap) for group, wrap in facts["wraps"].items()},
            salt=bytes.fromhex(facts["scrypt"]["salt"]),
            cost=cost,
        )
    except _UNREADABLE as error:
        raise NotAFileOfRoots from error


def make_root(
    *,
    name: str,
    organisation: str,
    algorithm: Algorithm,
    at: datetime,
    until: datetime,
    passphrases: Sequence[str],
    needed: int,
) -> bytes:
    """
    Make a root that no node has ever held, and return its file.

    :param name: common name, e.g. "某市政务服务电子认证根 SM2-R2026"
    """
    key = algorithms.generate(algorithm)
    draft = authority_draft(
        subject=name_of(C="CN", O=organisation, CN=name),
        algorithm=algorithm,
        point=key.public.point,
        at=at,
        until=until,
    )
    der = make_certificate(draft, issuer=None, algorithm=algorithm, sign=key.sign)
    return pack_root(
        secret=key.secret(),
        algorithm=algorithm,
        certificate=read_certificate(der),
        passphrases=passphrases,
        needed=needed,
    )


def write_order(order: Order) -> bytes:
    """
    Write what a node asks its root to sign.
    """
    return _written(
        ORDER,
        algorithm=order.algorithm.value,
        root=order.root,
        request=request_pem(order.request),
        addresses={
            "crl": order.addresses.crl,
            "status": order.addresses.status,
            "issuer": order.addresses.issuer,
        },
        list_number=order.list_number,
        revoked={
            f"{serial:X}": [entry.at.isoformat(), entry.reason.value]
            for serial, entry in order.revoked.items()
        },
    )


def read_order(content: bytes) -> Order:
    """
    Read what a node asks its root to sign.

    :raises NotAFileOfRoots: it is none
    """
    facts = _read(content, ORDER)
    try:
        return Order(
            algorithm=Algorithm(facts["algorithm"]),
            root=str(facts["root"]),
            request=read_request(facts["request"].encode()).der,
            addresses=Addresses(**{name: str(url) for name, url in facts["addresses"].items()}),
            list_number=int(facts["list_number"]),
            revoked={
                int(serial, 16): Revocation(datetime.fromisoformat(at), RevocationReason(reason))
                for serial, (at, reason) in facts["revoked"].items()
            },
        )
    except _UNREADABLE as error:
        raise NotAFileOfRoots from error


def sign_order(
    order: Order,
    *,
    root: Certificate,
    key: PrivateKey,
    at: datetime,
    valid_for: timedelta,
    listed_for: timedelta,
) -> bytes:
    """
    Sign what a node asks for, and return the file to take back to it.

    :param valid_for: how long the authority is to issue, the root's own term at most
    :param listed_for: how long the list is to be believed
    :raises NotAFileOfRoots: the order is one to another root, or does not prove that the node has the key
    """
    asked = read_request(order.request)
    is_proven = asked.is_proven and asked.algorithm is order.algorithm and asked.public_key is not None
    if order.root != root.fingerprint or not is_proven or asked.public_key is None:
        raise NotAFileOfRoots
    draft = authority_draft(
        subject=asked.subject,
        algorithm=order.algorithm,
        point=asked.public_key.point,
        at=at,
        until=min(at + valid_for, root.not_after),
        addresses=order.addresses,
    )
    made = make_certificate(draft, issuer=root, algorithm=order.algorithm, sign=key.sign)
    listed = make_revocation_list(
        issuer=root,
        algorithm=order.algorithm,
        number=order.list_number,
        this_update=at,
        next_update=at + listed_for,
        entries=order.revoked,
        sign=key.sign,
    )
    return _written(ANSWER, certificate=pem(made), list=base64.b64encode(listed).decode())


def read_answer(content: bytes) -> RootAnswer:
    """
    Read what a root has signed; that it did is asked by whoever installs it.

    :raises NotAFileOfRoots: it is none
    """
    facts = _read(content, ANSWER)
    try:
        return RootAnswer(
            certificate=read_certificate(facts["certificate"].encode()).der,
            revocation_list=base64.b64decode(facts["list"], validate=True),
        )
    except _UNREADABLE as error:
        raise NotAFileOfRoots from error


_UNREADABLE: Final = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    NotACertificate,
    NotARequest,
)


def _stretched(passphrases: Sequence[str], *, salt: bytes, cost: int) -> bytes:
    joined = json.dumps(list(passphrases)).encode()
    return hashlib.scrypt(
        joined, salt=salt, n=cost, r=BLOCK, p=1, maxmem=256 * BLOCK * cost, dklen=sm4.KEY_BYTES
    )


def _written(kind: str, **facts: Any) -> bytes:
    return (json.dumps({"kind": kind, **facts}, ensure_ascii=False, indent=1) + "\n").encode()


def _read(content: bytes, kind: str) -> dict[str, Any]:
    try:
        found = json.loads(content) if len(content) <= LARGEST_FILE else None
    except ValueError as error:
        raise NotAFileOfRoots from error
    if not isinstance(found, dict) or found.get("kind") != kind:
        raise NotAFileOfRoots
    return found
