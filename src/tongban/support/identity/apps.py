"""
Wiring of identity.
"""

from django.apps import AppConfig
from django.conf import settings


class IdentityConfig(AppConfig):
    """
    统一身份认证.
    """

    name = "tongban.support.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Wire the authorities that are asked about people.
        """
        # Imported here because models may be loaded only when all apps are.
        from tongban.support.identity.services import holding, reindexing  # noqa: PLC0415

        reindexing.declare()
        holding.declare()
        from tongban.resources.caselibrary.ports import know_people_by  # noqa: PLC0415
        from tongban.support.identity.selectors.holders import KnownPeople  # noqa: PLC0415

        know_people_by(KnownPeople())
        self._join_data_services()
        from tongban.support.identity import ports  # noqa: PLC0415
        from tongban.support.identity.adapters.http_authority import (  # noqa: PLC0415
            HttpAuthorities,
            HttpCamera,
            HttpSimulatedKey,
        )
        from tongban.support.identity.adapters.http_card_reader import HttpCardReader  # noqa: PLC0415
        from tongban.support.identity.adapters.own_register import OwnRegister  # noqa: PLC0415

        chosen = settings.TONGBAN_AUTHORITY
        if chosen.url is None:
            if chosen.own_population:
                ports.check_by(OwnRegister(others=ports.NoAuthorities()))
            return
        url = str(chosen.url).rstrip("/")
        authorities = HttpAuthorities(
            url=url,
            app_id=chosen.app_id,
            secret=chosen.secret.get_secret_value().encode(),
            deadline=chosen.deadline,
            failures_allowed=chosen.failures,
            pause=chosen.pause,
        )
        ports.check_by(OwnRegister(others=authorities) if chosen.own_population else authorities)
        if chosen.is_simulated:
            ports.hold_faces_by(HttpCamera(url=url))
            ports.sign_texts_by(HttpSimulatedKey(url=url))
            ports.read_cards_by(HttpCardReader(link=authorities))

    def _join_data_services(self) -> None:
        """
        Tell the data services which systems are let in, and whose a number is.
        """
        from tongban.resources.sharing import ports as sharing  # noqa: PLC0415 - as above
        from tongban.support.identity.selectors.clients import KnownClients  # noqa: PLC0415
        from tongban.support.identity.selectors.holders import holders_of  # noqa: PLC0415

        def subject_of(id_number: str) -> str | None:
            known = holders_of([id_number]).get(id_number)
            return known.person_id if known else None

        sharing.know_clients_by(KnownClients())
        sharing.find_subjects_by(subject_of)
