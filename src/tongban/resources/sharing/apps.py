"""
Wiring of the data services.
"""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """
    数据服务.
    """

    name = "tongban.resources.sharing"
    label = "sharing"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "数据服务"

    def ready(self) -> None:
        """
        Let services know the catalogue, read registers and hear of corrections; exempt tables that are not of people.
        """
        import msgspec  # noqa: PLC0415 - after Django has loaded the models

        from tongban.foundation import events, holdings  # noqa: PLC0415 - as above
        from tongban.foundation.events import Announced  # noqa: PLC0415 - as above
        from tongban.resources.exchange.ports import exchange_by  # noqa: PLC0415 - as above
        from tongban.resources.registers.events import (  # noqa: PLC0415 - as above
            CORRECTION_RECEIVED,
            RECORD_CORRECTED,
            RECORDS_CHANGED,
            CorrectionReceived,
            RecordCorrected,
            RecordsChanged,
        )
        from tongban.resources.sharing import ports, services  # noqa: PLC0415 - as above
        from tongban.resources.sharing.adapters import base_registers, catalogue  # noqa: PLC0415 - as above

        ports.know_datasets_by(catalogue.find)
        ports.read_registers_by(base_registers.BaseRegisters())

        def forget_corrected(fact: Announced) -> None:
            services.forget_answers(msgspec.convert(fact.payload, RecordCorrected))

        def forget_changed(fact: Announced) -> None:
            services.forget_answers(msgspec.convert(fact.payload, RecordsChanged))

        def forget_received(fact: Announced) -> None:
            services.forget_answers(msgspec.convert(fact.payload, CorrectionReceived))

        def tell_down(fact: Announced) -> None:
            services.tell_down(msgspec.convert(fact.payload, RecordCorrected), at=fact.at)

        for contract in services.contracts():
            exchange_by(contract)
        events.subscribe(RECORD_CORRECTED, subscriber="sharing.tell_down", reaction=tell_down)
        forget = "sharing.forget_answers"
        events.subscribe(RECORD_CORRECTED, subscriber=forget, reaction=forget_corrected)
        events.subscribe(RECORDS_CHANGED, subscriber=forget, reaction=forget_changed)
        events.subscribe(CORRECTION_RECEIVED, subscriber=forget, reaction=forget_received)

        officials = (
            "Contact of an agency, told by the agency for its own request; official duty, not private life."
        )
        holdings.exempt("sharing.DataRequest", why=officials)
        holdings.exempt(
            "sharing.DataService", why="Sealed is the node's own credential at an agency's interface."
        )
