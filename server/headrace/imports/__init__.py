"""Imports: chat archives and organisations from outside.

    archive.py        a chat archive as messages; broken records with file and line
    roster.py         accounts of another system and the people they are here
    chat.py           messages into people, a group and its activities
    thanks.py         thanks that a bot passed on, as likes of people
    team_files.py     an organisation's team files as they are written
    organisation.py   what they mean together: teams, who is in them, what contradicts
    plan.py           the difference between that and what is here
    org.py            plan and apply

Whatever is imported carries where it came from, so that importing again adds nothing. Everything
goes through the door that all others use: publishing for activities, administration for people,
groups and memberships.
"""
