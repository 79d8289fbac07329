"""
Whether a certificate can be trusted: its chain up to an authority that somebody here decided to trust.

Our own, because the tools at hand get chains of SM2 wrong: OpenSSL 3.0 sets the signer's id for the last certificate
only, and `cryptography` knows no SM2 at all. Every fault is found and named, not only the first; mathematics
(`BAD_SIGNATURE`) is told apart from trust (`NOT_TRUSTED`, `ISSUER_UNKNOWN`).
Sources: GB/T 20518-2018, GM/T 0015-2012, RFC 5280 6.1.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice, pairwise
from typing import Final

from tongban.foundation.crypto.certificates import Certificate
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.revocation import Revocation, RevocationList

LONGEST_PATH: Final = 8
MOST_PATHS: Final = 16
MOST_IN_POOL: Final = 64
"""More certificates than these are not looked at: a file of a stranger must not cost more than its share."""


class ChainFault(StrEnum):
    """
    What is wrong with a certificate in its chain; stable codes.
    """

    MALFORMED = "MALFORMED"
    """An extension that is critical and not understood, there twice, or that cannot be read."""
    UNKNOWN_ALGORITHM = "UNKNOWN_ALGORITHM"
    """None that is verified here, so nothing can be said."""
    WEAK_ALGORITHM = "WEAK_ALGORITHM"
    """SHA-1, MD5, or RSA below 2048 bits: no longer secure, so its signature proves nothing."""
    BAD_SIGNATURE = "BAD_SIGNATURE"
    """Not signed by the issuer it names."""
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    NOT_AN_AUTHORITY = "NOT_AN_AUTHORITY"
    """It issued a certificate and may not: basic constraints, or its key usage."""
    PATH_TOO_LONG = "PATH_TOO_LONG"
    """More authorities below it than it allows."""
    WRONG_USAGE = "WRONG_USAGE"
    """Its key is for something else."""
    REVOKED = "REVOKED"
    REVOCATION_UNKNOWN = "REVOCATION_UNKNOWN"
    """No list of its issuer is at hand that is new enough."""
    NOT_REGISTERED = "NOT_REGISTERED"
    """Its issuer keeps a register, and it is not in it: somebody else had the issuer's key."""
    ISSUER_UNKNOWN = "ISSUER_UNKNOWN"
    """The certificate of its issuer is not at hand."""
    NOT_TRUSTED = "NOT_TRUSTED"
    """The chain ends at a root that nobody here trusts."""


FAULT_OF_PROOF: Final = {
    Proof.WRONG: ChainFault.BAD_SIGNATURE,
    Proof.WEAK: ChainFault.WEAK_ALGORITHM,
    Proof.UNKNOWN: ChainFault.UNKNOWN_ALGORITHM,
}


class Standing(StrEnum):
    """
    What whoever keeps the register of a certificate says of it.
    """

    GOOD = "GOOD"
    MISSING = "MISSING"
    """Its issuer's register is kept here, and it is not in it."""
    NOT_OURS = "NOT_OURS"
    """Its issuer keeps no register here; lists decide."""


Known = Callable[[Certificate], Revocation | Standing]
"""Asks a register at first hand, which is newer than any list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """
    One thing that is wrong.
    """

    fault: ChainFault
    subject: str
    """Of the certificate it is wrong with."""
    depth: int
    """0: the certificate itself; 1: its issuer, and so on."""
    revocation: Revocation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """
    What was found out about a certificate at a moment.
    """

    path: tuple[Certificate, ...]
    """From the certificate up, as far as issuers are known."""
    problems: tuple[ChainProblem, ...]
    anchor: Certificate | None
    """The authority at its end that is trusted; None: there is none."""
    later_revocation: Revocation | None
    """The certificate was revoked after the moment that was asked about."""

    @property
    def faults(self) -> frozenset[ChainFault]:
        """
        Return the kinds of what is wrong.
        """
        return frozenset(problem.fault for problem in self.problems)

    @property
    def is_good(self) -> bool:
        """
        Whether nothing is wrong; that revocation is not known is no fault of the certificate.
        """
        return self.faults <= {ChainFault.REVOCATION_UNKNOWN}

    @property
    def is_sound(self) -> bool:
        """
        Whether all signatures in it are right, whoever made them.
        """
        return not self.faults & {
            ChainFault.BAD_SIGNATURE,
            ChainFault.UNKNOWN_ALGORITHM,
            ChainFault.WEAK_ALGORITHM,
            ChainFault.MALFORMED,
        }

    @property
    def is_trusted(self) -> bool:
        """
        Whether it leads to an authority that is trusted here, by right signatures.
        """
        return self.anchor is not None and self.is_sound


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    pool: Sequence[Certificate]
    anchors: Collection[Certificate]
    trusted: frozenset[bytes]
    at: datetime
    lists: Sequence[RevocationList]
    known: Known
    usages: Collection[KeyUsage]
    purpose: str


def _nobody_knows(_certificate: Certificate) -> Standing:
    return Standing.NOT_OURS


def verify_chain(
    leaf: Certificate,
    *,
    anchors: Collection[Certificate],
    at: datetime,
    pool: Sequence[Certificate] = (),
    revocation_lists: Sequence[RevocationList] = (),
    known: Known = _nobody_knows,
    usages: Collection[KeyUsage] = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.NON_REPUDIATION),
    purpose: str = "",
) -> ChainReport:
    """
    Look for the best way from a certificate up to an anchor, and say all that is wrong with it.

    :param anchors: authorities that are trusted; they need not be roots
    :param at: the moment that is asked about, e.g. when something was signed
    :param pool: certificates that came along; they prove nothing by themselves
    :param revocation_lists: each counts only where its issuer signed it
    :param known: asks a register that is newer than the lists
    :param usages: the key must be for one of these; empty: anything
    :param purpose: extended key usage that it must be for; empty: any
    """
    question = _Question(
        pool=pool[:MOST_IN_POOL],
        anchors=anchors,
        trusted=frozenset(one.der for one in anchors),
        at=at,
        lists=revocation_lists,
        known=known,
        usages=usages,
        purpose=purpose,
    )
    best: ChainReport | None = None
    for path in islice(_paths((leaf,), question), MOST_PATHS):
        report = _judged(path, question)
        if not report.problems:
            return report
        if best is None or _badness(report) < _badness(best):
            best = report
    assert best is not None  # noqa: S101 -- the certificate alone is a path
    return best


def _badness(report: ChainReport) -> tuple[bool, bool, int, int]:
    return not report.is_sound, report.anchor is None, len(report.problems), -len(report.path)


def _paths(path: tuple[Certificate, ...], question: _Question) -> Iterator[tuple[Certificate, ...]]:
    last = path[-1]
    if last.der in question.trusted:
        yield path
        return
    is_continued = False
    if len(path) < LONGEST_PATH:
        for issuer in _issuers(last, path, question):
            is_continued = True
            yield from _paths((*path, issuer), question)
    if not is_continued:
        yield path


def _issuers(one: Certificate, path: tuple[Certificate, ...], question: _Question) -> Iterator[Certificate]:
    """
    Yield who may have issued a certificate: trusted ones first, and of those that came along each once.
    """
    passed = {certificate.der for certificate in path}
    for candidate in (*question.anchors, *question.pool):
        if candidate.der in passed or not candidate.subject.matches(one.issuer):
            continue
        ids = one.authority_key_id, candidate.subject_key_id
        if all(ids) and ids[0] != ids[1]:
            continue
        passed.add(candidate.der)
        yield candidate


def _judged(path: tuple[Certificate, ...], question: _Question) -> ChainReport:
    problems = [*_end_problems(path, question), *_leaf_problems(path[0], question)]
    for depth, certificate in enumerate(path):
        problems += [_problem(fault, path, depth) for fault in _own_faults(certificate, question)]
        if depth:
            problems += [_problem(fault, path, depth) for fault in _authority_faults(path, depth, question)]
    for depth, (certificate, issuer) in enumerate(pairwise(path)):
        problems += _signature_problems(certificate, issuer, path, depth)
    standings = {
        depth: _revocation(certificate, path[depth + 1 : depth + 2], question)
        for depth, certificate in enumerate(path)
        if certificate.der not in question.trusted
    }
    for depth, standing in standings.items():
        problems += _standing_problems(path, depth, standing, at=question.at)
    leaf = standings.get(0)
    return ChainReport(
        path=path,
        problems=tuple(problems),
        anchor=path[-1] if path[-1].der in question.trusted else None,
        later_revocation=leaf if isinstance(leaf, Revocation) and leaf.at > question.at else None,
    )


def _standing_problems(
    path: tuple[Certificate, ...], depth: int, standing: Revocation | Standing | None, *, at: datetime
) -> Iterator[ChainProblem]:
    if isinstance(standing, Revocation):
        if standing.at <= at:
            yield _problem(ChainFault.REVOKED, path, depth, revocation=standing)
    elif standing is Standing.MISSING:
        yield _problem(ChainFault.NOT_REGISTERED, path, depth)
    elif standing is None and not path[depth].is_self_issued:
        # A root stands in no list; that nobody trusts it is said already.
        yield _problem(ChainFault.REVOCATION_UNKNOWN, path, depth)


def _problem(
    fault: ChainFault, path: tuple[Certificate, ...], depth: int, *, revocation: Revocation | None = None
) -> ChainProblem:
    return ChainProblem(fault=fault, subject=str(path[depth].subject), depth=depth, revocation=revocation)


def _end_problems(path: tuple[Certificate, ...], question: _Question) -> Iterator[ChainProblem]:
    last, depth = path[-1], len(path) - 1
    if last.der in question.trusted:
        return
    if not last.is_self_issued:
        yield _problem(ChainFault.ISSUER_UNKNOWN, path, depth)
        return
    yield _problem(ChainFault.NOT_TRUSTED, path, depth)
    # Anybody can sign his own root, so that it did so weakly says nothing; its key does.
    yield from (
        problem
        for problem in _signature_problems(last, last, path, depth)
        if problem.fault is not ChainFault.WEAK_ALGORITHM
    )


def _signature_problems(
    certificate: Certificate, issuer: Certificate, path: tuple[Certificate, ...], depth: int
) -> Iterator[ChainProblem]:
    proof = issuer.proof_of(certificate.body)
    if proof is not Proof.RIGHT:
        yield _problem(FAULT_OF_PROOF[proof], path, depth)


def _leaf_problems(leaf: Certificate, question: _Question) -> Iterator[ChainProblem]:
    is_for_another_use = bool(
        question.usages and leaf.key_usages is not None and not leaf.key_usages & set(question.usages)
    )
    lacks_purpose = bool(question.purpose) and question.purpose not in (leaf.purposes or ())
    if is_for_another_use or lacks_purpose:
        yield _problem(ChainFault.WRONG_USAGE, (leaf,), 0)


def _own_faults(certificate: Certificate, question: _Question) -> Iterator[ChainFault]:
    if certificate.strange_extensions:
        yield ChainFault.MALFORMED
    if certificate.strength is Proof.WEAK:
        yield ChainFault.WEAK_ALGORITHM
    if question.at < certificate.not_before:
        yield ChainFault.NOT_YET_VALID
    if question.at > certificate.not_after:
        yield ChainFault.EXPIRED


def _authority_faults(path: tuple[Certificate, ...], depth: int, question: _Question) -> Iterator[ChainFault]:
    authority = path[depth]
    # Roots from before version 3 cannot say that they are authorities; that they are trusted says it for them.
    is_old_root = authority.version < 3 and authority.der in question.trusted  # noqa: PLR2004 - X.509 version
    may_sign = authority.key_usages is None or KeyUsage.CERT_SIGN in authority.key_usages
    if not (authority.is_authority or is_old_root) or not may_sign:
        yield ChainFault.NOT_AN_AUTHORITY
    between = sum(not one.is_self_issued for one in path[1:depth])
    if authority.path_length is not None and between > authority.path_length:
        yield ChainFault.PATH_TOO_LONG


def _revocation(
    certificate: Certificate, issuer: Sequence[Certificate], question: _Question
) -> Revocation | Standing | None:
    """
    Return what is known of a certificate's revocation; None: nothing, or nothing new enough.
    """
    told = question.known(certificate)
    if told is not Standing.NOT_OURS or not issuer:
        return told if told is not Standing.NOT_OURS else None
    lists = [one for one in question.lists if _is_of(one, issuer[0])]
    entries = [one.entries[certificate.serial] for one in lists if certificate.serial in one.entries]
    if entries:
        return min(entries, key=lambda entry: entry.at)
    return Standing.GOOD if any(one.answers_for(question.at) for one in lists) else None


def _is_of(found: RevocationList, issuer: Certificate) -> bool:
    may_sign = issuer.key_usages is None or KeyUsage.CRL_SIGN in issuer.key_usages
    is_named = found.issuer.matches(issuer.subject) and not found.strange_extensions
    return may_sign and is_named and found.is_signed_by(issuer)
