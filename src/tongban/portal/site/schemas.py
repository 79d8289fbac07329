"""
Shapes of the API of the site.
"""

from datetime import datetime

from ninja import Field, Schema

from tongban.support.seals.values import (
    Certificate,
    CheckedKind,
    FileVerdictKind,
    Integrity,
    Mathematics,
    Standing,
    Validity,
)


class SignatureVerdictOut(Schema):
    """
    一个签章的核验结果: each answer apart; whether the issuer is trusted says nothing of the mathematics.
    """

    id: str = Field(description="As the file names it")
    integrity: Integrity = Field(description="Whether what it covers is as it was")
    signature: Mathematics = Field(description="Whether the signatures are right")
    certificate: Certificate = Field(
        description="Whether its issuer is trusted here, and it held at the time"
    )
    validity: Validity = Field(description="Whether the term of the seal ran at the time")
    seal_state: Standing = Field(description="What the node that keeps the seal says of it now")
    signed_at: datetime | None
    signer: str = Field(description="Name in the certificate; empty: not readable")
    seal_name: str


class FileVerdictOut(Schema):
    """
    一份文件的核验结果.
    """

    file: str = Field(description="Name it came with")
    kind: CheckedKind
    verdict: FileVerdictKind
    signatures: list[SignatureVerdictOut]
    uncovered: list[str] = Field(
        description="Parts no signature covers; * stands for bytes outside the parts"
    )
    explanation: str = Field(description="In words, in the language of the request")
