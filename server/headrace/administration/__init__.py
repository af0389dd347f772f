"""Changes of people, groups and memberships: decided, recorded, and told in the streams.

    office.py          what every change has in common
    people.py          people, added and changed, their accounts closed and opened again
    groups.py          groups, created and changed
    members.py         memberships of people and of teams
    requests.py        asking to join
    invitations.py     inviting people, teams, and by link who is not here yet
    sharing.py         threads, shared with people outside their group
    expiry.py          memberships that end by themselves
    classification.py  the rules that raise levels
    auditing.py        the audit log, read and exported
    bulk.py            many changes as one, for imports and directories

Each method is one transaction: the rows, what follows for readers (as entries), the audit log.
"""

from headrace.administration.auditing import Auditing
from headrace.administration.bulk import Bulk, Bulks
from headrace.administration.classification import Rulekeeping
from headrace.administration.expiry import Expiry
from headrace.administration.groups import Groups
from headrace.administration.invitations import Invitations
from headrace.administration.requests import Requests
from headrace.administration.sharing import Sharing

__all__ = ["Administration", "Bulk"]


class Administration(Bulks, Groups, Requests, Invitations, Sharing, Rulekeeping, Expiry, Auditing):
    """What people with the right to do so change about people, groups and rules."""
