"""Files that people attach: taken in, looked at, kept, shown to whoever may see them.

    names.py       what a file is called, and how a header says so
    kinds.py       what a browser may show by itself, and what it only saves
    incoming.py    bytes on their way in: to a file of ours, counted and hashed
    inspector.py   looks at what came in, in a process of its own that may break
    inspecting.py  that process: media type, pixels, archives, a small image
    archives.py    what an archive unpacks to, without unpacking it for anybody
    storage.py     where bytes are kept: the interface
    disk.py        a directory
    buckets.py     an S3-compatible bucket
    opening.py     which of the two the settings name
    allowance.py   how much a person may send in a day
    files.py       all of it together

Nothing that a client says of a file is believed but its name. Who may open it is decided by the
log at each request (log/files.py): whoever reads a post that carries it.
"""
