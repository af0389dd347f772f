"""Where live connections come from, and how many may come from one address.

A WebSocket goes past ASGI and so past uvicorn's middleware, which tells this for HTTP; the rule
which proxy to believe is the same one.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from headrace.auth.agents import site
from headrace.errors import TooManyConnections

if TYPE_CHECKING:
    from collections.abc import Sequence


class Addresses:
    """``most`` connections from each address, 0 for any number; ``trusted`` are the proxies whose
    X-Forwarded-For counts (addresses and networks with commas between, or *)."""

    def __init__(self, trusted: str, most: int) -> None:
        self._trusted = ProxyHeadersMiddleware(_nothing, trusted).trusted_hosts
        self._most = most
        self.counts: Counter[str] = Counter()

    def enter(self, peer: str, forwarded: Sequence[str]) -> str | None:
        """Count a connection; what to give to ``leave`` when it is gone, if anything.

        Raises TooManyConnections, without having counted it.
        """
        if not self._most:
            return None
        place = sys.intern(site(self._told(peer, forwarded)))
        if self.counts[place] >= self._most:
            raise TooManyConnections
        self.counts[place] += 1
        return place

    def leave(self, place: str) -> None:
        """A connection that was counted is gone."""
        self.counts[place] -= 1
        if not self.counts[place]:
            del self.counts[place]

    def _told(self, peer: str, forwarded: Sequence[str]) -> str:
        """The address of who asks, as far as those between are to be believed."""
        if not forwarded or peer not in self._trusted:
            return peer
        return self._trusted.get_trusted_client_address(", ".join(forwarded))[0] or peer


async def _nothing(*_: object) -> None:
    """An application that the middleware never calls."""
