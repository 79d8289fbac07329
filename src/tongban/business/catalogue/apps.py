"""
Wiring of the catalogue.
"""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """
    事项管理.
    """

    name = "tongban.business.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "事项管理"

    def ready(self) -> None:
        """
        Let the search index and the node above follow what is published, imported and taken out of use.
        """
        # Models exist only now, and everything below stands on them.
        from tongban.business.catalogue import services  # noqa: PLC0415
        from tongban.business.catalogue.events import (  # noqa: PLC0415
            OFFERING_PUBLISHED,
            OFFERING_STATE_CHANGED,
            OFFERINGS_IMPORTED,
            OFFERINGS_TAKEN,
        )
        from tongban.business.catalogue.services import exchanging  # noqa: PLC0415
        from tongban.foundation.actors import system_actor  # noqa: PLC0415
        from tongban.foundation.events import Announced, subscribe  # noqa: PLC0415
        from tongban.resources.exchange.ports import exchange_by  # noqa: PLC0415

        actor = system_actor("catalogue.index_search")

        def index_one(fact: Announced) -> None:
            services.index_offerings(actor=actor, codes=(fact.payload["code"],))

        def index_batch(fact: Announced) -> None:
            services.index_offerings(actor=actor, batch=fact.payload["batch"])

        def tell_one(fact: Announced) -> None:
            exchanging.tell_offerings(codes=(fact.payload["code"],), at=fact.at)

        def tell_batch(fact: Announced) -> None:
            exchanging.tell_offerings(batch=fact.payload["batch"], at=fact.at)

        def index_taken(fact: Announced) -> None:
            exchanging.index_below(**fact.payload, actor=actor)

        for topic in (OFFERING_PUBLISHED, OFFERING_STATE_CHANGED):
            subscribe(topic, subscriber="catalogue.index_search", reaction=index_one)
            subscribe(topic, subscriber="catalogue.tell_nodes", reaction=tell_one)
        subscribe(OFFERINGS_IMPORTED, subscriber="catalogue.index_search", reaction=index_batch)
        subscribe(OFFERINGS_IMPORTED, subscriber="catalogue.tell_nodes", reaction=tell_batch)
        subscribe(OFFERINGS_TAKEN, subscriber="catalogue.index_below", reaction=index_taken)
        exchange_by(exchanging.contract())
