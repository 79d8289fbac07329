"""
Wiring of the base registers.
"""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """
    基础信息资源库.
    """

    name = "tongban.resources.registers"
    label = "registers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "基础信息资源库"

    def ready(self) -> None:
        """
        Declare what may be done to the registers, what they hold of people, and what nodes exchange of them.
        """
        import msgspec  # noqa: PLC0415 -- after Django has loaded the models

        from tongban.foundation import events  # noqa: PLC0415 -- as above
        from tongban.foundation.events import Announced  # noqa: PLC0415 -- as above
        from tongban.resources.exchange.ports import exchange_by  # noqa: PLC0415 -- as above
        from tongban.resources.registers import permissions  # noqa: F401, PLC0415 -- declares the actions
        from tongban.resources.registers.events import (  # noqa: PLC0415 -- as above
            RECORD_CORRECTED,
            RecordCorrected,
        )
        from tongban.resources.registers.services import disputing, holding, taking, travelling  # noqa: PLC0415 -- as above

        def tell_users(fact: Announced) -> None:
            disputing.tell_users(msgspec.convert(fact.payload, RecordCorrected), at=fact.at)

        holding.declare()
        for contract in (*taking.contracts(), *travelling.contracts()):
            exchange_by(contract)
        events.subscribe(RECORD_CORRECTED, subscriber="registers.tell_users", reaction=tell_users)
