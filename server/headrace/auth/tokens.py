"""Tokens for programs: made with what they may do and until when, listed, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.access.decisions import Action, decide
from headrace.auth.credentials import Prefix, digest
from headrace.errors import Forbidden, NotFound
from headrace.log import accounts, authority, directory, endings
from headrace.model.identity import ALL_SCOPES
from headrace.model.names import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from headrace.auth.means import Means
    from headrace.log.database import Connection
    from headrace.model.identity import Scope, TokenInfo
    from headrace.model.people import Person


class Tokens:
    """Every method raises Unavailable while the log is away."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def create(
        self,
        person: Person,
        name: str,
        *,
        expires: datetime | None = None,
        scopes: Iterable[Scope] = ALL_SCOPES,
        groups: Iterable[str] | None = None,
        by: Person | None = None,
    ) -> tuple[str, UUID]:
        """A token and its id. With ``groups`` it reaches those alone. Raises Invalid for the
        name, NotFound for a closed account, and Unauthenticated or Forbidden where it is
        another's and ``by`` is no administrator any more."""
        name = plain_name(name)
        token, allowed = self._means.secret(Prefix.TOKEN), frozenset(scopes)
        within = None if groups is None else frozenset(groups)
        async with self._means.database.transaction() as connection:
            if by is not None and by.id != person.id:
                await _check_administrator(connection, by)
            key = await accounts.new_token(
                connection,
                *(digest(token), UUID(person.id), name, self._means.clock(), expires),
                *(allowed, within),
            )
            if key is None:
                raise NotFound
            detail = {"name": name, "scopes": sorted(allowed), "groups": within and sorted(within)}
            await self._means.record(connection, by, "token.create", person.email, **detail)
        return token, key

    async def of(self, person: Person) -> list[TokenInfo]:
        """A person's tokens, the newest first."""
        async with self._means.database.connection() as connection:
            return await accounts.tokens_of(connection, UUID(person.id), self._means.clock())

    async def revoke(self, by: Person | None, token: UUID) -> None:
        """End a token of one's own, or as an administrator anybody's. Raises NotFound."""
        whose = None if by is None or by.admin else UUID(by.id)
        async with self._means.database.transaction() as connection:
            ended = await accounts.end_token(connection, token, whose)
            if ended is None:
                raise NotFound
            told = await endings.append(connection, ended.person, [ended.id], self._means.clock())
            person = await directory.person_by_id(connection, ended.person)
            if person is not None:
                await self._means.record(
                    connection, by, "token.revoke", person.email, name=ended.name
                )
        self._means.announce([told])


async def _check_administrator(connection: Connection, by: Person) -> None:
    await authority.lock_structure(connection)
    decision = decide(await directory.acting(connection, by), Action.ADD_PEOPLE)
    if not decision.allowed:
        raise Forbidden(decision.reason)
