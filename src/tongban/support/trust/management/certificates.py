"""
`tongban certificates`: look at authorities and certificates, revoke, publish lists anew, keep the root elsewhere.
"""

import json
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.utils.translation import gettext as _

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import pem
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.support.trust import selectors, services
from tongban.support.trust.management import roots
from tongban.support.trust.values import AuthorityRole, CertificateFacts, Reason

ACTOR = system_actor("trust.certificates")
MOST = 1000
SHOWN_OF_FINGERPRINT = 16


class CertificatesAct(StrEnum):
    """
    What can be done.
    """

    LIST = "list"
    ROOT = "root"
    REVOKE = "revoke"
    PUBLISH = "publish"
    EXPORT_ROOT = "export-root"
    DETACH_ROOT = "detach-root"
    ADOPT_ROOT = "adopt-root"
    ORDER_ISSUING = "order-issuing"
    INSTALL_ISSUING = "install-issuing"


def certificates(
    act: Annotated[CertificatesAct, typer.Argument(help="What is wanted.")] = CertificatesAct.LIST,
    serial: Annotated[str, typer.Argument(help="Serial number, for revoke.")] = "",
    *,
    reason: Annotated[Reason, typer.Option(help="revoke: why.")] = Reason.UNSPECIFIED,
    algorithm: Annotated[
        Algorithm, typer.Option(help="root, export-root, order-issuing: of which algorithm.")
    ] = Algorithm.SM2,
    file: Annotated[
        Path | None, typer.Option(help="The file that export-root and order-issuing write and others read.")
    ] = None,
    people: Annotated[int, typer.Option(help="export-root: how many people have a passphrase.")] = 1,
    needed: Annotated[int, typer.Option(help="export-root: how many of them open it together.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="list: for machines, one JSON object.")] = False,
) -> None:
    """
    Look at authorities and certificates, take a root along, revoke a certificate, publish revocation lists anew.

    list shows the authorities of the node and its newest certificates; root writes the newest root as PEM, for others
    to trust; revoke ends a certificate at once; publish makes the lists anew, as the node does every night.

    export-root writes the root's key into a file under passphrases, detach-root removes it from the node, adopt-root
    takes over a root made elsewhere; order-issuing writes what such a root is asked to sign, install-issuing takes its
    answer (see `tongban offline-root`).
    """
    at = clock.now()
    match act:
        case CertificatesAct.LIST:
            _list(at=at, as_json=as_json)
        case CertificatesAct.ROOT:
            sys.stdout.write(
                pem(selectors.authority_certificate(role=AuthorityRole.ROOT, algorithm=algorithm))
            )
        case CertificatesAct.REVOKE:
            _revoke(serial, reason, at=at)
        case CertificatesAct.PUBLISH:
            print(_("已发布 %(count)s 份吊销列表") % {"count": services.publish_lists(at=at)})
        case _ if file is None:
            raise InvalidInput(fields={"file": _("请用 --file 给出文件")})
        case CertificatesAct.EXPORT_ROOT:
            passphrases = roots.new_passphrases(people)
            packed = services.export_root(
                algorithm=algorithm, passphrases=passphrases, needed=needed, actor=ACTOR, at=at
            )
            roots.write(file, packed)
        case CertificatesAct.ORDER_ISSUING:
            name = settings.TONGBAN_NODE.name
            order = services.order_authority(algorithm=algorithm, name=name, actor=ACTOR, at=at)
            roots.write(file, order)
        case _:
            _take(act, roots.read(file), at=at)


def _take(act: CertificatesAct, content: bytes, *, at: datetime) -> None:
    if act is CertificatesAct.INSTALL_ISSUING:
        print(services.install_authority(content=content, actor=ACTOR, at=at))
    elif act is CertificatesAct.ADOPT_ROOT:
        print(services.adopt_root(content=content, actor=ACTOR, at=at))
    else:
        passphrases = roots.passphrases_of(content)
        print(services.detach_root(content=content, passphrases=passphrases, actor=ACTOR, at=at))


def _list(*, at: datetime, as_json: bool) -> None:
    authorities = selectors.authorities()
    page = selectors.certificates(actor=ACTOR, at=at, limit=MOST)
    if as_json:
        told = {
            "authorities": [
                {"name": one.name, "serial": one.serial, "fingerprint": one.fingerprint}
                for one in authorities
            ],
            "certificates": [_facts(one) for one in page.items],
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    for authority in authorities:
        state = (
            _("已吊销") if authority.revoked_at else f"SM3 {authority.fingerprint[:SHOWN_OF_FINGERPRINT]}…"
        )
        print(f"{authority.not_after:%Y-%m-%d}  {authority.name}  {state}")
    for one in page.items:
        print(f"{one.not_after:%Y-%m-%d}  {one.serial}  {one.state.label}  {one.name}")


def _revoke(serial: str, reason: Reason, *, at: datetime) -> None:
    wanted = serial.strip().upper().replace(":", "")
    if not wanted:
        raise InvalidInput(fields={"serial": _("请给出证书的序列号")})
    found = selectors.certificates(actor=ACTOR, at=at, words=wanted).items
    one = next((one for one in found if one.serial == wanted), None)
    if one is None:
        raise NotFound(serial=wanted)
    services.revoke_certificate(certificate_id=one.id, reason=reason, actor=ACTOR, at=at)
    print(_("已吊销 %(serial)s（%(name)s）") % {"serial": one.serial, "name": one.name})


def _facts(one: CertificateFacts) -> dict[str, Any]:
    return {
        "serial": one.serial,
        "state": one.state.value,
        "name": one.name,
        "organisation": one.organisation,
        "profile": one.profile.value,
        "algorithm": one.algorithm.value,
        "not_after": one.not_after.isoformat(),
        "fingerprint": one.fingerprint,
    }
