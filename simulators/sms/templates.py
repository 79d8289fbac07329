"""
The texts filed with the gateway. As at real ones, a caller names a template and fills its gaps; it sends no text.
"""

from collections.abc import Mapping

SIGN = "【通办演示】"

TEXTS = {
    "SMS_CODE": "验证码 {code}，{minutes} 分钟内有效。请勿告诉他人。",
    "SMS_MOBILE_CHANGED": "您账号的手机号码已改为 {mobile}。不是您本人修改的，请尽快修改密码并到窗口核实。",
    "SMS_NEW_DEVICE": "您的账号于 {moment} 在新的设备上登录（{browser}）。不是您本人登录的，请尽快修改密码。",
    "SMS_MANDATE_OFFERED": "{grantor} 请您代为办事，请登录后在“授权管理”中查看。",
    "SMS_MANDATE_ACCEPTED": "{grantee} 现在可以以 {grantor} 的身份办事。不需要时请登录收回授权。",
    "SMS_MANDATE_ENDED": "{grantee} 以 {grantor} 的身份办事的授权已经终止。",
    "SMS_SECURITY_ALARM": "安全告警：事件 #{number}“{event}”，已有 {count} 次，请到工作台处置。",
    "SMS_CASE_SUBMITTED": "您申请的“{service_name}”已提交，查询码 {query_code}，最迟 {due} 前答复是否受理。",
    "SMS_CASE_CORRECTION": "您申请的“{service_name}”需要补正材料，请登录查看。",
    "SMS_CASE_ACCEPTED": "您申请的“{service_name}”已受理，最迟 {due} 办结。",
    "SMS_CASE_NOT_ACCEPTED": "您申请的“{service_name}”不予受理，请登录查看决定书。",
    "SMS_CASE_STOPPED": "您申请的“{service_name}”进入特别程序，所需时间不计入办理期限。",
    "SMS_CASE_EXTENDED": "您申请的“{service_name}”办理期限已延长，请登录查看。",
    "SMS_CASE_GRANTED": "您申请的“{service_name}”已作出准予决定。",
    "SMS_CASE_REFUSED": "您申请的“{service_name}”已作出决定，请登录查看决定书。",
    "SMS_CASE_VOIDED": "您申请的“{service_name}”已作废，请登录查看理由和救济途径。",
    "SMS_LICENCE_SHARE_ASKED": "{agency_name}办理“{service_name}”需要使用您的“{type_name}”，请登录答复。",
    "SMS_LICENCES_FOUND": "{agency_name}的窗口记录您已同意，为办理“{service_name}”查找了您的证照，有疑问请登录查看。",
    "SMS_LICENCE_SUSPENDED": "您的“{type_name}”（编号 {number}）已暂停使用，请登录查看理由和救济途径。",
    "SMS_LICENCE_REVOKED": "您的“{type_name}”（编号 {number}）已被撤销，请登录查看理由和救济途径。",
    "SMS_LICENCE_EXPIRING": "您的“{type_name}”（编号 {number}）有效期至 {last_valid_date}，需要延续的请在到期前申请。",
    "SMS_LICENCE_CANCELED": "您的“{type_name}”（编号 {number}）已注销，请登录查看。",
    "SMS_CASE_LAPSED": "您申请的“{service_name}”逾期未补正，本次申请终止，您可以重新申请。",
}


class _Gaps(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"


def text_of(template_id: str, params: Mapping[str, str]) -> str:
    """
    Return what the phone shows; of a template that was not filed, the facts alone.
    """
    filed = TEXTS.get(template_id)
    if filed is None:
        return SIGN + "，".join(f"{name} {value}" for name, value in params.items())
    return SIGN + filed.format_map(_Gaps(params))
