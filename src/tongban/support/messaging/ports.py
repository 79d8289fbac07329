"""
What messaging needs from outside: a gateway for short messages, and templates of the apps above.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import UpstreamError
from tongban.support.messaging.values import DeliveryReport, MessageTemplate


class GatewayDown(UpstreamError):
    """
    The gateway did not answer, or what it answered is no answer of a gateway. Trying again may help.
    """

    code = "sms_gateway_down"
    message = _("短信网关暂时无法响应")


class TextRefused(UpstreamError):
    """
    The gateway understood and will never send this: `reason` is its code. Trying again does not help.
    """

    code = "sms_refused"
    message = _("短信网关拒绝发送")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortMessage:
    """
    What a gateway is asked to send.
    """

    id: UUID
    """Ours. A gateway that gets the same id twice sends once."""
    mobile: str
    sms_template_id: str
    params: Mapping[str, str]

    def __repr__(self) -> str:
        return f"ShortMessage(id={self.id!r}, …)"


class SmsGateway(Protocol):
    """
    Carries short messages.
    """

    def send(self, message: ShortMessage, *, at: datetime) -> str:
        """
        Hand one message over and return the gateway's number of it.

        :raises GatewayDown: try again later
        :raises TextRefused: never
        """

    def reports(self, gateway_ids: Sequence[str], *, at: datetime) -> Mapping[str, DeliveryReport]:
        """
        Return what is known about messages handed over before; unknown ones are missing.

        :raises GatewayDown: try again later
        """


@dataclass
class RecordingGateway:
    """
    A fake: takes everything, delivers at once, fails on demand.
    """

    sent: dict[str, ShortMessage] = field(default_factory=dict)
    failures: list[UpstreamError] = field(default_factory=list)
    """Raised one by one before anything is taken again."""

    def send(self, message: ShortMessage, *, at: datetime) -> str:
        """
        Keep the message.
        """
        if self.failures:
            raise self.failures.pop(0)
        self.sent[f"fake-{message.id}"] = message
        return f"fake-{message.id}"

    def reports(self, gateway_ids: Sequence[str], *, at: datetime) -> Mapping[str, DeliveryReport]:
        """
        Say that all of them have arrived.
        """
        return {gateway_id: DeliveryReport.DELIVERED for gateway_id in gateway_ids if gateway_id in self.sent}


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrivedText:
    """
    A short message on a simulated phone.
    """

    mobile: str
    text: str
    at: datetime
    """When the simulator received it; aware."""


class SimulatedPhones(Protocol):
    """
    Phones that exist in a demonstration only; who looks at them needs no telephone of his own.
    """

    def texts(self, *, mobile: str, limit: int) -> Sequence[ArrivedText]:
        """
        Return what reached one phone, newest first.

        :raises GatewayDown: the simulator does not answer
        """


class _Wiring:
    gateway: SmsGateway | None = None
    phones: SimulatedPhones | None = None


_templates: dict[str, MessageTemplate] = {}


def send_texts_by(gateway: SmsGateway | None) -> SmsGateway | None:
    """
    Wire the gateway; None: short messages wait. Return the one before.
    """
    before, _Wiring.gateway = _Wiring.gateway, gateway
    return before


def sms_gateway() -> SmsGateway | None:
    """
    Return the gateway, or None where none is configured.
    """
    return _Wiring.gateway


def show_phones_by(phones: SimulatedPhones | None) -> None:
    """
    Wire the simulated phones of a demonstration.
    """
    _Wiring.phones = phones


def simulated_phones() -> SimulatedPhones | None:
    """
    Return the simulated phones, None outside a demonstration.
    """
    return _Wiring.phones


def register_templates(*templates: MessageTemplate) -> None:
    """
    Make templates known; called in AppConfig.ready() of the app whose facts they tell.

    :raises ValueError: another template has this code
    """
    for template in templates:
        if _templates.setdefault(template.code, template) is not template:
            raise ValueError(f"two message templates are called {template.code}")


def find_template(code: str) -> MessageTemplate | None:
    """
    Return a template, or None: an app that told something once may be gone.
    """
    return _templates.get(code)
