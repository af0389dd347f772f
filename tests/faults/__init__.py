"""``python -m tests.faults``: breaks everything around Headrace, and says what fell short.

Servers are killed, frozen, cut off and moved about, nodes die, clocks are set, readers stop. After
each of it every client has to hold exactly what it may see, in order.
"""
