"""The one door for writes: HTTP, WebSocket, mail and imports all come through here.

    publication.py  what somebody wants to publish, and what they get for it
    ids.py          activity ids that sort by time (UUIDv7)
    seating.py      who reads what, as it was known last
    carrying.py     the files that publications attach
    findings.py     what the log says about a batch, before anything is decided
    admitting.py    what of it is admitted, at which level, into which streams
    drafts.py       what was admitted, on its way into the log
    inboxes.py      whom it is directed at
    batch.py        a batch from first to last: looked up, admitted, appended, answered
    rules.py        the rules that raise levels, as of the moment
    moving.py       posts that go on at another level, with all that is said below them
    sharing.py      threads that are shared no more, since they rose
    levels.py       changes of level: by people, by an edit
    reclassifying.py    changes of level by new rules, of what is there already
    publisher.py    group commit: many publishes, one transaction; then the announcement

Nobody else appends entries or announces them. Changes of membership come through
``Publisher.administer``, because they are entries too.
"""

from headrace.publishing.levels import LevelChange
from headrace.publishing.publication import Publication, Published
from headrace.publishing.publisher import Publisher

__all__ = ["LevelChange", "Publication", "Published", "Publisher"]
