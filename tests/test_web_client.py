"""The web client's own tests (web/src/**/*.test.ts) belong to all the tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"


def test_the_web_clients_own_tests_pass() -> None:
    done = subprocess.run(
        ["npm", "test"],
        cwd=WEB,
        env=os.environ | {"NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
