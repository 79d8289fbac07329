"""
What identity asks of names, numbers and passwords, as pure functions.
"""

import re
import unicodedata
from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from tongban.foundation import codes
from tongban.foundation.rules import implements

GUARDIAN_NEEDED_BELOW_YEARS = 14
"""个人信息保护法 art. 31: consent of a parent or guardian below this age."""
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
CHARACTER_CLASSES = 3
"""Of lower case, upper case, digits, others; GB/T 22239-2019 8.1.4.1 a)."""
LONGEST_NAME = 50
SHORTEST_NAME = 2
SHORTEST_REVEALING_PART = 4

LOGIN_NAME = re.compile(r"[a-z][a-z0-9._-]{1,63}", re.ASCII)
LETTER = r"\u3400-\u9fff\U00020000-\U0003ffffA-Za-z"
NAME = re.compile(rf"[{LETTER}][{LETTER}·\-.' ]*")


class LoginForm(StrEnum):
    """
    What kind of thing somebody typed as a login.
    """

    LOGIN_NAME = "LOGIN_NAME"
    ID_NUMBER = "ID_NUMBER"
    MOBILE = "MOBILE"
    UNUSABLE = "UNUSABLE"


class PasswordFlaw(StrEnum):
    """
    Why a password is refused.
    """

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    TOO_FEW_CLASSES = "TOO_FEW_CLASSES"
    REVEALS_OWNER = "REVEALS_OWNER"
    COMMON = "COMMON"


def plain_text(text: str) -> str:
    """
    Return what was meant: full-width letters and digits made half-width, outer blanks gone.
    """
    return unicodedata.normalize("NFKC", text).strip()


def normal_id_number(text: str) -> str:
    """
    Return an ID number as it is compared: no blanks, capital X.
    """
    return re.sub(r"\s", "", plain_text(text)).upper()


def normal_mobile(text: str) -> str:
    """
    Return a mobile as it is compared: eleven digits; of anything else, the text as typed.
    """
    return codes.mobile_number(plain_text(text)) or plain_text(text)


def normal_name(text: str) -> str:
    """
    Return a name as it is compared: single blanks, one kind of dot between the parts of a name.
    """
    return re.sub(r"\s+", " ", re.sub(r"[•・‧∙]", "·", plain_text(re.sub(r"[•・‧∙]", "·", text))))


def normal_login(text: str) -> str:
    """
    Return a login as it is compared; the limits on tries count by this.
    """
    return re.sub(r"\s", "", plain_text(text)).lower()


def login_form(login: str) -> LoginForm:
    """
    Return what kind of login this is.

    :param login: already normal
    """
    if codes.is_mobile(login):
        return LoginForm.MOBILE
    if re.fullmatch(r"\d{17}[\dx]|[a-z]{3}\d{12}", login, re.ASCII) or codes.travel_permit(login):
        return LoginForm.ID_NUMBER
    return LoginForm.LOGIN_NAME if LOGIN_NAME.fullmatch(login) else LoginForm.UNUSABLE


def masked_login(login: str) -> str:
    """
    Return what is written down of a login that led nowhere: enough to see what was tried.

    What can be no login may be a password typed into the wrong field: nothing of it is kept.

    :param login: already normal
    """
    match login_form(login):
        case LoginForm.MOBILE:
            return codes.mask_mobile(login)
        case LoginForm.ID_NUMBER:
            return codes.mask_id(login)
        case LoginForm.LOGIN_NAME:
            return codes.mask(login, head=2, tail=0)
        case LoginForm.UNUSABLE:
            return ""


def is_name(name: str) -> bool:
    """
    Whether this can be the name on an identity document: Chinese or Latin letters, the dot between parts.
    """
    return SHORTEST_NAME <= len(name) <= LONGEST_NAME and NAME.fullmatch(name) is not None


def age_in_years(*, born_on: date, on: date) -> int:
    """
    Return the completed years of life on a day. Source: 民法典 arts. 13, 17-20, counted by birthdays.
    """
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


@implements("个人信息保护法-31")
def needs_guardian(*, born_on: date, on: date) -> bool:
    """
    Whether a guardian must consent to the handling of this person's data. Source: 个人信息保护法 art. 31.
    """
    return age_in_years(born_on=born_on, on=on) < GUARDIAN_NEEDED_BELOW_YEARS


def password_flaws(
    password: str,
    *,
    about_owner: tuple[str, ...],
    common: frozenset[str],
    shortest: int = SHORTEST_PASSWORD,
    classes: int = CHARACTER_CLASSES,
) -> list[PasswordFlaw]:
    """
    Return what is wrong with a new password; empty: nothing.

    Source: GB/T 22239-2019 8.1.4.1 身份鉴别 (complexity).

    :param about_owner: login name, ID number, mobile: nothing of this may be part of it
    :param common: passwords everybody tries first, in lower case
    :param shortest: fewest characters
    :param classes: of lower case, upper case, digits and others, how many there must be
    """
    flaws = []
    if len(password) < shortest:
        flaws.append(PasswordFlaw.TOO_SHORT)
    if len(password) > LONGEST_PASSWORD:
        flaws.append(PasswordFlaw.TOO_LONG)
    if _character_classes(password) < classes:
        flaws.append(PasswordFlaw.TOO_FEW_CLASSES)
    if any(_reveals(password, fact) for fact in about_owner):
        flaws.append(PasswordFlaw.REVEALS_OWNER)
    if password.lower() in common:
        flaws.append(PasswordFlaw.COMMON)
    return flaws


def _character_classes(password: str) -> int:
    return sum(
        any(belongs(character) for character in password)
        for belongs in (
            str.islower,
            str.isupper,
            str.isdigit,
            lambda character: not (character.islower() or character.isupper() or character.isdigit()),
        )
    )


def _reveals(password: str, fact: str) -> bool:
    return len(fact) >= SHORTEST_REVEALING_PART and fact.lower() in password.lower()


FORM: Final = "application/x-www-form-urlencoded"
CLIENT_CREDENTIALS: Final = "client_credentials"
MOST_PARAMETERS: Final = 50
LONGEST_PARAMETER: Final = 512
TOKEN_PARAMETERS: Final = ("grant_type", "client_id", "client_secret", "scope")


class TokenRequestRefused(Exception):
    """
    A request for a token is no request of RFC 6749 sections 2.3.1 and 4.4; `code` is the error of section 5.2.
    """

    def __init__(self, code: str, description: str) -> None:
        """
        Keep what the client is told.

        :param description: a sentence in ASCII, as section 5.2 asks
        """
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRequest:
    """
    A request for a token by client credentials.
    """

    client_id: str
    client_secret: str
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"TokenRequest(client_id={self.client_id!r}, …)"


def token_request(*, body: bytes, authorization: str) -> TokenRequest:
    """
    Return what a form asks for; the client may be named in the form or by HTTP Basic, not by both.

    :param authorization: the header, empty where there is none
    :raises TokenRequestRefused: which error it is, by RFC 6749 section 5.2
    """
    form = _token_form(body)
    if "grant_type" not in form:
        raise TokenRequestRefused("invalid_request", "grant_type is missing")
    if form["grant_type"] != CLIENT_CREDENTIALS:
        raise TokenRequestRefused("unsupported_grant_type", "only client_credentials is supported")
    client_id, client_secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization:
        by_header = _by_basic(authorization)
        if client_secret or client_id not in {"", by_header[0]}:
            raise TokenRequestRefused("invalid_request", "the client is named in two ways")
        client_id, client_secret = by_header
    if not client_id or not client_secret:
        raise TokenRequestRefused("invalid_client", "client_id or client_secret is missing")
    return TokenRequest(
        client_id=client_id, client_secret=client_secret, scopes=tuple(form.get("scope", "").split())
    )


def _token_form(body: bytes) -> dict[str, str]:
    """
    Return the parameters that count; those without a value are as if not sent, unknown ones are passed over.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=MOST_PARAMETERS, errors="strict")
    except ValueError as error:
        raise TokenRequestRefused("invalid_request", "the body is no form in UTF-8") from error
    form: dict[str, str] = {}
    for name, value in pairs:
        if name not in TOKEN_PARAMETERS:
            continue
        if name in form:
            raise TokenRequestRefused("invalid_request", f"{name} is sent twice")
        if len(value) > LONGEST_PARAMETER or not value.isprintable():
            raise TokenRequestRefused("invalid_request", f"{name} is too long or holds control characters")
        form[name] = value
    return form


def _by_basic(authorization: str) -> tuple[str, str]:
    """
    Return client and secret of the header; both are encoded as a form's values are (RFC 6749 section 2.3.1).
    """
    scheme, _blank, credentials = authorization.partition(" ")
    refusal = TokenRequestRefused("invalid_client", "the Authorization header is no HTTP Basic")
    try:
        text = b64decode(credentials.strip(), validate=True).decode()
        client_id, colon, client_secret = text.partition(":")
        named = unquote_plus(client_id, errors="strict"), unquote_plus(client_secret, errors="strict")
    except ValueError as error:
        raise refusal from error
    if scheme.lower() != "basic" or not colon:
        raise refusal
    return named


def normal_networks(networks: Collection[str]) -> list[str]:
    """
    Return addresses and networks as CIDR, sorted, each once.

    :raises ValueError: one of them is neither
    """
    return sorted({str(ip_network(text.strip(), strict=False)) for text in networks})


def is_within_networks(address: str | None, networks: Collection[str]) -> bool:
    """
    Return whether an address lies in one of the networks; where there are none, every address does.
    """
    if not networks:
        return True
    try:
        wanted = ip_address(address or "")
    except ValueError:
        return False
    return any(wanted in ip_network(network) for network in networks)
