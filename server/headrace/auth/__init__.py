"""Who somebody is: by password, session, token or ticket.

    passwords.py    argon2 hashes, made and checked off the event loop, few at a time
    policy.py       which passwords are good enough
    factors.py      the second factor: codes by time, security keys, codes to recover with
    security_keys.py    registered, asked for, used
    ceremonies.py   what browsers and security keys say to each other, and whether to believe it
    sealing.py      secrets that are read again, sealed as they are stored
    sealing_keys.py the key for that: taken up by nodes, changed, lost
    key_file.py     where `headrace up` keeps it
    resets.py       a new password for somebody who has forgotten the old one
    letters.py      what is written to people about their accounts
    throttle.py     a token bucket for each key, in memory
    limits.py       how often people and addresses may do what costs others something
    credentials.py  secrets as they are handed out and stored; reading them from headers
    origins.py      whether a page that asks is one of ours
    oidc/           what a sign-in provider says, and whether to believe it
    agents.py       from where somebody signs in, as coarsely as it is kept
    means.py        what all parts work with
    sessions.py     opened, listed, ended
    tokens.py       made, listed, revoked
    uses.py         when sessions and tokens were last used
    accounts.py     signing in, passwords, tickets, and whose request this is

It must not know HTTP beyond the text of a header, nor what anybody may do.
"""

from headrace.auth.accounts import Accounts
from headrace.auth.passwords import Passwords

__all__ = ["Accounts", "Passwords"]
