"""
API v1: the routers of the apps, one way to say who calls, one way to refuse.
"""

from functools import cached_property
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from tongban.business.casework.api import router as casework
from tongban.business.catalogue import schemas as catalogue_shapes
from tongban.business.catalogue.api import router as catalogue
from tongban.business.handling.api import router as handling
from tongban.business.licences import schemas as licence_shapes
from tongban.business.licences.api import router as licences
from tongban.config import api_document
from tongban.config.api_complaints import complaint
from tongban.config.api_requests import StrictParser, name_parameters, refusal_of
from tongban.config.errors import response_for
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, ServiceError
from tongban.foundation.http import require_actor
from tongban.portal.apply.api import router as drafts
from tongban.portal.site.api import router as site
from tongban.resources.caselibrary.api import router as caselibrary
from tongban.resources.datasets.api import router as datasets
from tongban.resources.docking.api import router as docking
from tongban.resources.exchange.api import router as exchange
from tongban.resources.registers.api import router as registers
from tongban.resources.sharing.api import router as sharing
from tongban.support.documents.api import router as documents
from tongban.support.federation.api import router as federation
from tongban.support.identity.api import router as identity
from tongban.support.mandates.api import router as mandates
from tongban.support.messaging.api import router as messages
from tongban.support.privacy.api import router as privacy
from tongban.support.seals.api import router as seals
from tongban.support.search.api import router as search
from tongban.support.trust.api import router as trust

DESCRIPTION = """
The open interface of a Tongban node. Errors are problem details (RFC 9457) with a stable `code`. Changes take an
`Idempotency-Key`. Lists page by cursor. Moments are RFC 3339; days are days in China.
"""

PREFIX = "api/v1/"


class Bearer(HttpBearer):
    """
    令牌: issued by `POST /tokens` to systems and by `POST /sessions` to people.
    """

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """
        Return who holds the token.

        :raises NotAuthenticated: it is unknown, expired or revoked
        """
        return require_actor(request)


class NodeApi(NinjaAPI):
    """
    The API of a node, whose document says what holds for all operations alike.
    """

    def get_openapi_schema(self, **_arguments: Any) -> Any:
        """
        Return the OpenAPI document, not to be changed: it is made once, because that takes seconds.
        """
        return self._document

    @cached_property
    def _document(self) -> Any:
        document = super().get_openapi_schema(path_prefix=PREFIX)
        more = {**catalogue_shapes.components(), **licence_shapes.components()}
        return api_document.finish(document, more_schemas=more)


api = NodeApi(
    title="Tongban 通办",
    version="1.0.0",
    description=" ".join(DESCRIPTION.split()),
    urls_namespace="api-1",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=Bearer(),
    parser=StrictParser(),
)

ROUTERS = (
    identity,
    catalogue,
    search,
    drafts,
    casework,
    documents,
    handling,
    licences,
    site,
    seals,
    mandates,
    messages,
    privacy,
    caselibrary,
    datasets,
    docking,
    exchange,
    registers,
    sharing,
    federation,
    trust,
)

for _router in ROUTERS:
    name_parameters(_router)
    api.add_router("", _router)


@api.exception_handler(ServiceError)
def refuse(request: HttpRequest, error: ServiceError) -> HttpResponse:
    """
    Give every refusal its problem document.
    """
    return response_for(request, error)


@api.exception_handler(AuthenticationError)
def refuse_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """
    Answer a call without a token.
    """
    return response_for(request, NotAuthenticated())


@api.exception_handler(ValidationError)
def refuse_payload(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """
    Say which field is malformed.
    """
    return response_for(request, InvalidInput(fields=dict(complaint(item) for item in error.errors)))


@api.exception_handler(HttpError)
def refuse_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    """
    Answer a body that cannot be read at all.
    """
    return response_for(request, refusal_of(error))


@api.exception_handler(RequestDataTooBig)
def refuse_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """
    Answer a body that is larger than the node reads.
    """
    return response_for(request, refusal_of(error))


@api.exception_handler(Http404)
def refuse_address(request: HttpRequest, error: Http404) -> HttpResponse:
    """
    Answer a call to an address below the root that leads nowhere.
    """
    return response_for(request, NotFound())
