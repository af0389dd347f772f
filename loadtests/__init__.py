"""Load on whole servers: what this machine carries, and whether nothing is lost meanwhile.

bench/      what a delivery, a connection, a start cost
locust/     how many users it carries, of every kind
peers/      what a delivery costs other servers
table/      the goals of speed and the peers beside them
waiting.py  waiting for what another process does and does not tell
"""
