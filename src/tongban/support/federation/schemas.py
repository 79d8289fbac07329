"""
Shapes of the API of one login.
"""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.support.federation.values import ClaimScope
from tongban.support.identity.values import AccountKind

Address = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Addresses = Annotated[list[Address], Field(max_length=20)]


class RelyingPartyIn(Schema):
    """
    A system whose people log in with their accounts here.
    """

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(
        description="For people, shown when they are asked to agree"
    )
    redirect_uris: Addresses = Field(description="Where people are led back to, compared sign by sign")
    post_logout_redirect_uris: Addresses = []
    backchannel_logout_uri: Annotated[str, StringConstraints(max_length=1000)] = Field(
        "", description="Where the end of a login is told from server to server"
    )
    scopes: Annotated[list[ClaimScope], Field(max_length=10)] = []
    account_kinds: Annotated[list[AccountKind], Field(min_length=1, max_length=2)] = [AccountKind.PERSON]
    sector: Annotated[str, StringConstraints(max_length=255)] = Field(
        "", description="Parties of one sector know a person by one subject; empty: their host"
    )
    client_type: Literal["confidential", "public"] = "confidential"


class RelyingPartyOut(Schema):
    """
    A relying party, as administrators see it.
    """

    client_id: str
    name: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    backchannel_logout_uri: str
    scopes: list[ClaimScope]
    account_kinds: list[AccountKind]
    is_public: bool
    sector: str
    old_secret_until: datetime | None = Field(description="Until when the secret before holds too")
    created_at: datetime
    disabled_at: datetime | None


class RelyingPartiesOut(Schema):
    """
    Every relying party, by id.
    """

    items: list[RelyingPartyOut]


class RelyingPartySecretIn(Schema):
    """
    How the secret is changed.
    """

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(
        0, ge=0, le=168, description="For how long the old secret holds too; 0: it ends now"
    )


class RelyingPartySecretOut(Schema):
    """
    The only time the secret is shown.
    """

    client_id: str
    client_secret: str = Field(description="Empty for a public one")
    issuer: str
