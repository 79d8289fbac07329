"""
Facts that identity announces.
"""

SESSION_ENDED = "identity.session_ended"
"""
Somebody logged out of one browser or of all of them; key: his account.

Logins that end without an act of somebody's (lapsed, closed with the account) are not announced.
"""

PERSON_REGISTERED = "identity.person_registered"
"""
A person has an account now; key: the person.
"""
