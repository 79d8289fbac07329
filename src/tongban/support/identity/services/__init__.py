"""
What can be done about who somebody is.
"""

from tongban.support.identity.services.acting import act_for
from tongban.support.identity.services.addressing import Addressee, addressee
from tongban.support.identity.services.assurance import UnknownMeans, grant_assurance, revoke_assurance
from tongban.support.identity.services.checks import ask_authority
from tongban.support.identity.services.codes import CodeNotAccepted, request_code, verify_code
from tongban.support.identity.services.demo import PersonRow, StaffRow, load_demo_accounts
from tongban.support.identity.services.fresh import FreshCheckNeeded, require_fresh_check
from tongban.support.identity.services.limits import forget_limit, hit_limit, require_below_limit
from tongban.support.identity.services.login import LoginFailed, authenticate
from tongban.support.identity.services.mobiles import MobileTaken, change_mobile, request_mobile_change
from tongban.support.identity.services.numbers import KnownNumber, check_id_number
from tongban.support.identity.services.passwords import (
    ResetRefused,
    WrongPassword,
    change_password,
    reset_password,
)
from tongban.support.identity.services.persons import disclose_person, reveal_own, reveal_principal
from tongban.support.identity.services.places import require_known_place
from tongban.support.identity.services.policy import policy
from tongban.support.identity.services.proofs import (
    AuthorityUnavailable,
    CaptureInvalid,
    ProofRefused,
    begin_face_check,
    capture_token,
    check_by_code,
    finish_face_check,
    prove_by_data,
    request_check_code,
from tongban.support.identity.services.one_login import (
    HandedOver,
    certificate_key,
    hand_over_person,
)
)
from tongban.support.identity.services.registration import (
    GuardianNeeded,
    RegistrationRefused,
    find_or_register_by_counter,
    register_person,
    register_proved_person,
)
from tongban.support.identity.services.sessions import (
    begin_sign_in,
    end_device,
    end_everything,
    end_sign_in,
    touch_sign_in,
)
from tongban.support.identity.services.staff import LoginNameTaken, create_staff
from tongban.support.identity.services.tokens import (
    ClientIdTaken,
    ClientNotFound,
    ClientRefused,
    ScopeRefused,
    create_client,
    issue_client_token,
    issue_session_token,
    revoke_client,
    revoke_token,
)
from tongban.support.identity.services.upkeep import clear_expired
from tongban.support.identity.services.wards import record_ward
from tongban.support.identity.services.factors import (
    FactorRefused,
    FactorTaken,
    LastFactor,
    ask_new_key,
    offer_totp,
    remove_factor,
    renew_recovery_codes,
    set_up_key,
    set_up_totp,
    totp_url,
)
from tongban.support.identity.services.fresh import FreshCheckNeeded, require_fresh_check
from tongban.support.identity.services.fresh_factor import (
    SecondFactorNotFresh,
    ask_key_again,
    require_second_factor,
    show_code_again,
    show_key_again,
)
from tongban.support.identity.services.limits import forget_limit, hit_limit, require_below_limit
from tongban.support.identity.services.login import LoginFailed, authenticate
from tongban.support.identity.services.mobiles import MobileTaken, change_mobile, request_mobile_change
from tongban.support.identity.services.numbers import KnownNumber, check_id_number
from tongban.support.identity.services.one_login import (
    AccountKnownHere,
    HandedOver,
    PersonDisputed,
    TakenOver,
    believe_level,
    certificate_key,
    certificate_key_of,
    division_of_person,
    end_sign_ins,
    hand_over_person,
    is_account_of,
    take_over_person,
)
from tongban.support.identity.services.passwords import (
    ResetRefused,
    WrongPassword,
    change_password,
    reset_password,
)
from tongban.support.identity.services.pending import (
    LoginExpired,
    PasswordChangeNeeded,
    SecondFactorMissing,
    SecondFactorNeeded,
    ask_key_of_login,
    begin_login,
    change_due_password,
    complete_login,
    note_enrolment,
    pending_actor,
    pending_login,
    show_code,
    show_key,
)
from tongban.support.identity.services.fresh_factor import (
    SecondFactorNotFresh,
    ask_key_again,
    require_second_factor,
    show_code_again,
    show_key_again,
)

__all__ = [
    "AccountKnownHere",
    "Addressee",
    "AuthorityUnavailable",
    "CaptureInvalid",
    "ClientIdTaken",
    "ClientNotFound",
    "ClientRefused",
    "CodeNotAccepted",
    "FactorRefused",
    "FactorTaken",
    "FreshCheckNeeded",
    "GuardianNeeded",
    "HandedOver",
    "KnownNumber",
    "LastFactor",
    "LoginExpired",
    "LoginFailed",
    "LoginNameTaken",
    "MobileTaken",
    "PasswordChangeNeeded",
    "PersonDisputed",
    "PersonRow",
    "ProofRefused",
    "RegistrationRefused",
    "ResetRefused",
    "ScopeRefused",
    "SecondFactorMissing",
    "SecondFactorNeeded",
    "SecondFactorNotFresh",
    "StaffRow",
    "TakenOver",
    "UnknownMeans",
    "WrongPassword",
    "act_for",
    "addressee",
    "ask_authority",
    "ask_key_again",
    "ask_key_of_login",
    "ask_new_key",
    "authenticate",
    "begin_face_check",
    "begin_login",
    "begin_sign_in",
    "believe_level",
    "capture_token",
    "certificate_key",
    "change_due_password",
    "change_mobile",
    "change_password",
    "check_by_code",
    "check_id_number",
    "clear_expired",
    "complete_login",
    "create_client",
    "create_staff",
    "disclose_person",
    "division_of_person",
    "end_absence",
    "end_device",
    "end_everything",
    "end_sign_in",
    "end_sign_ins",
    "find_or_register_by_counter",
    "finish_face_check",
    "forget_limit",
    "grant_assurance",
    "hand_over_person",
    "hit_limit",
    "is_account_of",
    "issue_client_token",
    "issue_session_token",
    "load_demo_accounts",
    "note_enrolment",
    "offer_totp",
    "pending_actor",
    "pending_login",
    "policy",
    "prove_by_data",
    "record_ward",
    "register_person",
    "register_proved_person",
    "remove_factor",
    "renew_recovery_codes",
    "request_check_code",
    "request_code",
    "request_mobile_change",
    "require_below_limit",
    "require_fresh_check",
    "require_known_place",
    "require_second_factor",
    "reset_password",
    "reveal_own",
    "reveal_principal",
    "revoke_assurance",
    "revoke_client",
    "revoke_token",
    "set_up_key",
    "set_up_totp",
    "show_code",
    "show_code_again",
    "show_key",
    "show_key_again",
    "take_over_person",
    "totp_url",
    "touch_sign_in",
    "verify_code",
]
