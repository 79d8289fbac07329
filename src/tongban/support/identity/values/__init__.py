"""
Words and typed values of identity, shared with other apps.
"""

from tongban.support.identity.values.facts import (
    ClientFacts,
    Device,
    PersonDetails,
    PersonRef,
    Profile,
    StaffRef,
)
from tongban.support.identity.values.policy import Policy
from tongban.support.identity.values.receipts import (
    ClientReceipt,
    CodeReceipt,
    DemoAccounts,
    LoginReceipt,
    MobileProof,
    PersonReceipt,
    RegistrationReceipt,
    SignInReceipt,
    StaffReceipt,
    TokenReceipt,
)
from tongban.support.identity.values.words import (
    AccountKind,
    AssuranceLevel,
    CodePurpose,
    DisclosurePurpose,
    IdType,
    Post,
    Role,
    Scope,
)

__all__ = [
    "AccountKind",
    "AssuranceLevel",
    "ClientFacts",
    "ClientReceipt",
    "CodePurpose",
    "CodeReceipt",
    "DemoAccounts",
    "Device",
    "DisclosurePurpose",
    "IdType",
    "LoginReceipt",
    "MobileProof",
    "PersonDetails",
    "PersonReceipt",
    "PersonRef",
    "Policy",
    "Post",
    "Profile",
    "RegistrationReceipt",
    "Role",
    "Scope",
    "SignInReceipt",
    "StaffReceipt",
    "StaffRef",
    "TokenReceipt",
]
