"""The keys that a provider signs with (RFC 7517), asked for anew as they rotate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from headrace.errors import ProviderUntrusted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: Seconds for which keys are good: one that the provider withdraws is refused from then on.
FRESH = 300.0
#: Seconds between two looks for a key that is missing: nobody makes us ask at every request.
PAUSE = 5.0


class Keys:
    """The provider's keys. ``fetch`` asks for its key set, ``seconds`` tells a monotonic time."""

    def __init__(
        self, fetch: Callable[[], Awaitable[dict[str, Any]]], seconds: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._asking = asyncio.Lock()
        self._keys: KeySet | None = None
        self._fetched = 0.0
        self._missed = -PAUSE

    async def current(self) -> KeySet:
        """The keys. Raises ProviderUnavailable, ProviderUntrusted."""
        async with self._asking:
            if self._keys is None or self._seconds() - self._fetched > FRESH:
                await self._renew()
            return self._known()

    async def after_rotation(self) -> KeySet:
        """The keys once more, since one was missing; the same ones if it was missed just now."""
        async with self._asking:
            if self._seconds() - self._missed >= PAUSE:
                self._missed = self._seconds()
                await self._renew()
            return self._known()

    async def _renew(self) -> None:
        document: Any = await self._fetch()
        try:
            self._keys = KeySet.import_key_set(document)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderUntrusted("its keys cannot be read", reason="keys") from error
        self._fetched = self._seconds()

    def _known(self) -> KeySet:
        if self._keys is None:
            raise ProviderUntrusted("its keys cannot be read", reason="keys")
        return self._keys
