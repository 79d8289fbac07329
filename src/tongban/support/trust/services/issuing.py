"""
Certificates: issued by this node, or requested from an outside authority and installed; renewed.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.crypto import issuing, names
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import (
    Certificate,
    NotACertificate,
    read_certificate,
    read_certificates,
)
from tongban.foundation.crypto.chains import verify_chain
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, Text
from tongban.support.identity.services import require_second_factor
from tongban.support.trust import permissions
from tongban.support.trust.models import Authority, IssuedCertificate, SigningKey
from tongban.support.trust.selectors.material import material
from tongban.support.trust.selectors.reading import receipt
from tongban.support.trust.services.keeping import KeyUnusable, make_key, signing_by
from tongban.support.trust.services.making import Subject, issue_by, leaf_draft
from tongban.support.trust.values import (
    VALID_FOR,
    AuthorityRole,
    CertificateProfile,
    CertificateReceipt,
    RequestReceipt,
)

LONGEST_NAME: Final = 64
"""Upper bound of names in certificates; RFC 5280 appendix A.1."""
CODE_LENGTH: Final = 18


class NoAuthority(Conflict):
    """
    There is no authority here that can issue: the node is being set up, or its authorities are at their end.
    """

    code = "no_authority"
    message = _("本平台的电子认证机构尚未设立或已到期")


class NotOurCertificate(Conflict):
    """
    An outside authority issued it, so this node neither renews nor revokes it.
    """

    code = "not_our_certificate"
    message = _("该证书由外部机构签发，请向其办理")


class CertificateEnded(Conflict):
    """
    The certificate was revoked, so it is not renewed.
    """

    code = "certificate_ended"
    message = _("证书已吊销，不能续期")


@business_transaction
def issue_certificate(
    *,
    name: str,
    organisation: str,
    profile: CertificateProfile,
    bearer: str,
    actor: Actor,
    at: datetime,
    organisation_code: str = "",
    algorithm: Algorithm = Algorithm.SM2,
    valid_until: datetime | None = None,
    request: bytes | None = None,
) -> CertificateReceipt:
    """
    Issue a certificate, for a new key of this node or for the key of a request.

    :param name: common name, 64 characters at most
    :param bearer: what will use it here, e.g. "seal:<id>"
    :param valid_until: None: the term of its profile; never longer than its issuer is valid
    :param request: PKCS#10 of a key that somebody else keeps; the names in it do not count
    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: a name is missing or too long, the term is over, or the request is none
    :raises NoAuthority: no authority can issue
    :raises KeyStoreFailed: the key store does not answer
    """
    permissions.issue.require(actor)
    require_second_factor(actor, at=at)
    return issue_within(
        name=name,
        organisation=organisation,
        organisation_code=organisation_code,
        profile=profile,
        algorithm=algorithm,
        bearer=bearer,
        valid_until=valid_until,
        request=request,
        actor=actor,
        at=at,
    )


def issue_within(
    *,
    name: str,
    organisation: str,
    profile: CertificateProfile,
    bearer: str,
    actor: Actor,
    at: datetime,
    organisation_code: str = "",
    algorithm: Algorithm = Algorithm.SM2,
    valid_until: datetime | None = None,
    request: bytes | None = None,
) -> CertificateReceipt:
    """
    Issue a certificate as part of another service, which has made sure that the actor may; see `issue_certificate`.

    :raises RuntimeError: no transaction is open
    """
    require_transaction()
    _require_names(name=name, organisation=organisation, organisation_code=organisation_code)
    authority = _authority(algorithm, at=at)
    until = min(valid_until or at + VALID_FOR[profile], authority.not_after)
    if until <= at:
        raise InvalidInput(fields={"valid_until": _("有效期截止须晚于现在")})
    key = None
    if request is None:
        key = make_key(algorithm=algorithm, label=f"{profile.value} {name}", actor=actor, at=at)
        point = bytes(key.point)
    else:
        point = _requested(request, algorithm)
    subject = Subject(
        name=name,
        organisation=organisation,
        organisation_code=organisation_code,
        is_demonstration=authority.is_demonstration,
    )
    draft = leaf_draft(
        subject=subject.as_name(),
        profile=profile,
        algorithm=algorithm,
        point=point,
        authority=authority,
        not_before=at,
        not_after=until,
    )
    row = IssuedCertificate(
        authority=authority,
        key=key,
        profile=profile.value,
        algorithm=algorithm.value,
        name=name,
        organisation=organisation,
        organisation_code=organisation_code,
        bearer=bearer,
    )
    made = issue_by(authority, draft, key=authority.key, at=at)
    _save(row, made, actor=actor, at=at)
    audit.record(action="trust.certificate.issue", actor=actor, subject=row.serial, at=at, **_facts(row))
    return receipt(row)


@business_transaction
def renew_certificate(*, certificate_id: UUID, actor: Actor, at: datetime) -> CertificateReceipt:
    """
    Issue a certificate for the same name and key once more, for a new term from now on. The old one stays valid.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such certificate
    :raises NotOurCertificate: an outside authority issued it
    :raises CertificateEnded: it was revoked
    :raises KeyUnusable: its key was destroyed
    :raises NoAuthority: no authority can issue
    """
    permissions.issue.require(actor)
    require_second_factor(actor, at=at)
    return renew_within(certificate_id=certificate_id, actor=actor, at=at)


def renew_within(*, certificate_id: UUID, actor: Actor, at: datetime) -> CertificateReceipt:
    """
    Renew as part of another service, which has made sure that the actor may; see `renew_certificate`.

    :raises RuntimeError: no transaction is open
    """
    require_transaction()
    old = IssuedCertificate.objects.locked().select_related("key").filter(id=certificate_id).first()
    if old is None:
        raise NotFound(certificate_id=str(certificate_id))
    if old.authority_id is None:
        raise NotOurCertificate(serial=old.serial)
    if old.revoked_at is not None:
        raise CertificateEnded(serial=old.serial)
    if old.key is not None and old.key.destroyed_at is not None:
        raise KeyUnusable(key_id=str(old.key_id))
    algorithm, profile = Algorithm(old.algorithm), CertificateProfile(old.profile)
    authority, before = _authority(algorithm, at=at), read_certificate(bytes(old.der))
    if before.public_key is None:
        raise KeyUnusable(key_id=str(old.key_id))
    draft = leaf_draft(
        subject=before.subject,
        profile=profile,
        algorithm=algorithm,
        point=before.public_key.point,
        authority=authority,
        not_before=at,
        not_after=min(at + VALID_FOR[profile], authority.not_after),
    )
    row = IssuedCertificate(
        authority=authority,
        key=old.key,
        profile=old.profile,
        algorithm=old.algorithm,
        name=old.name,
        organisation=old.organisation,
        organisation_code=old.organisation_code,
        bearer=old.bearer,
        renews=old,
    )
    made = issue_by(authority, draft, key=authority.key, at=at)
    _save(row, made, actor=actor, at=at)
    audit.record(
        action="trust.certificate.renew",
        actor=actor,
        subject=row.serial,
        at=at,
        renews=old.serial,
        **_facts(row),
    )
    return receipt(row)


@business_transaction
def request_certificate(
    *,
    name: str,
    organisation: str,
    actor: Actor,
    at: datetime,
    organisation_code: str = "",
    algorithm: Algorithm = Algorithm.SM2,
) -> RequestReceipt:
    """
    Make a key, and a request for a certificate of it that an outside authority (电子认证服务机构) is to issue.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: a name is missing or too long
    :raises KeyStoreFailed: the key store does not answer
    """
    permissions.issue.require(actor)
    require_second_factor(actor, at=at)
    _require_names(name=name, organisation=organisation, organisation_code=organisation_code)
    key = make_key(algorithm=algorithm, label=f"REQUEST {name}", actor=actor, at=at)
    subject = names.name_of(C="CN", O=organisation, ORGANIZATIONIDENTIFIER=organisation_code, CN=name)
    request = issuing.make_request(
        subject=subject, algorithm=algorithm, point=bytes(key.point), sign=signing_by(key, at=at)
    )
    audit.record(
        action="trust.certificate.request",
        actor=actor,
        subject=str(key.id),
        at=at,
        name=name,
        organisation=organisation,
    )
    return RequestReceipt(key_id=key.id, request=request)


@business_transaction
def install_certificate(
    *, content: bytes, profile: CertificateProfile, bearer: str, actor: Actor, at: datetime
) -> CertificateReceipt:
    """
    Install what an outside authority issued for a key of this node.

    :param content: the certificate, with those above it: PEM of several, or a PKCS#7 bundle
    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: none of them is of a key of this node, or it does not lead to a trusted authority
    :raises KeyUnusable: the key was destroyed
    """
    permissions.issue.require(actor)
    require_second_factor(actor, at=at)
    leaf, others, key = _ours_among(_read_all(content))
    if key.destroyed_at is not None:
        raise KeyUnusable(key_id=str(key.id))
    if IssuedCertificate.objects.filter(fingerprint=leaf.fingerprint).exists():
        raise _refused(_("该证书已经安装"))
    known = material()
    report = verify_chain(
        leaf, anchors=known.anchors, pool=others, at=at, usages=(KeyUsage.DIGITAL_SIGNATURE,)
    )
    if not report.is_good:
        raise _refused(_("证书链不完整、不受信任或不在有效期内，请先信任其签发机构"))
    row = IssuedCertificate(
        key=key,
        profile=profile.value,
        algorithm=key.algorithm,
        name=leaf.subject.common_name[:200],
        organisation=leaf.subject.organisation[:200],
        bearer=bearer,
        chain=b"".join(one.der for one in report.path[1:]),
    )
    _save(row, leaf, actor=actor, at=at)
    audit.record(action="trust.certificate.install", actor=actor, subject=row.serial, at=at, **_facts(row))
    return receipt(row)


def _save(row: IssuedCertificate, made: Certificate, *, actor: Actor, at: datetime) -> None:
    row.serial, row.fingerprint, row.der = made.serial_text, made.fingerprint, made.der
    row.not_before, row.not_after = made.not_before, made.not_after
    row.issued_at, row.issued_by = at, actor.id[:64]
    row.save(force_insert=True)


def _facts(row: IssuedCertificate) -> dict[str, Any]:
    return {
        "profile": row.profile,
        "name": row.name,
        "organisation": row.organisation,
        "bearer": row.bearer,
        "fingerprint": row.fingerprint,
    }


def _authority(algorithm: Algorithm, *, at: datetime) -> Authority:
    found = (
        Authority.objects.select_related("key", "parent")
        .filter(
            role=AuthorityRole.ISSUING,
            algorithm=algorithm.value,
            revoked_at__isnull=True,
            not_before__lte=at,
            not_after__gt=at,
        )
        .order_by("-not_before")
        .first()
    )
    if found is None:
        raise NoAuthority(algorithm=algorithm.value)
    return found


def _require_names(*, name: str, organisation: str, organisation_code: str) -> None:
    wrong: dict[str, Text] = {}
    for field, value in (("name", name), ("organisation", organisation)):
        if not 0 < len(value.strip()) <= LONGEST_NAME or "\0" in value:
            wrong[field] = _("请填写，不超过 64 个字")
    if organisation_code and (len(organisation_code) != CODE_LENGTH or not organisation_code.isascii()):
        wrong["organisation_code"] = _("统一社会信用代码为 18 位")
    if wrong:
        raise InvalidInput(fields=wrong)


def _requested(request: bytes, algorithm: Algorithm) -> bytes:
    try:
        asked = issuing.read_request(request)
    except issuing.NotARequest as error:
        raise InvalidInput(fields={"request": _("不是证书请求文件（PKCS#10）")}) from error
    if asked.algorithm is not algorithm or asked.public_key is None:
        raise InvalidInput(fields={"request": _("证书请求中的密钥不是所选的算法")})
    if not asked.is_proven:
        raise InvalidInput(fields={"request": _("证书请求的签名不正确，不能证明持有私钥")})
    return asked.public_key.point


def _refused(text: Text) -> InvalidInput:
    return InvalidInput(fields={"content": text})


def _read_all(content: bytes) -> tuple[Certificate, ...]:
    try:
        return read_certificates(content)
    except NotACertificate as error:
        raise _refused(_("不是证书文件（PEM、DER 或 P7B）")) from error


def _ours_among(
    found: tuple[Certificate, ...],
) -> tuple[Certificate, tuple[Certificate, ...], SigningKey]:
    """
    Return the certificate that is of a key of this node, the others, and the key.
    """
    points = {one.public_key.point: one for one in found if one.public_key is not None}
    key = SigningKey.objects.select_for_update(no_key=True).filter(point__in=points).first()
    if key is None:
        raise _refused(_("文件中没有本平台密钥的证书"))
    leaf = points[bytes(key.point)]
    return leaf, tuple(one for one in found if one is not leaf), key
