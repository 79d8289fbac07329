"""
认证内容: what a registration rests on beside the identity card, and what the authorities say about it.

For the services of this app only. Source: 国办函〔2016〕108号 五 (身份证必备，其余任选两项).
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput
from tongban.support.identity.services.checks import ask_authority, digest_of, facts_of, register_of
from tongban.support.identity.services.numbers import KnownNumber
from tongban.support.identity.services.proofs import plain_value
from tongban.support.identity.values import Answer, Means, MeansCode, means

MOBILE_ALONE = 1
"""The mobile is proved by its code before anything else is asked."""


class IdentityNotConfirmed(InvalidInput):
    """
    The register of the document, of the police or of entry and exit, says that number and name do not belong together.
    """

    code = "identity_not_confirmed"
    message = _("姓名与证件号码不一致，请核对；确实无误的，请携带身份证件到窗口办理")

    def __init__(self) -> None:
        """
        Name the field that people typed into.
        """
        super().__init__(fields={"id_number": self.message})


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedContents:
    """
    What the authorities said.
    """

    proved: tuple[tuple[str, str], ...] = ()
    """(means, keyed digest of what was compared)."""
    not_checked: tuple[str, ...] = ()
    """Means whose authority did not answer."""


def further_content(means_code: str, *, value: str) -> tuple[Means, str] | None:
    """
    Return what the person gave beside the mobile, as the authority knows it; None: nothing.

    :raises InvalidInput: no such content, or a number that cannot be one
    """
    if not means_code:
        return None
    one = means().get(means_code)
    if one is None or not one.counts or not one.field:
        raise InvalidInput(fields={"means": _("请选择列出的一项")})
    return one, plain_value(one, value)


def check_contents(
    *, number: KnownNumber, name: str, content: tuple[Means, str] | None, actor: Actor, at: datetime
) -> CheckedContents:
    """
    Ask the authorities; waits for them, so no row may be held.

    :param name: as it is compared
    :raises IdentityNotConfirmed: the register of the document says no
    :raises InvalidInput: the other authority says no, or one more content is needed
    """
    register, facts = register_of(number), facts_of(number, name=name)
    answer = ask_authority(authority=register, facts=facts, subject="", actor=actor, at=at)
    if answer is Answer.NO:
        raise IdentityNotConfirmed
    needed = settings.TONGBAN_IDENTITY.registration_contents
    if content is None and needed > MOBILE_ALONE and answer is Answer.YES:
        raise InvalidInput(fields={"means": _("请再选择一项，并填写它的号码")})
    proved, not_checked = [], []
    if answer is Answer.YES:
        evidence = digest_of(register, facts)
        proved.append((MeansCode.POPULATION_REGISTER.value, evidence))
    else:
        not_checked.append(MeansCode.POPULATION_REGISTER.value)
    if content is not None:
        person = {"id_number": number.number, "name": name}
        evidence = _ask_content(content, person=person, actor=actor, at=at)
        if evidence:
            proved.append((content[0].code, evidence))
        else:
            not_checked.append(content[0].code)
    return CheckedContents(proved=tuple(proved), not_checked=tuple(not_checked))


def _ask_content(content: tuple[Means, str], *, person: dict[str, str], actor: Actor, at: datetime) -> str:
    """
    Return the digest of what was confirmed, empty where nobody answered.
    """
    one, value = content
    assert one.authority is not None  # noqa: S101 -- whatever has a field has one, the data is tested
    facts = {**person, one.field: value}
    answer = ask_authority(authority=one.authority, facts=facts, subject="", actor=actor, at=at)
    if answer is Answer.NO:
        raise InvalidInput(fields={"value": _("填写的号码与本人登记信息不一致，请核对，或换一项")})
    return digest_of(one.authority, facts) if answer is Answer.YES else ""
