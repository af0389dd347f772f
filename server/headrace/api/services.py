"""What handlers work with: made by app.py, once for each process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from headrace.administration import Administration
    from headrace.api.measuring import Measuring
    from headrace.auth import Accounts
    from headrace.federation import SignIns
    from headrace.files.files import Files
    from headrace.log import Database
    from headrace.publishing import Publisher
    from headrace.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Services:
    """``epoch`` names the log's history, ``bus_is_up`` tells whether the bus works just now,
    ``is_draining`` whether this node is going down.

    ``sign_ins`` is signing in with a provider; None where none is set up.

    ``metrics`` gives all metrics as a page, ``measuring`` takes those of HTTP.
    """

    settings: Settings
    database: Database
    publisher: Publisher
    administration: Administration
    accounts: Accounts
    files: Files
    sign_ins: SignIns | None = None
    epoch: Callable[[], Awaitable[str]]
    bus_is_up: Callable[[], bool]
    is_draining: Callable[[], bool]
    metrics: Callable[[], Awaitable[bytes]]
    measuring: Measuring
