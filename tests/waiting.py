"""Waiting for what a test cannot be told of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], object], patience: float = 20) -> None:
    """Look again and again, as nothing tells when it holds. Raises TimeoutError."""
    async with asyncio.timeout(patience):
        while not holds():  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.001)


async def until_answered(holds: Callable[[], Awaitable[object]], patience: float = 60) -> None:
    """The same of another process, which has to be asked."""
    async with asyncio.timeout(patience):
        while not await holds():  # noqa: ASYNC110 (it changes in another process)
            await asyncio.sleep(0.02)
