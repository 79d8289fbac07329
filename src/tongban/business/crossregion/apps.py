"""
Wiring of the app.
"""

from django.apps import AppConfig

from tongban.foundation.actors import Actor


class CrossRegionConfig(AppConfig):
    """
    异地可办.
    """

    name = "tongban.business.crossregion"
    label = "crossregion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Register what nodes exchange and ask; let files belong to intakes; follow the cases that others took in.
        """
        from tongban.business.casework.events import EventKind, topic_of  # noqa: PLC0415 - models are loaded by now
        from tongban.business.crossregion import permissions  # noqa: F401, PLC0415 - declares actions
        from tongban.business.crossregion.selectors import may_open_files  # noqa: PLC0415 - as above
        from tongban.business.crossregion.services import asking, exchanging, holding, telling  # noqa: PLC0415
        from tongban.business.crossregion.values import (  # noqa: PLC0415 - as above
            DRAFT_FILES,
            INTAKE_FILES,
            NODE_CLERK,
            RECEIVED_FILES,
        )
        from tongban.business.licences.events import LICENCE_RENDERED  # noqa: PLC0415 - as above
        from tongban.foundation import events  # noqa: PLC0415 - as above
        from tongban.resources.exchange.ports import exchange_by  # noqa: PLC0415 - as above
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415 - as above
        from tongban.support.federation.ports import answer_nodes_by  # noqa: PLC0415 - as above

        def is_own_draft(actor: Actor, key: str) -> bool:
            return actor.is_system or (actor.is_staff and key.startswith(f"{actor.id}:"))

        register_owner(DRAFT_FILES, is_own_draft)
        register_owner(INTAKE_FILES, may_open_files)
        register_owner(
            RECEIVED_FILES,
            lambda actor, _key: actor.is_system or (actor.is_staff and actor.id.startswith(NODE_CLERK)),
        )
        holding.declare()
        for contract in exchanging.contracts():
            exchange_by(contract)
        answer_nodes_by(asking.SUBJECT, asking.answer_peer)
        for topic in (*map(topic_of, EventKind), "casework.case_dates_moved"):
            events.subscribe(topic, subscriber="crossregion.tell_counter", reaction=telling.on_case_changed)
        events.subscribe(
            LICENCE_RENDERED, subscriber="crossregion.tell_counter", reaction=telling.on_licence_rendered
        )
