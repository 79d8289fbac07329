"""
Wiring of messaging.
"""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from tongban.support.messaging.values import MessageTemplate


class MessagingConfig(AppConfig):
    """
    消息.
    """

    name = "tongban.support.messaging"
    label = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Wire the gateway, the templates of the layer below, and identity's way of sending codes.
        """
        # Imported here because models may be loaded only when all apps are.
        from tongban.foundation import holdings  # noqa: PLC0415
        from tongban.foundation.holdings import Holding  # noqa: PLC0415
        from tongban.support.identity.ports import (  # noqa: PLC0415
            send_codes_by,
            tell_new_devices_by,
            tell_old_mobiles_by,
        )
        from tongban.support.mandates.ports import tell_of_mandates_by  # noqa: PLC0415
        from tongban.support.messaging import ports, selectors, services  # noqa: PLC0415
        from tongban.support.messaging.adapters.http_gateway import HttpGateway  # noqa: PLC0415
        from tongban.support.messaging.adapters.http_phones import HttpPhones  # noqa: PLC0415
        from tongban.support.messaging.values import MessageTemplate  # noqa: PLC0415

        ports.register_templates(
            MessageTemplate(
                code=services.CODE_TEMPLATE,
                title=_("手机验证码"),
                body=_("验证码 %(code)s，%(minutes)s 分钟内有效。请勿告诉他人。"),
                sms_template_id="SMS_CODE",
            ),
            MessageTemplate(
                code=services.MOBILE_CHANGED_TEMPLATE,
                title=_("手机号码已修改"),
                body=_(
                    "您账号的手机号码已改为 %(mobile)s，以后用新号码登录和接收消息。"
                    "不是您本人修改的，请尽快修改密码并到窗口核实。"
                ),
                sms_template_id="SMS_MOBILE_CHANGED",
            ),
            MessageTemplate(
                code=services.NEW_DEVICE_TEMPLATE,
                title=_("新设备登录提醒"),
                body=_(
                    "您的账号于 %(moment)s 在新的设备上登录（%(browser)s，地址 %(address)s）。"
                    "不是您本人登录的，请尽快修改密码，并在“账号与安全”中退出该设备。"
                ),
                sms_template_id="SMS_NEW_DEVICE",
            ),
        )
        holdings.hold(
            Holding(
                code="messaging.messages",
                title=_("站内消息和短信"),
                purpose=_("告知办理进展和账号变动。"),
                ground="个人信息保护法-13",
                models=("messaging.Message", "messaging.OutgoingText"),
                term=_("账号注销前"),
                exporter=selectors.messages_of,
                counter=selectors.count_messages,
                eraser=services.erase_messages,
                order=300,
            )
        )
        ports.register_templates(*mandate_templates())
        tell_of_mandates_by(services.tell_of_mandate)
        send_codes_by(services.send_code)
        tell_old_mobiles_by(services.tell_old_mobile)
        tell_new_devices_by(services.tell_new_device)
        chosen = settings.TONGBAN_MESSAGING
        if chosen.sms_url is not None:
            ports.send_texts_by(
                HttpGateway(
                    url=str(chosen.sms_url).rstrip("/"),
                    app_id=chosen.sms_app_id,
                    secret=chosen.sms_secret.get_secret_value().encode(),
                )
            )
        if chosen.sms_url is not None and chosen.is_simulated:
            ports.show_phones_by(HttpPhones(url=str(chosen.sms_url).rstrip("/")))


def mandate_templates() -> list["MessageTemplate"]:
    """
    Return what people are told of mandates; the codes are the topics of `mandates.events`.
    """
    from tongban.support.mandates import events  # noqa: PLC0415 - models are loaded by now
    from tongban.support.messaging.values import MessageTemplate  # noqa: PLC0415

    return [
        MessageTemplate(
            code=events.MANDATE_OFFERED,
            title=_("有一项授权等您接受"),
            body=_("%(grantor)s 请您代为办事。请在“授权管理”中查看后接受或谢绝。"),
            sms_template_id="SMS_MANDATE_OFFERED",
        ),
        MessageTemplate(
            code=events.MANDATE_ACCEPTED,
            title=_("授权已生效"),
            body=_("%(grantee)s 现在可以以 %(grantor)s 的身份办事。不需要时请在“授权管理”中收回，立即生效。"),
            sms_template_id="SMS_MANDATE_ACCEPTED",
        ),
        MessageTemplate(
            code=events.MANDATE_DECLINED,
            title=_("授权被谢绝"),
            body=_("%(grantee)s 谢绝了代 %(grantor)s 办事的授权。"),
        ),
        MessageTemplate(
            code=events.MANDATE_ENDED,
            title=_("授权已终止"),
            body=_("%(grantee)s 以 %(grantor)s 的身份办事的授权已经终止。"),
            sms_template_id="SMS_MANDATE_ENDED",
        ),
        MessageTemplate(
            code=events.REPRESENTATIVE_CHANGED,
            title=_("单位的法定代表人已变更"),
            body=_("%(entity)s 的法定代表人已按法人库变更，原法定代表人的权限终止，已授权的经办人不受影响。"),
        ),
    ]
