"""
Wiring of one login.
"""

from django.apps import AppConfig
from django.conf import settings


class FederationConfig(AppConfig):
    """
    单点登录与跨域互认.
    """

    name = "tongban.support.federation"
    label = "federation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Wire who tells claims, and hear of logins that end.
        """
        # Imported here because models may be loaded only when all apps are.
        from tongban.foundation import events, holdings  # noqa: PLC0415
        from tongban.support.federation import ports, services  # noqa: PLC0415
        from tongban.support.federation.adapters.nodes import HttpNodes  # noqa: PLC0415
        from tongban.support.federation.adapters.topology_file import (  # noqa: PLC0415
            TopologyFile,
            simulated_platforms,
        )
        from tongban.support.federation.services import holding  # noqa: PLC0415

        holding.declare()
        holdings.exempt("federation.SigningKey", why="Private keys of the node.")
        holdings.exempt("federation.TicketApplication", why="Secrets of other systems.")
        holdings.exempt(
            "federation.RelyingParty", why="Other systems; the library's column for an owner is empty."
        )
        ports.tell_claims_by(services.NodeClaims())
        chosen = settings.TONGBAN_FEDERATION
        demonstration = (
            simulated_platforms(
                str(chosen.demo_authenticator).rstrip("/"),
                client_id=chosen.authenticator_id,
                client_secret=chosen.authenticator_secret.get_secret_value(),
            )
            if chosen.demo_authenticator
            else ()
        )
        ports.trust_by(TopologyFile(chosen.topology, demonstration=demonstration))
        ports.answer_nodes_by("people", services.answer_people)
        ports.call_nodes_by(HttpNodes(own_code=settings.TONGBAN_NODE.division_code))
        events.subscribe(
            "identity.session_ended",
            subscriber="federation.end_relying_sessions",
            reaction=services.on_session_ended,
        )
        events.subscribe(
            "identity.person_registered",
            subscriber="federation.remember_person",
            reaction=services.on_person_registered,
        )
