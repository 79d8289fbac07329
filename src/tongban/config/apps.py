"""
The composition root as a Django app: holds commands, and what joins services that do not know one another.
"""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """
    组合根.
    """

    name = "tongban.config"
    label = "tongban_config"

    def ready(self) -> None:
        """
        Say why the tables of borrowed apps are in no register of personal data; let security tell staff by messaging.
        """
        from tongban.foundation import holdings  # noqa: PLC0415 - after Django has loaded the models

        for label in ("account.EmailAddress", "oauth2_provider.DeviceGrant"):
            holdings.exempt(label, why="A library's table that stays empty: this node does not use it.")
        _join_alarms()
        _join_nodes()
        from tongban.config import docking_alarms, exchange_alarms  # noqa: PLC0415 - as above

        exchange_alarms.join()
        docking_alarms.join()
        _join_registers()
        from tongban.config import begun_cases, data_services, datasets, docked_items, joined_nodes  # noqa: PLC0415 - as above

        begun_cases.join()
        data_services.join()
        datasets.join()
        docked_items.join()
        joined_nodes.join()


def _join_alarms() -> None:
    """
    Let security tell staff by messaging: two services that do not know one another.
    """
    # Imported here because models may be loaded only when all apps are.
    from tongban.support.messaging import ports as messages  # noqa: PLC0415
    from tongban.support.messaging.services import send_to_staff  # noqa: PLC0415
    from tongban.support.messaging.values import MessageTemplate  # noqa: PLC0415
    from tongban.support.security import ports as security  # noqa: PLC0415
    from tongban.support.security.services import ALARM_TEMPLATE  # noqa: PLC0415

    messages.register_templates(
        MessageTemplate(
            code=ALARM_TEMPLATE,
            title=_("安全告警：%(event)s"),
            body=_("安全事件 #%(number)s“%(event)s”，已有 %(count)s 次。请到工作台“安全事件”处置。"),
            sms_template_id="SMS_SECURITY_ALARM",
        )
    )
    security.tell_staff_by(send_to_staff)


def _join_nodes() -> None:
    """
    Let the node's certificate authority certify nodes, and the tables of nodes say whom this one exchanges with.
    """
    from tongban.config.node_authority import TrustAuthority  # noqa: PLC0415
    from tongban.foundation import clock  # noqa: PLC0415
    from tongban.resources.exchange import ports  # noqa: PLC0415
    from tongban.resources.exchange.adapters.neighbours import NodeTables  # noqa: PLC0415

    ports.certify_nodes_by(TrustAuthority())
    ports.know_neighbours_by(NodeTables(now=clock.now))


def _join_registers() -> None:
    """
    Let the base registers know people and cases, and tell by messaging.
    """
    from tongban.config import registers  # noqa: PLC0415

    registers.join()
