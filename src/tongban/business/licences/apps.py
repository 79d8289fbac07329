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
        from tongban.business.licences.models import Licence  # noqa: PLC0415 - as above
        from tongban.business.licences.services import holding, looking, telling  # noqa: PLC0415 - as above
        from tongban.foundation import events, rotation  # noqa: PLC0415 - as above
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415 - as above
        from tongban.support.messaging.ports import register_templates  # noqa: PLC0415 - as above

        def may_see_file(actor: Actor, key: str) -> bool:
            licence = Licence.objects.filter(id=uuid.UUID(key)).first()
            return licence is not None and permissions.read_licence.allows(actor, licence)

        register_owner("licences.licence", may_see_file, look_noter=looking.note_file_opened)
        holding.declare()
        rotation.index_by(
            "licences.Licence", "holder_index", lambda licence: rules.holder_index(licence.holder_code)
        )
        register_templates(*telling.TEMPLATES.values())
        for topic in telling.TEMPLATES:
            events.subscribe(topic, subscriber="licences.tell_holder", reaction=telling.tell_holder)
