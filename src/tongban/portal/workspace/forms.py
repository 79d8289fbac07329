"""
Shape of what people type on the account pages; rules are the services'.

Passwords and codes are never sent back; everything else that was typed is.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_LOGIN = 64
LONGEST_PASSWORD = 128
LONGEST_NAME = 50
LONGEST_NUMBER = 32
LONGEST_CODE = 16


class PageForm(forms.Form):
    """
    A form of one page.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """
        Say in our words what is missing, and what is too long.
        """
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写“%(field)s”") % {"field": field.label}
            if isinstance(field, forms.CharField) and field.max_length:
                words = {"field": field.label, "most": field.max_length}
                field.error_messages["max_length"] = _("“%(field)s”不能超过 %(most)s 个字符") % words

    def blame(self, complaints: Mapping[str, str]) -> None:
        """
        Add what a service complained about; a complaint about a field of another page goes to the head.
        """
        for name, sentence in complaints.items():
            self.add_error(name if name in self.fields else None, sentence)


class LogIn(PageForm):
    """
    登录.
    """

    login = forms.CharField(label=_("账号"), max_length=LONGEST_LOGIN)
    password = forms.CharField(label=_("密码"), max_length=LONGEST_PASSWORD, strip=False)


class RegisterMobile(PageForm):
    """
    注册, first page: a mobile.
    """

    mobile = forms.CharField(label=_("手机号码"), max_length=LONGEST_NUMBER)


class Code(PageForm):
    """
    A code that was sent to the mobile.
    """

    code = forms.CharField(label=_("短信验证码"), max_length=LONGEST_CODE)


class RegisterPerson(PageForm):
    """
    注册, last page: who it is, and a password.
    """

    name = forms.CharField(label=_("姓名"), max_length=LONGEST_NAME)
    id_number = forms.CharField(label=_("证件号码"), max_length=LONGEST_NUMBER)
    born_on = forms.DateField(label=_("出生日期"), required=False, input_formats=["%Y-%m-%d"])
    means = forms.CharField(label=_("另一项认证内容"), max_length=LONGEST_NUMBER, required=False)
    value = forms.CharField(label=_("这一项的号码"), max_length=LONGEST_NUMBER, required=False)
    password = forms.CharField(label=_("密码"), max_length=LONGEST_PASSWORD, strip=False)
    repeated = forms.CharField(label=_("再输入一次密码"), max_length=LONGEST_PASSWORD, strip=False)
    agreement = forms.BooleanField(label=_("我已阅读并同意用户服务协议和个人信息保护说明"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """
        Ask for the consent in a sentence of its own.
        """
        super().__init__(*args, **kwargs)
        self.fields["born_on"].error_messages["invalid"] = _("请按 1990-01-31 的样子填写日期")
        self.fields["agreement"].error_messages["required"] = _("请阅读并同意用户服务协议和个人信息保护说明")

    def clean(self) -> dict[str, Any]:
        """
        Compare the two passwords.
        """
        return _compared(self, "password")


class ResetRequest(PageForm):
    """
    重置密码, first page: who it is.
    """

    id_number = forms.CharField(label=_("证件号码"), max_length=LONGEST_NUMBER)
    mobile = forms.CharField(label=_("手机号码"), max_length=LONGEST_NUMBER)


class ResetPassword(PageForm):
    """
    重置密码, second page: the code, and a new password.
    """

    code = forms.CharField(label=_("短信验证码"), max_length=LONGEST_CODE)
    new_password = forms.CharField(label=_("新密码"), max_length=LONGEST_PASSWORD, strip=False)
    repeated = forms.CharField(label=_("再输入一次新密码"), max_length=LONGEST_PASSWORD, strip=False)

    def clean(self) -> dict[str, Any]:
        """
        Compare the two passwords.
        """
        return _compared(self, "new_password")


class ChangePassword(PageForm):
    """
    修改密码.
    """

    password = forms.CharField(label=_("当前密码"), max_length=LONGEST_PASSWORD, strip=False)
    new_password = forms.CharField(label=_("新密码"), max_length=LONGEST_PASSWORD, strip=False)
    repeated = forms.CharField(label=_("再输入一次新密码"), max_length=LONGEST_PASSWORD, strip=False)

    def clean(self) -> dict[str, Any]:
        """
        Compare the two passwords.
        """
        return _compared(self, "new_password")


class NewPassword(PageForm):
    """
    修改密码, where the old one was just given.
    """

    new_password = forms.CharField(label=_("新密码"), max_length=LONGEST_PASSWORD, strip=False)
    repeated = forms.CharField(label=_("再输入一次新密码"), max_length=LONGEST_PASSWORD, strip=False)

    def clean(self) -> dict[str, Any]:
        """
        Compare the two passwords.
        """
        return _compared(self, "new_password")


class Password(PageForm):
    """
    The password, typed anew before something is changed.
    """

    password = forms.CharField(label=_("当前密码"), max_length=LONGEST_PASSWORD, strip=False)


class SetUpFactor(PageForm):
    """
    设置第二重认证.
    """

    code = forms.CharField(label=_("动态口令"), max_length=LONGEST_CODE, required=False)
    name = forms.CharField(label=_("安全密钥名称"), max_length=LONGEST_NAME, required=False)
    password = forms.CharField(label=_("当前密码"), max_length=LONGEST_PASSWORD, strip=False, required=False)
    key_password = forms.CharField(
        label=_("当前密码"), max_length=LONGEST_PASSWORD, strip=False, required=False
    )
    """The same, in the form for security keys."""


class ChangeMobile(PageForm):
    """
    修改手机号码, first page: the password typed anew, and the new number.
    """

    password = forms.CharField(label=_("当前密码"), max_length=LONGEST_PASSWORD, strip=False)
    mobile = forms.CharField(label=_("新手机号码"), max_length=LONGEST_NUMBER)


def _compared(form: PageForm, name: str) -> dict[str, Any]:
    values = form.cleaned_data
    if values.get(name) and values.get("repeated") and values[name] != values["repeated"]:
        form.add_error("repeated", _("两次输入的密码不一致"))
    return values
