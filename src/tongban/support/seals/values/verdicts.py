"""
What is true of a file that somebody holds in his hand: one verdict, and each answer apart.

The answers are codes, the same in every language; the sentences are for people. Source: GB/T 38540-2020 clauses 6 and 7
(order of verification, standards.md 6.4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CheckedKind(TextChoices):
    """
    What kind of file it is.
    """

    OFD = "ofd", _("OFD 文件")
    PDF = "pdf", _("PDF 文件")
    SEAL = "seal", _("电子印章")
    SIGNATURE = "signature", _("电子签章数据")
    CERTIFICATE = "certificate", _("数字证书")
    UNKNOWN = "unknown", _("未知格式")


class FileVerdictKind(TextChoices):
    """
    核验结论.
    """

    VALID = "valid", _("签章有效，内容未被改动")
    CHANGED = "changed", _("签章后内容被改动")
    INVALID = "invalid", _("签章无效")
    UNSIGNED = "unsigned", _("文件没有签章")
    UNREADABLE = "unreadable", _("文件无法识别或已损坏")


class Integrity(TextChoices):
    """
    完整性: whether what the signature covers is as it was.
    """

    INTACT = "intact", _("签章所保护的内容没有被改动")
    CHANGED = "changed", _("签章所保护的内容被改动过")
    CHANGED_LATER = "changed_by_later_signature", _("签章所保护的内容被后来的签章改动过")
    WEAK = "weak_algorithm", _("内容的校验使用了已不安全的算法，不能证明内容没有被改动")
    UNCHECKED = "unchecked", _("内容的校验值缺失或无法识别，无法确认内容是否被改动")


class Mathematics(TextChoices):
    """
    签名: whether the signatures of who signed and of who made the seal are right, and of the keys they should be of.
    """

    VALID = "valid", _("签名正确")
    INVALID = "invalid", _("签名不正确，可能是伪造的")
    FOREIGN_SIGNER = "signer_not_of_seal", _("签名者不在印章允许的签章人名单内")
    WEAK = "weak_algorithm", _("签名使用了已不安全的算法或密钥，他人也可能伪造，不能证明是谁签的")
    UNSUPPORTED = "unsupported", _("签名使用了本平台不支持的算法，无法核验")
    NO_CERTIFICATE = "no_certificate", _("文件里没有签名者的证书，无法核验是谁签的名")
    MISSING = "missing", _("签名数据缺失或无法读取")


class Certificate(TextChoices):
    """
    证书: whether the certificate is of an issuer this node trusts, and held when the signature was made.
    """

    TRUSTED = "trusted", _("证书由受信任的机构签发，签章时有效")
    UNTRUSTED = "untrusted", _("本平台不认识证书的签发机构，请向签章单位核实")
    EXPIRED = "expired", _("签章时证书已经过期")
    NOT_YET = "not_yet_valid", _("签章时证书尚未生效")
    REVOKED = "revoked", _("签章时证书已被吊销")
    WEAK = "weak_algorithm", _("证书或其签发机构使用了已不安全的算法或密钥，不能证明签章者的身份")
    WRONG_USE = "wrong_use", _("证书不是为签章签发的，请向签章单位核实")
    INVALID = "invalid", _("证书不正确")


class Validity(TextChoices):
    """
    印章有效期: whether the seal's own term ran when the signature was made.
    """

    VALID = "valid", _("签章时印章在有效期内")
    EXPIRED = "expired", _("签章时印章已超过有效期")
    NOT_YET = "not_yet_valid", _("签章时印章尚未生效")
    UNKNOWN = "unknown", _("没有签章时间，无法判断印章当时是否在有效期内")
    NONE = "none", _("此签名不带印章")


class Standing(TextChoices):
    """
    印章状态: what the node that keeps the seal says of it now.
    """

    IN_USE = "in_use", _("印章正常使用")
    SUSPENDED = "suspended", _("印章已被冻结或挂失")
    EXPIRED = "expired", _("印章现已到期，签章时在有效期内的文件仍然有效")
    REPLACED = "replaced", _("印章现已换发，此前签章的文件仍然有效")
    DESTROYED = "destroyed", _("印章现已销毁，此前签章的文件仍然有效")
    UNRECORDED = "unrecorded", _("印章所属平台的用印记录中没有这次签章，可能是盗用")
    ALTERED = "altered", _("文件中的印章数据与印章所属平台登记的不一致")
    UNKNOWN = "unknown", _("印章不由本平台或有互认关系的平台管理，无法查询当前状态")


class TimeSource(TextChoices):
    """
    签章时间: how sure it is.
    """

    STAMPED = "stamped", _("签章时间由时间戳证明")
    STAMP_UNTRUSTED = "stamp_untrusted", _("签章时间由时间戳证明，但本平台不认识时间戳的签发机构")
    STATED = "stated", _("签章时间由签章方自行填写，没有可信时间戳")
    STAMP_WEAK = "stamp_weak", _("时间戳使用了已不安全的算法或密钥，签章时间未经证明")
    UNSUPPORTED = "stamp_unsupported", _("时间戳使用了本平台不支持的格式，签章时间未经证明")
    STAMP_WRONG = "stamp_invalid", _("时间戳不正确")
    MISSING = "missing", _("没有签章时间")


ANSWERS: Final = ("integrity", "signature", "certificate", "validity", "time", "seal_state")
"""In the order in which they are told."""
ASKED: Final = {
    CheckedKind.SEAL: ("signature", "certificate", "validity", "seal_state"),
    CheckedKind.SIGNATURE: ("signature", "certificate", "validity", "time", "seal_state"),
    CheckedKind.CERTIFICATE: ("certificate",),
}
"""What can be answered where there is no document; of documents, everything."""
TITLES: Final = {
    (CheckedKind.SEAL, FileVerdictKind.VALID): _("印章数据正确"),
    (CheckedKind.SEAL, FileVerdictKind.INVALID): _("印章无效"),
    (CheckedKind.SIGNATURE, FileVerdictKind.VALID): _("签章数据正确"),
    (CheckedKind.CERTIFICATE, FileVerdictKind.VALID): _("证书数据正确"),
    (CheckedKind.CERTIFICATE, FileVerdictKind.INVALID): _("证书无效"),
}
"""Where the general words would say something of a document that is not there."""
REWORDED: Final[dict[tuple[CheckedKind, str, str], Any]] = {
    (CheckedKind.CERTIFICATE, "certificate", Certificate.TRUSTED): _("证书由受信任的机构签发，现在有效"),
    (CheckedKind.CERTIFICATE, "certificate", Certificate.UNTRUSTED): _(
        "本平台不认识证书的签发机构，请向持有者核实"
    ),
    (CheckedKind.CERTIFICATE, "certificate", Certificate.EXPIRED): _("证书已经过期"),
    (CheckedKind.CERTIFICATE, "certificate", Certificate.NOT_YET): _("证书尚未生效"),
    (CheckedKind.CERTIFICATE, "certificate", Certificate.REVOKED): _("证书已被吊销"),
    (CheckedKind.CERTIFICATE, "certificate", Certificate.WEAK): _(
        "证书或其签发机构使用了已不安全的算法或密钥，不能证明持有者的身份"
    ),
    (CheckedKind.CERTIFICATE, "certificate", Certificate.WRONG_USE): _("证书不是为签名或签章签发的"),
    (CheckedKind.SEAL, "certificate", Certificate.TRUSTED): _(
        "制章者的证书由受信任的机构签发，制作印章时有效"
    ),
    (CheckedKind.SEAL, "certificate", Certificate.UNTRUSTED): _(
        "本平台不认识制章者证书的签发机构，请向印章所属单位核实"
    ),
    (CheckedKind.SEAL, "certificate", Certificate.EXPIRED): _("制作印章时，制章者的证书已经过期"),
    (CheckedKind.SEAL, "certificate", Certificate.NOT_YET): _("制作印章时，制章者的证书尚未生效"),
    (CheckedKind.SEAL, "certificate", Certificate.REVOKED): _("制作印章时，制章者的证书已被吊销"),
    (CheckedKind.SEAL, "certificate", Certificate.WEAK): _(
        "制章者的证书或其签发机构使用了已不安全的算法或密钥，不能证明印章由谁制作"
    ),
    (CheckedKind.SEAL, "certificate", Certificate.WRONG_USE): _("制章者的证书不是为制作印章签发的"),
    (CheckedKind.SEAL, "certificate", Certificate.INVALID): _("制章者的证书不正确"),
    (CheckedKind.SEAL, "signature", Mathematics.VALID): _("制章者的签名正确，印章数据没有被改动"),
    (CheckedKind.SEAL, "signature", Mathematics.INVALID): _("制章者的签名不正确，印章可能是伪造的"),
    (CheckedKind.SEAL, "signature", Mathematics.WEAK): _(
        "制章者的签名使用了已不安全的算法或密钥，印章可能是伪造的"
    ),
    (CheckedKind.SEAL, "validity", Validity.VALID): _("印章在有效期内"),
    (CheckedKind.SEAL, "validity", Validity.EXPIRED): _("印章已超过有效期"),
    (CheckedKind.SEAL, "validity", Validity.NOT_YET): _("印章尚未生效"),
}
"""Where nothing was signed, nothing is said of a moment of signing; by kind, name of the answer, and answer."""

GOOD: Final[frozenset[str]] = frozenset(
    {Integrity.INTACT.value, Mathematics.VALID.value, Validity.VALID.value, Validity.NONE.value}
)
UNPROVED: Final = frozenset({Integrity.WEAK, Integrity.UNCHECKED})
BREAKING_STANDINGS: Final = frozenset({Standing.UNRECORDED, Standing.ALTERED})
BREAKING_CERTIFICATES: Final = frozenset(
    {
        Certificate.EXPIRED,
        Certificate.NOT_YET,
        Certificate.REVOKED,
        Certificate.WEAK,
        Certificate.INVALID,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignatureVerdict:
    """
    What is true of one signature.
    """

    id: str
    integrity: Integrity
    signature: Mathematics
    certificate: Certificate
    validity: Validity
    seal_state: Standing
    time: TimeSource
    signed_at: datetime | None
    signer: str
    """Name in the certificate of who signed; empty: not readable."""
    seal_name: str
    changed_by: str = ""
    """Id of the later signature that changed what this one covers."""
    seal_code: str = ""

    @property
    def verdict(self) -> FileVerdictKind:
        """
        What this signature alone says of the file. Whether its issuer is trusted is told apart from it.
        """
        if self.signature is not Mathematics.VALID or self.integrity in UNPROVED:
            return FileVerdictKind.INVALID
        if self.certificate in BREAKING_CERTIFICATES or self.seal_state in BREAKING_STANDINGS:
            return FileVerdictKind.INVALID
        if self.validity.value not in GOOD or self.time is TimeSource.STAMP_WRONG:
            return FileVerdictKind.INVALID
        return FileVerdictKind.VALID if self.integrity is Integrity.INTACT else FileVerdictKind.CHANGED

    def answers(self, kind: CheckedKind) -> dict[str, str]:
        """
        Return what a citizen reads: a sentence for each answer that a file of this kind has, by the name of the answer.

        Sentences are in the language of the moment. Of a signature without a seal nothing is said of a seal's state.
        """
        asked = ASKED.get(kind, ANSWERS)
        if self.validity is Validity.NONE and self.seal_state is Standing.UNKNOWN:
            asked = tuple(name for name in asked if name != "seal_state")
        given = {name: getattr(self, name) for name in asked}
        return {
            name: str(REWORDED.get((kind, name, answer.value), answer.label))
            for name, answer in given.items()
        }

    def sentences(self, kind: CheckedKind) -> list[str]:
        """
        Return the sentences, and which signature changed what this one covers.
        """
        told = list(self.answers(kind).values())
        if self.changed_by:
            told.append(str(_("改动来自后来的签章 %(id)s")) % {"id": self.changed_by})
        return told

    def as_json(self) -> dict[str, Any]:
        """
        Return the answers as the open interface has them.
        """
        return {
            "id": self.id,
            "integrity": self.integrity.value,
            "signature": self.signature.value,
            "certificate": self.certificate.value,
            "validity": self.validity.value,
            "seal_state": self.seal_state.value,
            "signed_at": self.signed_at.isoformat() if self.signed_at else None,
            "signer": self.signer,
            "seal_name": self.seal_name,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class FileVerdict:
    """
    What is true of a file.
    """

    file: str
    """Name it came with."""
    kind: CheckedKind
    verdict: FileVerdictKind
    signatures: tuple[SignatureVerdict, ...] = ()
    uncovered: tuple[str, ...] = ()
    """Parts of the file that no signature covers; "*" stands for bytes outside its parts."""
    remarks: tuple[str, ...] = ()
    """Sentences about the file as a whole, in the language of the moment it was looked at."""

    @property
    def title(self) -> str:
        """
        Return the verdict in words that fit this kind of file, in the language of the moment.
        """
        return str(TITLES.get((self.kind, self.verdict), self.verdict.label))

    @property
    def explanation(self) -> str:
        """
        Return the whole in words, in the language of the moment.
        """
        lines = [self.title, *self.remarks]
        for signature in self.signatures:
            name = signature.seal_name or signature.signer or signature.id
            told = str(_("；")).join(signature.sentences(self.kind))
            lines.append(str(_("“%(name)s”：%(told)s")) % {"name": name, "told": told})
        if self.uncovered:
            lines.append(
                str(_("文件中有 %(count)s 处内容不受任何签章保护，请勿仅凭签章相信这些内容"))
                % {"count": len(self.uncovered)}
            )
        return _STOP.join(lines)

    def as_json(self) -> dict[str, Any]:
        """
        Return the verdict as the open interface and `tongban verify --json` have it.
        """
        return {
            "file": self.file,
            "kind": self.kind.value,
            "verdict": self.verdict.value,
            "signatures": [signature.as_json() for signature in self.signatures],
            "uncovered": list(self.uncovered),
            "explanation": self.explanation,
        }


_STOP: Final = "\n"


def overall(signatures: tuple[SignatureVerdict, ...]) -> FileVerdictKind:
    """
    Return the verdict on a file: the worst of what its signatures say.
    """
    if not signatures:
        return FileVerdictKind.UNSIGNED
    verdicts = {signature.verdict for signature in signatures}
    worst = (FileVerdictKind.INVALID, FileVerdictKind.CHANGED)
    return next((verdict for verdict in worst if verdict in verdicts), FileVerdictKind.VALID)
