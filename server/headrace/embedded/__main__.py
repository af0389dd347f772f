"""Stop the engines that a killed process left behind: ``python -m headrace.embedded DIRECTORY``.

Started by engines.Watch.
"""

import sys
from pathlib import Path

from headrace.embedded.directory import Directory
from headrace.embedded.engines import stop_unused
from headrace.embedded.valkey import Valkey

path = Path(sys.argv[1])
if path.is_dir():  # else it was removed as well
    directory = Directory(path)
    with directory.gate():
        stop_unused(directory, Valkey(directory.root / "valkey"))
