"""Waiting for what another process does and does not tell."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], patience: float, pause: float = 0.02) -> bool:
    """Ask until it holds, for ``patience`` seconds at most; answers whether it holds."""
    end = time.monotonic() + patience
    while not (held := await holds()) and time.monotonic() < end:  # noqa: ASYNC110 (see above)
        await asyncio.sleep(pause)
    return held
