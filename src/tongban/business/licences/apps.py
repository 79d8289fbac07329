"""
Wiring of the app.
"""

import uuid

from django.apps import AppConfig

from tongban.foundation.actors import Actor


class LicencesConfig(AppConfig):
    """
    电子证照.
    """

    name = "tongban.business.licences"
    label = "licences"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Let files belong to licences; tell holders what is done to them.
        """
        from tongban.business.licences import permissions, rules  # noqa: PLC0415 - after Django has loaded the models
        from tongban.business.licences.events import SHARED_LICENCE_CHANGED  # noqa: PLC0415 - as above
        from tongban.business.licences.models import Licence, StockLicence  # noqa: PLC0415 - as above
        from tongban.business.licences.selectors.sharing import may_open_copy  # noqa: PLC0415 - as above
        from tongban.business.licences.services import (  # noqa: PLC0415 - as above
            counter,
            holding,
            looking,
            peer_held,
            peers,
            presenting_held,
            rendering,
            sharing_held,
            sharing_telling,
            sharing_using,
            telling,
        )
        from tongban.business.licences.services.collecting import SCAN_OWNER  # noqa: PLC0415 - as above
        from tongban.business.licences.services.peers.asking import SUBJECT  # noqa: PLC0415 - as above
        from tongban.business.licences.services.sharing_copies import OWNER_KIND  # noqa: PLC0415 - as above
        from tongban.foundation import events, rotation  # noqa: PLC0415 - as above
        from tongban.resources.exchange.ports import exchange_by  # noqa: PLC0415 - as above
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415 - as above
        from tongban.support.federation.ports import answer_nodes_by  # noqa: PLC0415 - as above
        from tongban.support.messaging.ports import register_templates  # noqa: PLC0415 - as above
        from tongban.support.seals.events import COMES_INTO_USE  # noqa: PLC0415 - as above

        def may_see_file(actor: Actor, key: str) -> bool:
            licence = Licence.objects.filter(id=uuid.UUID(key)).first()
            return licence is not None and permissions.read_licence.allows(actor, licence)

        def may_see_scan(actor: Actor, key: str) -> bool:
            row = StockLicence.objects.select_related("licence", "batch").filter(id=uuid.UUID(key)).first()
            if actor.is_system or permissions.decide_stock.allows(actor):
                return True
            if row is None or row.licence is None:
                return False
            return permissions.read_licence.allows(actor, row.licence)

        def holder_of(row: StockLicence) -> bytes:
            if row.content is None:
                raise rotation.CannotFollow
            return rules.holder_index(row.content["holder"]["code"])

        register_owner(SCAN_OWNER, may_see_scan, look_noter=looking.note_scan_opened)
        rotation.index_by("licences.StockLicence", "holder_index", holder_of)
        register_owner("licences.licence", may_see_file, look_noter=looking.note_file_opened)
        holding.declare()
        presenting_held.declare()
        peer_held.declare()
        sharing_held.declare()
        register_owner(OWNER_KIND, may_open_copy, look_noter=sharing_using.note_copy_opened)
        rotation.index_by(
            "licences.Licence", "holder_index", lambda licence: rules.holder_index(licence.holder_code)
        )
        register_templates(*telling.TEMPLATES.values())
        register_templates(*sharing_telling.TEMPLATES.values(), sharing_telling.CHANGED, counter.TEMPLATE)
        answer_nodes_by(SUBJECT, peers.answer_peer)
        for contract in peers.contracts():
            exchange_by(contract)
        for topics, subscriber, reaction in (
            (telling.TEMPLATES, "licences.tell_holder", telling.tell_holder),
            (sharing_telling.TEMPLATES, "licences.tell_sharer", sharing_telling.tell_holder),
            (sharing_telling.CHANGES, "licences.tell_users", sharing_telling.tell_users),
            (COMES_INTO_USE, "licences.make_waiting_documents", rendering.on_seal_in_use),
            ({SHARED_LICENCE_CHANGED}, "licences.tell_nodes", peers.on_shared_licence_changed),
        ):
            for topic in topics:
                events.subscribe(topic, subscriber=subscriber, reaction=reaction)
