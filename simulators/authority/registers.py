"""
What the simulated authorities know and do; no HTTP here.

Each is asked with facts and answers whether all of them are right, with nothing else. Who and what they know stands in
`people.json` and `entities.json`: all of it made up. Strangers, where they are believed, are whoever is named first:
so somebody who tries the demonstration may be anybody, but not two people with one number.
"""

import json
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.authority.certificates import CertificateAuthority
from simulators.dials import TellingDials, happens

HERE = Path(__file__).parent
REMEMBERED = 10_000
LONGEST_FACT = 200
LONGER_FACTS = {"certificate": 8192, "signature": 1024, "text": 1024}

OWNED = {
    "mobile-operator": "mobile",
    "social-security": "social_security_card",
    "bank": "bank_card",
    "provident-fund": "provident_fund_account",
    "driving-licence": "driving_licence_file",
}
"""Authority -> what of a person it keeps."""
ASKED_AS = {
    "mobile-operator": "mobile",
    "social-security": "card_number",
    "bank": "card_number",
    "provident-fund": "account_number",
    "driving-licence": "file_number",
}
"""Authority -> the name of the fact that it compares with what it keeps."""
REQUIRED = {
    "population": ("id_number", "name"),
    "entry-exit": ("id_number", "name"),
    "certificate": ("id_number", "name", "text", "certificate", "signature"),
    "legal-entity": ("credit_code",),
    **{authority: ("id_number", "name", fact) for authority, fact in ASKED_AS.items()},
}
AUTHORITIES = (*REQUIRED, "face", "card-reader")
ACTS = {
    "face": ("begin", "result", "confirm"),
    "card-reader": ("read",),
    "certificate": ("check", "sign"),
}
"""What can be asked of an authority that does more, or less, than check."""
COMPARED = ("sex", "ethnicity", "born_on")
"""What a register of people compares beside number and name."""
ON_EVERY_DESK = "511602197002021242"
"""The card that lies on a reader until another is laid there: of somebody who has no account yet."""


@dataclass
class Capture:
    """
    A face that is to be looked at.
    """

    facts: dict[str, str]
    result: str = "PENDING"
    """PENDING, YES or NO."""


@dataclass
class Registers:
    """
    The state of all authorities; safe to use from many threads.
    """

    dials: TellingDials = field(default_factory=TellingDials)
    believes_strangers: bool = False
    people: dict[str, dict[str, str]] = field(default_factory=lambda: _read("people.json", "id_number"))
    entities: dict[str, dict[str, str]] = field(default_factory=lambda: _read("entities.json", "credit_code"))
    own_dials: dict[str, TellingDials] = field(default_factory=dict)
    """Dials of one authority; all others follow `dials`."""
    certificates: CertificateAuthority = field(default_factory=CertificateAuthority)
    cards: dict[str, str] = field(default_factory=dict)
    """Desk -> number of the card on its reader; "" where none lies."""
    _claims: dict[tuple[str, str], str] = field(default_factory=dict)
    _captures: "OrderedDict[str, Capture]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def dials_of(self, authority: str) -> TellingDials:
        """
        Return how badly one authority behaves.
        """
        return self.own_dials.get(authority, self.dials)

    def check(self, authority: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """
        Say whether all facts are right; of what was not asked nothing is said.
        """
        longest = {name: LONGER_FACTS.get(name, LONGEST_FACT) for name in facts}
        if not all(isinstance(value, str) and len(value) <= longest[name] for name, value in facts.items()):
            return {"code": "FACTS_ILLEGAL", "msg": "参数错误"}
        if any(not facts.get(name) for name in REQUIRED[authority]):
            return {"code": "FACTS_MISSING", "msg": "缺少参数"}
        is_right = self._is_right(authority, facts)
        if happens(self.dials_of(authority).disagree):
            is_right = not is_right
        return {"code": "OK", "msg": "成功", "result": "YES" if is_right else "NO"}

    def read_card(self, desk: object) -> dict[str, Any]:
        """
        Say what stands on the card that lies on the reader of a desk.
        """
        number = self.cards.get(desk, ON_EVERY_DESK) if isinstance(desk, str) else ""
        person = self.people.get(number)
        if person is None:
            return {"code": "NO_CARD", "msg": "没有放卡"}
        card = {"id_number": number, "name": person["name"], "valid_until": "2036-01-01"}
        if "born_on" in person:
            card["born_on"] = person["born_on"]
        return {"code": "OK", "msg": "成功", "card": card}

    def sign(self, text: object, facts: object, *, is_own: bool) -> dict[str, str] | None:
        """
        Sign a text with the key of somebody's certificate, or with that of another; None: nobody has one.
        """
        if not isinstance(text, str) or not isinstance(facts, dict):
            return None
        number, name = facts.get("id_number"), facts.get("name")
        if not isinstance(number, str) or not isinstance(name, str):
            return None
        if not is_own:
            number, name = next((key, one["name"]) for key, one in self.people.items() if key != number)
        with self._lock:
            is_known = self._is_person(number, name)
        return self.certificates.sign(id_number=number, name=name, text=text) if is_known else None

    def begin_capture(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """
        Open a look at a face; the phone's app finishes it.
        """
        if not all(isinstance(facts.get(name), str) and facts[name] for name in ("id_number", "name")):
            return {"code": "FACTS_MISSING", "msg": "缺少参数"}
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._captures[token] = Capture(facts={name: facts[name] for name in ("id_number", "name")})
            if len(self._captures) > REMEMBERED:
                self._captures.popitem(last=False)
        return {"code": "OK", "msg": "成功", "token": token}

    def finish_capture(self, token: object, *, is_same: bool) -> bool:
        """
        Hold a face before the camera: that of the person, or another; False where nothing is open.
        """
        with self._lock:
            capture = self._captures.get(token) if isinstance(token, str) else None
            if capture is None or capture.result != "PENDING":
                return False
            is_known = self._is_person(capture.facts["id_number"], capture.facts["name"])
            capture.result = "YES" if is_same and is_known else "NO"
            return True

    def capture_result(self, token: object) -> dict[str, Any]:
        """
        Say what the camera saw; a result is told once.
        """
        with self._lock:
            capture = self._captures.get(token) if isinstance(token, str) else None
            if capture is None or not isinstance(token, str):
                return {"code": "TOKEN_UNKNOWN", "msg": "没有这次核验"}
            result = capture.result
            if result != "PENDING":
                del self._captures[token]
        if result != "PENDING" and happens(self.dials_of("face").disagree):
            result = "NO" if result == "YES" else "YES"
        return {"code": "OK", "msg": "成功", "result": result}

    def _is_right(self, authority: str, facts: Mapping[str, str]) -> bool:
        with self._lock:
            if authority == "legal-entity":
                known = self.entities.get(facts["credit_code"].upper(), {})
                return bool(known) and all(known.get(name) == value for name, value in facts.items())
            if not self._is_person(facts["id_number"], facts["name"]):
                return False
            if authority in {"population", "entry-exit"}:
                return self._stands_in(authority, facts) and self._fits_in_register(facts)
            if authority == "certificate":
                return self.certificates.is_right(facts)
            return self._owns(authority, facts["id_number"].upper(), facts[ASKED_AS[authority]])

    def _is_person(self, id_number: str, name: str) -> bool:
        number = id_number.upper()
        known = self.people.get(number)
        if known is not None:
            return known["name"] == name
        return self.believes_strangers and self._claims.setdefault(("name", number), name) == name

    def _stands_in(self, authority: str, facts: Mapping[str, str]) -> bool:
        """
        Whether the register of the police or that of entry and exit keeps the document; of strangers either does.
        """
        known = self.people.get(facts["id_number"].upper(), {})
        return not known or known.get("register", "population") == authority

    def _fits_in_register(self, facts: Mapping[str, str]) -> bool:
        known = self.people.get(facts["id_number"].upper(), {})
        wanted = {name: value for name, value in facts.items() if name in COMPARED and known}
        return all(known.get(name) == value for name, value in wanted.items())

    def _owns(self, authority: str, number: str, value: str) -> bool:
        kept = OWNED[authority]
        owner = next((key for key, person in self.people.items() if person.get(kept) == value), None)
        if owner is not None or not self.believes_strangers:
            return owner == number
        return self._claims.setdefault((authority, value), number) == number


def authority_of(path: str) -> tuple[str, str] | None:
    """
    Return the authority and the act that an address names: /bank/check is ("bank", "check").
    """
    found = re.fullmatch(r"/([a-z-]+)/([a-z]+)", path)
    if found is None or found[1] not in AUTHORITIES or found[2] not in ACTS.get(found[1], ("check",)):
        return None
    return found[1], found[2]


def _read(name: str, key: str) -> dict[str, dict[str, str]]:
    rows: list[dict[str, str]] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return {row[key]: row for row in rows}
