"""``headrace`` on a machine whose clock is wrong by what the file in CLOCK_FILE says, in seconds.

The file may change at any time, as a clock may be set. The monotonic clock is right: that is what
it is for.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

FILE = Path(os.environ["CLOCK_FILE"])


def main() -> None:
    real = time.time

    def wrong() -> float:
        return real() + float(FILE.read_text())

    time.time = wrong
    from datetime import UTC, datetime

    from headrace import clock
    from headrace.cli import main as run

    clock.Clock.__init__.__defaults__ = (
        lambda: datetime.fromtimestamp(wrong(), UTC),
        time.monotonic,
    )
    run()


if __name__ == "__main__":
    main()
