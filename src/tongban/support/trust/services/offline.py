"""
Roots that people keep: taken out of the node, or made where no node was; what they sign is brought in and out as files.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import Certificate, read_certificate
from tongban.foundation.crypto.chains import verify_chain
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.issuing import make_request
from tongban.foundation.crypto.revocation import (
    NotARevocationList,
    RevocationList,
    read_revocation_list,
)
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, Text
from tongban.support.trust import permissions, ports
from tongban.support.trust.models import Authority, SealedKey, SigningKey
from tongban.support.trust.ports import OFFLINE, SEALED
from tongban.support.trust.rules import offline
from tongban.support.trust.rules.offline import NotAFileOfRoots, Order, WrongPassphrase
from tongban.support.trust.services.authorities import keep_authority, subject_of, title_of
from tongban.support.trust.services.keeping import make_key, signing_by
from tongban.support.trust.services.making import addresses
from tongban.support.trust.services.publishing import (
    hold_trust,
    keep_list,
    next_number,
    publish_list,
    revoked_by,
)
from tongban.support.trust.values import OFFLINE_LISTS_VALID_FOR, AuthorityRole


class NoRootHere(Conflict):
    """
    The node does not hold the key of a root: people keep it already, a cryptographic device does, or there is none.
    """

    code = "no_root_here"
    message = _("本平台数据库中没有该根密钥：已离线保管、由签名设备保管或尚未设立")


class NoOfflineRoot(Conflict):
    """
    No root of this algorithm is kept by people.
    """

    code = "no_offline_root"
    message = _("没有离线保管的根证书，请先导出或接收")


@business_transaction
def export_root(
    *, algorithm: Algorithm, passphrases: Sequence[str], needed: int, actor: Actor, at: datetime
) -> bytes:
    """
    Return the newest root of the node as a file under passphrases. The node keeps it until `detach_root`.

    :param passphrases: one for each person, 12 characters at least
    :param needed: how many of these people open it together
    :raises NotPermitted: somebody else than the node itself asks
    :raises NoRootHere: the node does not hold its key
    :raises InvalidInput: too many people, or a passphrase that is too short
    """
    permissions.establish.require(actor)
    root = _own_root(algorithm, at=at)
    secret = bytes.fromhex(SealedKey.objects.get(id=root.key.handle).secret)
    try:
        packed = offline.pack_root(
            secret=secret,
            algorithm=algorithm,
            certificate=read_certificate(bytes(root.der)),
            passphrases=passphrases,
            needed=needed,
        )
    except ValueError as error:
        raise InvalidInput(fields={"passphrase": _("口令至少 12 个字符，保管人至多 5 人")}) from error
    audit.record(
        action="trust.root.export",
        actor=actor,
        subject=root.serial,
        at=at,
        people=len(passphrases),
        needed=needed,
    )
    return packed


@business_transaction
def detach_root(
    *,
    content: bytes,
    passphrases: Mapping[int, str],
    actor: Actor,
    at: datetime,
) -> str:
    """
    Remove the key of a root from the node for good, once its file was opened; return the root's name.

    A list that is believed for 400 days is published before, as the node cannot sign another.

    :param content: the file, of `export_root`
    :param passphrases: of people, counted from 0
    :raises NotPermitted: somebody else than the node itself asks
    :raises NoRootHere: the node does not hold its key
    :raises InvalidInput: the file is none, is of another root, or does not open
    """
    permissions.establish.require(actor)
    try:
        found = offline.read_root(content)
        found.opened(passphrases)
    except NotAFileOfRoots as error:
        raise _refused(_("不是根密钥文件，或文件已损坏")) from error
    except WrongPassphrase as error:
        raise _refused(_("口令不正确或人数不足")) from error
    hold_trust()
    root = _own_root(found.algorithm, at=at, fingerprint=found.certificate.fingerprint)
    publish_list(authority_id=root.id, actor=actor, at=at, valid_for=OFFLINE_LISTS_VALID_FOR)
    ports.key_store(SEALED).destroy(handle=root.key.handle, at=at)
    root.key.store = OFFLINE
    root.key.save(update_fields=["store"])
    audit.record(action="trust.root.detach", actor=actor, subject=root.serial, at=at, authority=root.name)
    return root.name


@business_transaction
def adopt_root(*, content: bytes, actor: Actor, at: datetime) -> str:
    """
    Take over the certificate of a root that was made where no node was; return its name.

    :param content: its file, or the file without what is sealed in it: the secret is not looked at
    :raises NotPermitted: somebody else than the node itself asks
    :raises InvalidInput: it is no root, not valid now, or known already
    """
    permissions.establish.require(actor)
    hold_trust()
    try:
        found = offline.read_root(content)
    except NotAFileOfRoots as error:
        raise _refused(_("不是根密钥文件，或文件已损坏")) from error
    certificate = found.certificate
    is_root = certificate.is_authority and certificate.is_signed_by(certificate)
    if not is_root or not certificate.is_within_validity(at):
        raise _refused(_("不是有效的根证书"))
    if Authority.objects.filter(fingerprint=certificate.fingerprint).exists():
        raise _refused(_("该根证书已经接收"))
    key = SigningKey.objects.create(
        algorithm=found.algorithm.value,
        store=OFFLINE,
        handle=certificate.fingerprint,
        point=_point(certificate),
        label=certificate.subject.common_name[:200],
        made_at=at,
    )
    root = Authority(
        role=AuthorityRole.ROOT,
        algorithm=found.algorithm.value,
        name=certificate.subject.common_name[:200],
        key=key,
    )
    keep_authority(root, certificate, demo=settings.TONGBAN_NODE.is_demo, actor=actor, at=at)
    return root.name


@business_transaction
def order_authority(*, algorithm: Algorithm, name: str, actor: Actor, at: datetime) -> bytes:
    """
    Make a key for the next authority that issues, and return what its root is asked to sign, as a file.

    :param name: of the node
    :raises NotPermitted: somebody else than the node itself asks
    :raises NoOfflineRoot: people keep no root of this algorithm
    :raises KeyStoreFailed: the key store does not make keys
    """
    permissions.establish.require(actor)
    hold_trust()
    root = _offline_root(algorithm, at=at)
    demo = root.is_demonstration
    title = title_of(AuthorityRole.ISSUING, algorithm, name=name, demo=demo, at=at)
    key = make_key(algorithm=algorithm, label=title, actor=actor, at=at)
    request = make_request(
        subject=subject_of(title, name=name, demo=demo),
        algorithm=algorithm,
        point=bytes(key.point),
        sign=signing_by(key, at=at),
    )
    audit.record(action="trust.root.order", actor=actor, subject=root.serial, at=at, key=str(key.id))
    return offline.write_order(
        Order(
            algorithm=algorithm,
            root=root.fingerprint,
            request=request,
            addresses=addresses(root),
            list_number=next_number(root),
            revoked=revoked_by(root),
        )
    )


@business_transaction
def install_authority(*, content: bytes, actor: Actor, at: datetime) -> str:
    """
    Install what a root that people keep has signed: an authority that issues from now on, and the root's list.

    :param content: the file that the root's machine wrote
    :raises NotPermitted: somebody else than the node itself asks
    :raises InvalidInput: it is none, not of this node's root and key, installed already, or older than a revocation
    """
    permissions.establish.require(actor)
    hold_trust()
    made, listed = _read_answer(content)
    root = _signer(made, listed, at=at)
    key = SigningKey.objects.filter(point=_point(made), destroyed_at__isnull=True).first()
    if key is None:
        raise _refused(_("文件中没有本平台密钥的证书"))
    if Authority.objects.filter(key=key).exists():
        raise _refused(_("该证书已经安装"))
    if listed.number != next_number(root) or not set(revoked_by(root)) <= set(listed.entries):
        raise _refused(_("此后又有吊销，请重新生成请求文件"))
    authority = Authority(
        role=AuthorityRole.ISSUING,
        algorithm=root.algorithm,
        name=made.subject.common_name[:200],
        parent=root,
        key=key,
    )
    keep_list(root, listed, actor=actor, at=at)
    keep_authority(authority, made, demo=root.is_demonstration, actor=actor, at=at)
    publish_list(authority_id=authority.id, actor=actor, at=at)
    return authority.name


def _read_answer(content: bytes) -> tuple[Certificate, RevocationList]:
    try:
        answer = offline.read_answer(content)
        return read_certificate(answer.certificate), read_revocation_list(answer.revocation_list)
    except (NotAFileOfRoots, NotARevocationList) as error:
        raise _refused(_("不是根证书签发的文件，或文件已损坏")) from error


def _signer(made: Certificate, listed: RevocationList, *, at: datetime) -> Authority:
    """
    Return the root that has signed both, and may have.
    """
    rows = Authority.objects.filter(role=AuthorityRole.ROOT, key__store=OFFLINE, not_after__gte=at)
    for row in rows:
        root = read_certificate(bytes(row.der))
        report = verify_chain(made, anchors=(root,), at=at, usages=(KeyUsage.CERT_SIGN,))
        is_list = listed.is_signed_by(root) and listed.next_update is not None
        if report.is_good and made.is_authority and is_list:
            return row
    raise _refused(_("不是本平台离线保管的根证书签发的"))


def _own_root(algorithm: Algorithm, *, at: datetime, fingerprint: str = "") -> Authority:
    rows = Authority.objects.select_related("key").filter(
        role=AuthorityRole.ROOT, algorithm=algorithm.value, key__store=SEALED, not_after__gte=at
    )
    found = (rows.filter(fingerprint=fingerprint) if fingerprint else rows).order_by("-not_before").first()
    if found is None:
        raise NoRootHere(algorithm=algorithm.value)
    return found


def _offline_root(algorithm: Algorithm, *, at: datetime) -> Authority:
    found = (
        Authority.objects.filter(
            role=AuthorityRole.ROOT, algorithm=algorithm.value, key__store=OFFLINE, not_after__gte=at
        )
        .order_by("-not_before")
        .first()
    )
    if found is None:
        raise NoOfflineRoot(algorithm=algorithm.value)
    return found


def _point(certificate: Certificate) -> bytes:
    if certificate.public_key is None:
        raise _refused(_("密钥既不是 SM2 也不是 P-256，平台不能核验其签名"))
    return certificate.public_key.point


def _refused(text: Text) -> InvalidInput:
    return InvalidInput(fields={"file": text})
