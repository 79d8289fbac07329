"""
Headers that tell the browser what our pages may do.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

TLS_ONLY = "max-age=31536000"
"""For a year, browsers that came once over TLS come no other way (RFC 6797)."""
FORMS_STAY = "form-action 'self'"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        FORMS_STAY,
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)


class SecurityHeaders:
    """
    Middleware: a strict content security policy on every answer that does not bring its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_of(response))
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        if settings.TONGBAN_BASE_URL.startswith("https://"):
            response.headers.setdefault("Strict-Transport-Security", TLS_ONLY)
        return response


def policy_of(response: HttpResponse) -> str:
    """
    Return the policy of one answer.

    A view that leads on to another origin after its form names it in `form_targets`: browsers follow no
    redirection of a form to a place the form's page did not name.
    """
    targets = getattr(response, "form_targets", ())
    return CONTENT_SECURITY_POLICY.replace(FORMS_STAY, " ".join((FORMS_STAY, *targets)))
