"""Values, and nothing but values: no I/O, no clock, no randomness.

levels.py      public, internal, confidential
names.py       what people and things are called, as it may be written
people.py      who: employees, guests, services; actors as others see them
groups.py      teams, projects, communities, customers; roles, visibility
activities.py  W3C Activity Streams 2.0 activities
identity.py    whose request it is, and what that lets them do
entries.py     an activity's place in a stream, and the authority it carries
moments.py     times as they come in
words.py       text folded into comparable words
classification.py  rules that raise an activity's level
detectors.py   what can be found in a text without naming it
check_digits.py  numbers that prove themselves
facts.py       what filters ask of an activity, worked out once
filters.py     the one filter language: canonical form, match
filter_parser.py  its syntax
filter_faults.py  what can be wrong with one
"""
