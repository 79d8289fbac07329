"""
SM2-signed questions: the public key of a system, and whether a question is by it, of now, and asked once.

Sources: GB/T 32918.2-2016; the layout is that of `foundation.signed_requests`, with a signature in place of the MAC.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.crypto import sm2
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotAuthenticated
from tongban.resources.sharing import permissions, ports
from tongban.resources.sharing.models import SubscriberKey

WINDOW: Final = timedelta(minutes=5)
LONGEST_NONCE: Final = 64
MOST_KEYS: Final = 2
"""Of one system: the one in use, and the next while it changes over."""
CLAIM: Final = """
INSERT INTO sharing_nonce (client_id, nonce, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
FORGET: Final = "DELETE FROM sharing_nonce WHERE at < %s"


class SignatureNotBelieved(NotAuthenticated):
    """
    The question is not signed by a key of the system it names, is not of now, or was asked before.
    """

    code = "data_signature_invalid"
    message = _("签名无效、已过期或已使用过")


def signed_text(*, path: str, client_id: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """
    Return what a system signs: method, path, id, seconds, a number used once and SM3 of the body, a line each.
    """
    return "\n".join(("POST", path, client_id, timestamp, nonce, crypto.sm3(body).hex())).encode()


def believe(
    *, headers: Mapping[str, str], path: str, body: bytes, address: str | None, at: datetime
) -> Actor:
    """
    Return the system that signed a question.

    :param headers: X-App-Id, X-Timestamp, X-Nonce, X-Signature (DER, hexadecimal)
    :raises SignatureNotBelieved: it is not let in, or did not sign this, now, for the first time
    """
    client_id, timestamp = headers.get("X-App-Id", ""), headers.get("X-Timestamp", "")
    nonce, signature = headers.get("X-Nonce", ""), headers.get("X-Signature", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):  # noqa: PLR2004 -- seconds
        raise SignatureNotBelieved
    if abs(at.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise SignatureNotBelieved
    if not (nonce.isascii() and nonce.isalnum() and len(nonce) <= LONGEST_NONCE):
        raise SignatureNotBelieved
    text = signed_text(path=path, client_id=client_id, timestamp=timestamp, nonce=nonce, body=body)
    actor = ports.clients().find(client_id, at=at, address=address)
    if actor is None or not _is_signed(client_id, signature, text):
        raise SignatureNotBelieved
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [client_id, nonce, at])
        if cursor.rowcount == 0:
            raise SignatureNotBelieved
    return actor


@business_transaction
def register_key(*, client_id: str, point: str, actor: Actor, at: datetime) -> uuid.UUID:
    """
    Let a system of the actor's agency sign with this key; of two keys the older one ends.

    :param point: uncompressed public key, 130 hexadecimal digits
    :raises InvalidInput: no key, or no system of the agency
    """
    agency_code = actor.agency_code or ""
    permissions.apply_for_data.require(actor, agency_code=agency_code)
    if client_id not in {each.client_id for each in ports.clients().of_agency(agency_code, at=at)}:
        raise InvalidInput(fields={"client_id": _("请选择本机构已接入的系统")})
    try:
        key = sm2.PublicKey(bytes.fromhex(point.strip()))
    except (ValueError, sm2.NotAKey) as error:
        raise InvalidInput(fields={"point": _("请填写 SM2 公钥：04 开头的 130 位十六进制数")}) from error
    held = SubscriberKey.objects.select_for_update().filter(client_id=client_id, ended_at__isnull=True)
    for old in list(held.order_by("-created_at"))[MOST_KEYS - 1 :]:
        old.ended_at = at
        old.save(update_fields=["ended_at"])
    kept = SubscriberKey.objects.create(
        client_id=client_id, agency_code=agency_code, point=key.point, created_at=at
    )
    audit.record(
        action="sharing.key.register",
        actor=actor,
        subject=client_id,
        at=at,
        key_sm3=crypto.sm3(key.point).hex(),
    )
    return kept.id


@business_transaction
def end_key(*, key_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Believe a key no more, from now on. Repeating it changes nothing.
    """
    permissions.apply_for_data.require(actor, agency_code=actor.agency_code or "")
    key = (
        SubscriberKey.objects.select_for_update()
        .filter(id=key_id, agency_code=actor.agency_code or "", ended_at__isnull=True)
        .first()
    )
    if key is None:
        return
    key.ended_at = at
    key.save(update_fields=["ended_at"])
    audit.record(action="sharing.key.end", actor=actor, subject=key.client_id, at=at)


def forget_nonces(*, at: datetime) -> int:
    """
    Delete the numbers of questions that would be too old by now; return how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [at - 2 * WINDOW])
        count: int = cursor.rowcount
    return count


def _is_signed(client_id: str, signature: str, text: bytes) -> bool:
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        return False
    points = SubscriberKey.objects.filter(client_id=client_id, ended_at__isnull=True)
    return any(
        sm2.PublicKey(bytes(point)).verify(raw, text, signer_id=client_id.encode())
        for point in points.values_list("point", flat=True)
    )
