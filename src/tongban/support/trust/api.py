"""
The API of certificates. Both operations are public: whoever verifies a document of this node needs them.
"""

from typing import Annotated

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router
from pydantic import StringConstraints

from tongban.foundation import clock
from tongban.foundation.crypto.certificates import pem
from tongban.foundation.http import PUBLIC, json_response
from tongban.support.trust import schemas, selectors

router = Router(tags=["trust 电子认证"])

Serial = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{1,40}$")]


@router.get(
    "/trust/certificates/{serial}",
    operation_id="getCertificateStatus",
    summary="证书状态",
    auth=None,
    response={200: schemas.CertificateStatusOut, **PUBLIC},
)
def get_certificate_status(request: HttpRequest, serial: Annotated[Serial, Path()]) -> HttpResponse:
    """
    Say whether a certificate of this node is valid now; a revocation is seen at once.
    """
    found = selectors.certificate_status(serial=serial, at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get(
    "/trust/authorities",
    operation_id="listAuthorities",
    summary="认证机构",
    auth=None,
    response={200: schemas.AuthorityList, **PUBLIC},
)
def list_authorities(request: HttpRequest) -> HttpResponse:
    """
    List the authorities of this node, whose roots others may decide to trust.
    """
    items = [
        {
            "id": one.id,
            "role": one.role.value,
            "algorithm": one.algorithm.value,
            "name": one.name,
            "serial": one.serial,
            "fingerprint": one.fingerprint,
            "certificate": pem(one.der),
            "not_before": one.not_before,
            "not_after": one.not_after,
            "revoked_at": one.revoked_at,
            "is_demonstration": one.is_demonstration,
            "list_number": one.list_number,
            "listed_at": one.listed_at,
        }
        for one in selectors.authorities()
    ]
    return json_response(msgspec.json.encode({"items": items}))
