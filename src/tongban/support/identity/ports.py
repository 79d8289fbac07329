"""
What identity needs from outside.

Who brings codes to mobiles and tells a mobile that it was replaced, and who knows for whom somebody may act.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tongban.foundation.actors import Principal
from tongban.support.identity.values import Answer, Authority, Card, CodePurpose, SignedText


class CodeSender(Protocol):
    """
    Brings a code to a mobile.

    Called inside the transaction that keeps the code, so it must queue and not wait.
    """

    def __call__(
        self, *, key: str, mobile: str, code: str, purpose: CodePurpose, at: datetime, expires_at: datetime
    ) -> None:
        """
        Queue one short message.

        :param key: the same key never sends twice
        :param expires_at: a code that has not left by then must not be sent any more
        """


@dataclass
class RecordingCodeSender:
    """
    A fake: keeps what it was given, newest last.
    """

    sent: list[tuple[str, str, CodePurpose]] = field(default_factory=list)
    """(mobile, code, purpose)."""

    def __call__(
        self, *, key: str, mobile: str, code: str, purpose: CodePurpose, at: datetime, expires_at: datetime
    ) -> None:
        """
        Keep the message.
        """
        self.sent.append((mobile, code, purpose))


class OldMobileTeller(Protocol):
    """
    Tells whoever reads the messages of a mobile that an account uses another one now.

    Called inside the transaction of the change, so it must queue and not wait.
    """

    def __call__(
        self, *, key: str, person_id: UUID, old_mobile: str, new_mobile_masked: str, at: datetime
    ) -> None:
        """
        Queue one short message to the old mobile and leave one in the inbox.

        :param key: the same key never tells twice
        """


class NewDeviceTeller(Protocol):
    """
    Tells a person that somebody logged in with a browser that was not used with the account before.

    Called inside the transaction of the log-in, so it must queue and not wait.
    """

    def __call__(self, *, person_id: UUID, browser: str, address: str, at: datetime) -> None:
        """
        Queue one message.

        :param browser: what the browser says about itself
        """


class PrincipalFinder(Protocol):
    """
    Knows for whom a person may act, and how far.

    Asked with every request of a session or token that acts for somebody else, so it must be one query.
    """

    def __call__(self, *, mandate_id: UUID, person_id: UUID, at: datetime) -> Principal | None:
        """
        Return in whose name the person acts by this mandate, or None when it is not in force or not his.
        """


@dataclass
class FixedPrincipals:
    """
    A fake: knows the mandates it was given.
    """

    known: dict[tuple[UUID, UUID], Principal] = field(default_factory=dict)
    """(mandate, person) -> principal."""

    def __call__(self, *, mandate_id: UUID, person_id: UUID, at: datetime) -> Principal | None:
        """
        Return what is known.
        """
        return self.known.get((mandate_id, person_id))


class AuthorityChecks(Protocol):
    """
    Asks an authority outside whether facts about somebody are right.

    Waits for the answer, but never longer than the deadline of the settings, so it must not be called while rows are
    held. Answers are kept nowhere.
    """

    def check(self, *, authority: Authority, facts: Mapping[str, str], at: datetime) -> Answer:
        """
        Return whether all facts are right, as far as the authority can be asked.

        :param facts: name -> value, e.g. id_number, name, mobile, card_number; of the names the authority knows
        """

    def begin_capture(self, *, facts: Mapping[str, str], at: datetime) -> str | None:
        """
        Open a look at somebody's face and return its token, by which the app on the phone finishes it; None: not now.

        :param facts: id_number, name
        """

    def capture_answer(self, *, token: str, at: datetime) -> Answer | None:
        """
        Return what was seen; None: the person has not held the face before the camera yet.
        """


class NoAuthorities:
    """
    No authority is wired: nothing can be checked now.
    """

    def check(self, *, authority: Authority, facts: Mapping[str, str], at: datetime) -> Answer:
        """
        Answer that nobody can be asked.
        """
        return Answer.UNAVAILABLE

    def begin_capture(self, *, facts: Mapping[str, str], at: datetime) -> str | None:
        """
        Open nothing.
        """
        return None

    def capture_answer(self, *, token: str, at: datetime) -> Answer | None:
        """
        Answer that nobody can be asked.
        """
        return Answer.UNAVAILABLE


@dataclass
class FixedAuthorities:
    """
    A fake: answers as it was told, and keeps what it was asked.
    """

    answers: dict[Authority, Answer] = field(default_factory=dict)
    """What is not here is answered by YES."""
    asked: list[tuple[Authority, dict[str, str]]] = field(default_factory=list)
    capture: Answer | None = Answer.YES

    def check(self, *, authority: Authority, facts: Mapping[str, str], at: datetime) -> Answer:
        """
        Answer as told.
        """
        self.asked.append((authority, dict(facts)))
        return self.answers.get(authority, Answer.YES)

    def begin_capture(self, *, facts: Mapping[str, str], at: datetime) -> str | None:
        """
        Open a capture, unless faces cannot be looked at now.
        """
        self.asked.append((Authority.FACE, dict(facts)))
        return None if self.answers.get(Authority.FACE) is Answer.UNAVAILABLE else "capture-token"

    def capture_answer(self, *, token: str, at: datetime) -> Answer | None:
        """
        Answer as told.
        """
        return self.capture


class CardReader(Protocol):
    """
    Reads identity cards at a counter.
    """

    def read(self, *, desk: str, at: datetime) -> Card | None:
        """
        Return what stands on the card that lies on the reader of a desk; None: none does, or the reader is silent.
        """


class NoCardReader:
    """
    No reader is wired: clerks type what they see.
    """

    def read(self, *, desk: str, at: datetime) -> Card | None:
        """
        Read nothing.
        """
        return None


@dataclass
class FixedCardReader:
    """
    A fake: one card lies on every reader.
    """

    card: Card | None = None

    def read(self, *, desk: str, at: datetime) -> Card | None:
        """
        Read it.
        """
        return self.card


class SimulatedCamera(Protocol):
    """
    The phone's app of a demonstration: holds a face before the camera.
    """

    def show(self, *, token: str, is_same: bool) -> bool:
        """
        Finish a capture with the face of the person, or with another; False: nothing was open, or nobody answers.
        """


class SimulatedKey(Protocol):
    """
    The reader of a demonstration, with the key of a certificate in it: signs what a person's own tool would sign.
    """

    def sign(self, *, text: str, facts: Mapping[str, str], is_own: bool) -> SignedText | None:
        """
        Sign with the key of the person of `facts`, or with somebody else's; None: nobody answers.

        :param facts: id_number, name
        """


class _Wiring:
    authorities: AuthorityChecks = NoAuthorities()
    simulated_camera: SimulatedCamera | None = None
    simulated_key: SimulatedKey | None = None
    card_reader: CardReader = NoCardReader()
    code_sender: CodeSender | None = None
    old_mobile_teller: OldMobileTeller | None = None
    new_device_teller: NewDeviceTeller | None = None
    principal_finder: PrincipalFinder | None = None


def check_by(checks: AuthorityChecks) -> AuthorityChecks:
    """
    Wire who asks the authorities; called once in IdentityConfig.ready(). Return the one before.
    """
    before, _Wiring.authorities = _Wiring.authorities, checks
    return before


def authorities() -> AuthorityChecks:
    """
    Return who asks the authorities; where none is wired, one that says that nothing can be checked now.
    """
    return _Wiring.authorities


def read_cards_by(reader: CardReader) -> CardReader:
    """
    Wire the card readers of the counters; called once in IdentityConfig.ready(). Return the one before.
    """
    before, _Wiring.card_reader = _Wiring.card_reader, reader
    return before


def card_reader() -> CardReader:
    """
    Return the card readers; where none is wired, one that reads nothing.
    """
    return _Wiring.card_reader


def hold_faces_by(camera: SimulatedCamera | None) -> SimulatedCamera | None:
    """
    Wire the simulated camera of a demonstration. Return the one before.
    """
    before, _Wiring.simulated_camera = _Wiring.simulated_camera, camera
    return before


def simulated_camera() -> SimulatedCamera | None:
    """
    Return the simulated camera, None outside a demonstration.
    """
    return _Wiring.simulated_camera


def sign_texts_by(reader: SimulatedKey | None) -> SimulatedKey | None:
    """
    Wire the simulated reader of a demonstration. Return the one before.
    """
    before, _Wiring.simulated_key = _Wiring.simulated_key, reader
    return before


def simulated_key() -> SimulatedKey | None:
    """
    Return the simulated reader, None outside a demonstration.
    """
    return _Wiring.simulated_key


def send_codes_by(sender: CodeSender) -> CodeSender | None:
    """
    Wire the app that sends short messages; called once in its AppConfig.ready(). Return the one before.
    """
    before, _Wiring.code_sender = _Wiring.code_sender, sender
    return before


def tell_old_mobiles_by(teller: OldMobileTeller) -> OldMobileTeller | None:
    """
    Wire the app that sends messages; called once in its AppConfig.ready(). Return the one before.
    """
    before, _Wiring.old_mobile_teller = _Wiring.old_mobile_teller, teller
    return before


def old_mobile_teller() -> OldMobileTeller:
    """
    Return who tells old mobiles.

    :raises RuntimeError: no app that sends messages is installed
    """
    if _Wiring.old_mobile_teller is None:
        raise RuntimeError("no app sends messages: install tongban.support.messaging")
    return _Wiring.old_mobile_teller


def tell_new_devices_by(teller: NewDeviceTeller) -> NewDeviceTeller | None:
    """
    Wire the app that sends messages; called once in its AppConfig.ready(). Return the one before.
    """
    before, _Wiring.new_device_teller = _Wiring.new_device_teller, teller
    return before


def new_device_teller() -> NewDeviceTeller:
    """
    Return who tells of new devices.

    :raises RuntimeError: no app that sends messages is installed
    """
    if _Wiring.new_device_teller is None:
        raise RuntimeError("no app sends messages: install tongban.support.messaging")
    return _Wiring.new_device_teller


def code_sender() -> CodeSender:
    """
    Return who brings codes.

    :raises RuntimeError: no app that sends messages is installed
    """
    if _Wiring.code_sender is None:
        raise RuntimeError("no app sends short messages: install tongban.support.messaging")
    return _Wiring.code_sender


def find_principals_by(finder: PrincipalFinder) -> PrincipalFinder | None:
    """
    Wire the app that keeps mandates; called once in its AppConfig.ready(). Return the one before.
    """
    before, _Wiring.principal_finder = _Wiring.principal_finder, finder
    return before


def find_principal(*, mandate_id: UUID, person_id: UUID, at: datetime) -> Principal | None:
    """
    Return in whose name the person acts by this mandate, or None when nothing lets him, or no app keeps mandates.
    """
    finder = _Wiring.principal_finder
    return finder(mandate_id=mandate_id, person_id=person_id, at=at) if finder else None
