"""The command line: the only reader of argv and environment.

    program.py     the commands put together; what an error looks like; ``main``
    words.py       which language, and its texts
    catalogue.py   every text in English and German
    commands.py    click's commands, speaking that language
    parameters.py  what options and arguments take
    errors.py      errors that the commands find themselves
    runtime.py     what a command works with: settings, database, the door for writes
    serving.py     up, serve
    people.py      person; tokens.py: token
    importing.py   import chat, import org; plans.py: an organisation's changes in lines
    classifying.py classify; progress.py: how far something is
    upkeep.py      migrate, audit verify
    keys.py        key new, key change
    doctor.py      doctor: its table; checks.py: what it looks at

Commands work beside a running ``headrace up`` on the same directory: they use its database, and
what they change is announced to it at once.
"""

from headrace.cli.program import main

__all__ = ["main"]
