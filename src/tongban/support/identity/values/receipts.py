"""
What services of identity return.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tongban.support.identity.values.agreements import ConsentWay
from tongban.support.identity.values.words import AccountKind


@dataclass(frozen=True, kw_only=True, slots=True)
class MobileProof:
    """
    A mobile was shown to be in the hands of whoever asks.
    """

    id: UUID
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeReceipt:
    """
    A code is on its way.
    """

    mobile_masked: str
    expires_at: datetime
    next_at: datetime
    """From when another code may be asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrationReceipt:
    """
    A person has an account.
    """

    person_id: UUID
    account_id: UUID
    name_masked: str
    assurance_level: int
    not_checked: tuple[str, ...] = ()
    """Means of proof that could not be looked at now; the person can finish them later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonReceipt:
    """
    A person is known to this node, with or without an account.
    """

    person_id: UUID
    name_masked: str
    assurance_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantReceipt:
    """
    A person was proved to be who he is.
    """

    person_id: UUID
    means: str
    assurance_level: int
    """Of the person, now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificationReceipt:
    """
    窗口核验凭证: a person was seen with the card in hand; the only time the first password is ever shown.
    """

    person_id: UUID
    name_masked: str
    login_masked: str
    """The ID number, by which the person logs in."""
    initial_password: str
    """Empty: the account existed, and its password was left alone."""
    assurance_level: int
    agreement_version: str
    way: ConsentWay
    certified_at: datetime

    def __repr__(self) -> str:
        return f"CertificationReceipt(person_id={self.person_id!r}, …)"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReceipt:
    """
    二次认证: a person was checked anew in this session.
    """

    checked_level: int
    checked_at: datetime
    assurance_level: int
    """Of the person, now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureReceipt:
    """
    A look at a face was opened.
    """

    capture: str
    """To be given back by the same person."""
    token: str
    """What the app on the phone is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChallengeReceipt:
    """
    A text was made for a person to sign.
    """

    challenge: str
    """To be given back with the signature, by the same person."""
    text: str
    """What is signed, in UTF-8."""
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedText:
    """
    What a tool that signs gives back.
    """

    certificate: str
    """X.509, as PEM or as Base64 of DER."""
    signature: str
    """Base64."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffReceipt:
    """
    A member of staff has an account.
    """

    account_id: UUID
    login_name: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginReceipt:
    """
    Somebody proved to be who he says; nothing is open yet.
    """

    account_id: UUID
    kind: AccountKind
    name: str
    """Masked for a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInReceipt:
    """
    A browser session was opened.
    """

    sign_in_id: UUID
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenReceipt:
    """
    An access token; the only time it is ever shown.
    """

    token: str
    expires_at: datetime
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientReceipt:
    """
    A machine client; the only time its secret is ever shown.
    """

    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoAccounts:
    """
    What `load_demo_accounts` did.
    """

    staff_created: int
    persons_created: int
