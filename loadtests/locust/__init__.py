"""Load from people: users of every kind over real WebSockets and HTTP, who check what they get.

    __main__.py     one command each: setup, steady, day, storm, capacity
    talk.py         who said what when: the trace of a real year, or one made up
    population.py   makes its people, groups and tokens on a running Headrace
    cast.py         the file in which they are handed to the users
    play.py         the talk played at a speed: what is due next
    wire.py         a WebSocket on gevent, over the sans-I/O core of ``websockets``
    follower.py     one subscriber's side of the protocol, and every breach of it
    ledger.py       what was published, and who has what; breaches end up here
    users.py        readers, writers, lurkers, filter users, reconnecting users, slow readers
    stage.py        what the users of one process share; options; the check at the end
    shapes.py       how many of them there are over time
    files/          what Locust is given: the users, and a file for each shape

One missing, doubled, reordered or unauthorised activity fails the run: exit code 1.
"""
