"""A small hub that speaks Mercure's protocol of 1.0 and takes a configuration as the real one does.

    python mercure_hub.py version
    python mercure_hub.py run --config FILE --adapter caddyfile

It refuses a token that 1.0 refuses: another key, issuer, audience or type, one that has expired or
gives no right to publish. It sends each event in chunks that end in the middle of it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

VERSION = "Mercure.rocks 1.0.0 Caddy v2.11.1 h1:abc="
PATH = "/.well-known/mercure"
CHUNK = 100


class Configuration(NamedTuple):
    """What the hub takes of a Caddyfile."""

    port: int
    key: str
    issuer: str
    resource: str

    @classmethod
    def of(cls, text: str) -> Configuration:
        """Raises ValueError where something is missing."""
        wanted = (r"http://127\.0\.0\.1:(\d+)", r"jwt (\S+)", r"issuer (\S+)", r"_identifier (\S+)")
        found = [re.search(pattern, text) for pattern in wanted]
        values = [one[1] for one in found if one]
        if len(values) < len(wanted) or "anonymous" not in text:
            raise ValueError(f"this is no configuration: {text}")
        return cls(int(values[0]), *values[1:])


class Hub:
    """Everybody who reads gets everything."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._readers: set[asyncio.StreamWriter] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection, until the other side hangs up."""
        try:
            while True:
                await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._readers.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        authorization = next((one for one in lines if one.startswith("Authorization: ")), "")
        if urlsplit(target).path != PATH:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        elif method == "POST":
            body = await reader.readexactly(int(headers["content-length"]))
            writer.write(self._published(authorization.removeprefix("Authorization: "), body))
        elif parse_qs(urlsplit(target).query).get("match") == ["hot"]:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n:\n\r\n")
            self._readers.add(writer)

    def _published(self, authorization: str, body: bytes) -> bytes:
        if not self._may_publish(authorization.removeprefix("Bearer ")):
            return b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\ninvalid_token"
        form = parse_qs(body.decode(), strict_parsing=True)
        if form["topic"] == ["hot"]:
            self._send(f"id: urn:uuid:1\ndata: {form['data'][0]}\n\n".encode())
        return b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nurn:uuid:1"

    def _may_publish(self, token: str) -> bool:
        wanted = self._configuration
        try:
            known = jwt.decode(token, OctKey.import_key(wanted.key), algorithms=["HS256"])
            registry = jwt.JWTClaimsRegistry(
                iss={"essential": True, "value": wanted.issuer},
                aud={"essential": True, "value": wanted.resource},
                exp={"essential": True},
            )
            registry.validate(known.claims)
        except JoseError:
            return False
        (detail,) = known.claims["authorization_details"]
        is_meant = detail["type"] == "https://mercure.rocks/authorization-detail"
        may = "publish" in detail["actions"] and {"match": "*"} in detail["topics"]
        return is_meant and may and known.header["typ"] == "at+jwt"

    def _send(self, event: bytes) -> None:
        parts = [event[at : at + CHUNK] for at in range(0, len(event), CHUNK)]
        sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
        for writer in self._readers:
            writer.write(sent)


async def run(configuration: Configuration) -> None:
    """Serve until somebody ends the process."""
    hub = Hub(configuration)
    server = await asyncio.start_server(hub.take, "127.0.0.1", configuration.port)
    await server.serve_forever()


def main(arguments: list[str]) -> None:
    """The commands above."""
    match arguments:
        case ["version"]:
            sys.stdout.write(f"{VERSION}\n")
        case ["run", "--config", file, "--adapter", "caddyfile"]:
            asyncio.run(run(Configuration.of(Path(file).read_text(encoding="utf-8"))))
        case _:
            raise SystemExit(f"not understood: {arguments}")


if __name__ == "__main__":
    main(sys.argv[1:])
