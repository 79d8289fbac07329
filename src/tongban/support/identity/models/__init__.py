"""
Tables of identity: accounts, the people and staff behind them, codes, sign-ins, machine clients and tokens.

Personal data is sealed (SM4-GCM); what must be found again has a blind index beside it. Secrets that this
node makes itself (codes, tokens, client secrets) are kept as digests only.
"""

from tongban.support.identity.models.accounts import Account, AccountQuerySet
from tongban.support.identity.models.agreements import AgreementConsent
from tongban.support.identity.models.assurance import (
    AssuranceGrant,
    AssuranceGrantQuerySet,
    found_level,
    level_at,
)
from tongban.support.identity.models.clients import TOKEN_DIGEST_BYTES, AccessToken, Client
from tongban.support.identity.models.factors import FactorReset, PendingLogin, UsedPassword
from tongban.support.identity.models.persons import Person, PersonQuerySet
from tongban.support.identity.models.sessions import SignIn, VerificationCode
from tongban.support.identity.models.staff import Absence, StaffAssignment, StaffMember
from tongban.support.identity.models.stock import StockAccount

__all__ = [
    "TOKEN_DIGEST_BYTES",
    "Absence",
    "AccessToken",
    "Account",
    "AccountQuerySet",
    "AgreementConsent",
    "AssuranceGrant",
    "AssuranceGrantQuerySet",
    "Client",
    "FactorReset",
    "PendingLogin",
    "Person",
    "PersonQuerySet",
    "SignIn",
    "StaffAssignment",
    "StaffMember",
    "StockAccount",
    "UsedPassword",
    "VerificationCode",
    "found_level",
    "level_at",
]
