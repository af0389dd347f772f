"""What the HTTP API takes and gives: requests and answers, and nothing of how they come about.

OpenAPI, validation and the documents in ``schemas/`` all come from these types.

    base.py         what all requests and answers have in common, and the texts in them
    activities.py   activities, what is attached to them, and the streams that they stand in
    audience.py     who reads what and why, and what the rules of a group make of it
    sessions.py     signing in, passwords, and where somebody is signed in
    factors.py      second factors: codes from an app, security keys, codes to recover
    tokens.py       tokens for programs
    people.py       people, as administrators see them
    groups.py       groups and their members
    pending.py      invitations and requests that wait for an answer
    sharing.py      threads that several groups share
    operation.py    for those who run it: the audit log, and whether it is well
"""
