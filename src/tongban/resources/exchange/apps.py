"""
Wiring of the exchange.
"""

from typing import Final

from django.apps import AppConfig

TIMEOUT_SECONDS: Final = 30.0


class ExchangeConfig(AppConfig):
    """
    数据交换.
    """

    name = "tongban.resources.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "数据交换"

    def ready(self) -> None:
        """
        Wire the default carrier; who knows the neighbours is wired where the clock may be read (config).
        """
        # After Django has loaded the models.
        from django.conf import settings  # noqa: PLC0415

        from tongban.foundation import holdings  # noqa: PLC0415
        from tongban.resources.exchange import ports  # noqa: PLC0415
        from tongban.resources.exchange.adapters.https import Https  # noqa: PLC0415
        from tongban.resources.exchange.services import holding, liveness  # noqa: PLC0415

        chosen = settings.TONGBAN_EXCHANGE
        holding.declare()
        ports.exchange_by(liveness.contract())
        straight = Https(timeout_seconds=TIMEOUT_SECONDS)
        ports.carry_by(straight)
        ports.ask_by(straight)
        if chosen.nats_servers:
            # Only a node that has the extra `nats` can be told of a cluster.
            from tongban.resources.exchange.adapters.jetstream import JetStream  # noqa: PLC0415

            servers = tuple(each.strip() for each in chosen.nats_servers.split(","))
            cluster = JetStream(
                servers=servers, timeout_seconds=TIMEOUT_SECONDS, replicas=chosen.nats_replicas
            )
            ports.carry_by(cluster)
        holdings.exempt("exchange.NodeKey", why="Secret halves of the node's own keys; nothing of a person.")
