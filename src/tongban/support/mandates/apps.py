"""
Wiring of mandates.
"""

from django.apps import AppConfig


class MandatesConfig(AppConfig):
    """
    法人与授权.
    """

    name = "tongban.support.mandates"
    label = "mandates"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Tell identity for whom somebody acts; listen to what happens to mandates; ask the register of legal entities.
        """
        # Imported here because models may be loaded only when all apps are.
        from tongban.foundation import events  # noqa: PLC0415
        from tongban.support.identity.ports import find_principals_by  # noqa: PLC0415
        from tongban.support.mandates import ports, selectors, services  # noqa: PLC0415
        from tongban.support.mandates.adapters import entity_register  # noqa: PLC0415
        from tongban.support.mandates.events import TOLD  # noqa: PLC0415
        from tongban.support.mandates.services import holding, reindexing  # noqa: PLC0415

        holding.declare()
        reindexing.declare()
        find_principals_by(selectors.principal_of)
        ports.ask_entities_by(entity_register.ask)
        for topic in TOLD:
            events.subscribe(topic, subscriber="mandates.tell", reaction=services.tell)
