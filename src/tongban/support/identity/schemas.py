"""
Shapes of the identity API.
"""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.support.identity.values import AccountKind, CodePurpose

Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Strict(Schema):
    """
    A request that may hold nothing but what is named.
    """

    model_config = ConfigDict(extra="forbid")


class ClientCredentialsIn(Strict):
    """
    客户端凭据, RFC 6749 section 4.4.
    """

    grant_type: Literal["client_credentials"] = "client_credentials"
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    client_secret: Secret
    scope: Annotated[str, StringConstraints(max_length=500)] = Field(
        "", description="Scopes wanted, separated by blanks; empty: all the client has"
    )


class TokenForm(Schema):
    """
    The same as a form; what is not named here is passed over (RFC 6749 section 3.2).
    """

    grant_type: Literal["client_credentials"]
    client_id: Annotated[str, StringConstraints(max_length=64)] = Field(
        "", description="Here, or by HTTP Basic (RFC 6749 section 2.3.1)"
    )
    client_secret: Annotated[str, StringConstraints(max_length=256)] = ""
    scope: Annotated[str, StringConstraints(max_length=500)] = ""


class TokenOut(Schema):
    """
    访问令牌, RFC 6749 section 5.1. The only time the token is shown.
    """

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds")
    scope: str = Field(description="Scopes the token carries, separated by blanks")


class OAuthErrorOut(Schema):
    """
    Why a form got no token, RFC 6749 section 5.2.
    """

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    error_description: str = Field(description="For developers, in ASCII")


class SessionIn(Strict):
    """
    登录.
    """

    login: Short = Field(description="Login name, ID number or mobile")
    password: Secret
    kind: AccountKind = Field(AccountKind.PERSON, description="Which door: PERSON or STAFF")
    code: Annotated[str, StringConstraints(max_length=32)] = Field(
        "", description="Of the second factor, where the account has one: of the app, or a recovery code"
    )
    mandate_id: UUID | None = Field(
        None,
        description="Act in the name of this mandate's grantor; null: in one's own. 404 when not in force",
    )


class CodeIn(Strict):
    """
    获取验证码.
    """

    mobile: Short
    purpose: Literal[CodePurpose.REGISTER, CodePurpose.RESET_PASSWORD] = CodePurpose.REGISTER


class CodeOut(Schema):
    """
    验证码已发送.
    """

    mobile_masked: str
    expires_at: datetime
    next_at: datetime = Field(description="From when another code may be asked for")


class CodeCheckIn(CodeIn):
    """
    核对验证码.
    """

    code: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class ProofOut(Schema):
    """
    手机验证凭证: used up by what it was given for.
    """

    id: UUID
    expires_at: datetime


class PersonIn(Strict):
    """
    自然人注册.
    """

    id_number: Short = Field(
        description="Of a resident identity card or a residence permit (GB 11643), of a permanent-residence card, "
        "or of a travel permit of Hong Kong, Macao or Taiwan residents"
    )
    name: Short
    born_on: date | None = Field(
        None, description="Needed with a travel permit, whose number does not say it"
    )
    mobile: Short
    proof: UUID = Field(description="Answer of POST /codes/verification for purpose REGISTER")
    password: Secret
    means_code: Annotated[str, StringConstraints(max_length=32)] = Field(
        "", description="One more content: SOCIAL_SECURITY_CARD, BANK_CARD, PROVIDENT_FUND or DRIVING_LICENCE"
    )
    value: Annotated[str, StringConstraints(max_length=32)] = Field(
        "", description="Its number; kept nowhere"
    )


class PersonOut(Schema):
    """
    注册结果.
    """

    person_id: UUID
    account_id: UUID
    name_masked: str
    assurance_level: int = Field(description="实名等级, 0 to 4")
    not_checked: list[str] = Field(
        description="Means whose authority did not answer; finish them by POST /me/proofs"
    )


class MeOut(Schema):
    """
    当前身份: who the token speaks for; personal data masked.
    """

    kind: str = Field(description="PERSON, STAFF or CLIENT")
    id: str = Field(description="Account id, or id of the client")
    name: str
    person_id: UUID | None
    login_name: str | None
    id_number_masked: str | None
    mobile_masked: str | None
    assurance_level: int
    agency_code: str | None
    division_code: str | None
    posts: list[str]
    roles: list[str]
    scopes: list[str]
    last_login_at: datetime | None


class ResetIn(Strict):
    """
    重置密码.
    """

    id_number: Short
    mobile: Short
    code: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(
        description="Sent to the mobile for RESET_PASSWORD"
    )
    new_password: Secret


class PasswordIn(Strict):
    """
    修改密码.
    """

    password: Secret = Field(description="The present one")
    new_password: Secret


class MeansOut(Schema):
    """
    证明方式 that would raise the level, or make it last longer.
    """

    code: str
    title: str = Field(description="In the language of the request")
    explanation: str
    level: int
    field: str = Field(description="What `value` must be; empty: number and name say it all")


class HeldProofOut(Schema):
    """
    A proof that holds.
    """

    means: str
    title: str
    level: int
    granted_at: datetime
    expires_at: datetime | None = Field(description="null: for good")


class AssuranceOut(Schema):
    """
    实名等级: the level, what stands behind it, and what raises it.
    """

    level: int = Field(description="0 to 4, as user_real_lvl of the national exchange")
    label: str
    expires_at: datetime | None = Field(
        description="When it falls unless something is proved again; null: never"
    )
    proofs: list[HeldProofOut]
    ways: list[MeansOut]
    schemes: dict[str, str] = Field(
        description="The same level in other schemes: code of the scheme -> its step"
    )


class ProveIn(Strict):
    """
    A fact about oneself that an authority shall confirm.
    """

    means: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    value: Annotated[str, StringConstraints(max_length=32)] = Field(
        "", description="Number of the card, account or file; kept nowhere"
    )


class GrantOut(Schema):
    """
    What was proved, and the level after it.
    """

    person_id: UUID
    means: str
    assurance_level: int


class CheckIn(Strict):
    """
    二次认证: the code that was sent to one's own mobile, a face check that was begun, or a text that was signed.
    """

    code: Annotated[str, StringConstraints(max_length=20)] = ""
    capture: Annotated[str, StringConstraints(max_length=1024)] = ""
    challenge: Annotated[str, StringConstraints(max_length=2048)] = Field(
        "", description="Of POST /me/checks/certificates; with `certificate` and `signature`"
    )
    certificate: Annotated[str, StringConstraints(max_length=8192)] = Field(
        "", description="X.509, as PEM or as Base64 of DER"
    )
    signature: Annotated[str, StringConstraints(max_length=1024)] = Field(
        "", description="Over `text` in UTF-8, Base64"
    )


class CheckOut(Schema):
    """
    The fresh check; it serves this token for a while.
    """

    checked_level: int
    checked_at: datetime
    assurance_level: int


class CaptureOut(Schema):
    """
    A look at one's face, to be finished on the phone.
    """

    capture: str = Field(description="To be sent to POST /me/checks afterwards")
    token: str = Field(description="What the app on the phone is told")


class ChallengeOut(Schema):
    """
    A text to be signed with the key of one's own certificate.
    """

    challenge: str = Field(description="To be sent to POST /me/checks with the signature")
    text: str = Field(description="What is signed, in UTF-8")
    expires_at: datetime


class CounterPersonIn(Strict):
    """
    窗口登记: the person before the clerk.
    """

    id_number: Short
    name: Short
    born_on: date | None = Field(
        None, description="Needed with a travel permit, whose number does not say it"
    )
    mobile: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Where messages about the case go; empty for somebody who has none"
    )


class CounterPersonOut(Schema):
    """
    窗口登记结果.
    """

    person_id: UUID
    name_masked: str
    assurance_level: int


class SystemOut(Schema):
    """
    系统账号, as system administrators see it.
    """

    client_id: str
    name: str
    scopes: list[str]
    agency_code: str
    division_code: str
    created_at: datetime
    expires_at: datetime | None = Field(description="null: until revoked")
    revoked_at: datetime | None
    networks: list[str] = Field(description="Networks it may come from, CIDR; empty: any")
    secret_since: datetime
    old_secret_until: datetime | None = Field(description="Until when the secret before holds too")
    last_used_at: datetime | None = Field(description="When it was last given a token")
    responsible_code: str = Field(description="Staff code of the colleague who answers for it; empty: nobody")
    responsible_name: str
    should_rotate: bool = Field(description="The secret is older than the one who answers for it")


class SystemList(Schema):
    """
    Every system that was ever let in.
    """

    items: list[SystemOut]


class SecretIn(Strict):
    """
    更换密钥.
    """

    overlap_hours: int = Field(
        24, ge=0, le=720, description="For how long the old secret holds too; 0: it ends now"
    )


class SecretOut(Schema):
    """
    新密钥: shown once.
    """

    client_id: str
    client_secret: str


class SystemOwnerIn(Strict):
    """
    系统责任人.
    """

    responsible: Short = Field(description="Staff code of somebody who works for the system's agency")


class SystemLimitsIn(Strict):
    """
    允许的网络与期限.
    """

    networks: list[Short] = Field(max_length=50, description="Addresses or CIDR; empty: from anywhere")
    expires_at: datetime | None = Field(None, description="null: until revoked")
