"""The files of the web client, built by Vite into one directory.

Names below ``assets/`` carry a hash of their content and stay good for ever. Everything else is
asked for anew. An address that is no file belongs to the client, which reads it itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from headrace.api.answers import PROTECTION

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.responses import Response
    from starlette.types import Scope

_HEADERS = PROTECTION | {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_NOT_BUILT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Headrace</title>
<p>The server works, but its web client was not built. Run <code>npm ci && npm run build</code>
in <code>web/</code>, or install the wheel, which has it.</p>
<p lang="de">Der Server läuft, aber seine Weboberfläche wurde nicht gebaut. Führen Sie
<code>npm ci && npm run build</code> in <code>web/</code> aus, oder installieren Sie das
Wheel: Es enthält sie.</p>
</html>
"""


class WebClient(StaticFiles):
    """An ASGI application for all addresses outside the API."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory, check_dir=False)
        self.config_checked = True  # a directory that is not there is a client not built

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or the page that reads the address itself."""
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404)
        is_asset = path.startswith("assets/")
        find = super().get_response if is_asset else self._file_or_page
        response = await find(path, scope)
        response.headers.update(_HEADERS)
        response.headers["Cache-Control"] = _FOR_EVER if is_asset else _ASK_AGAIN
        return response

    async def _file_or_page(self, path: str, scope: Scope) -> Response:
        for candidate in (path, "index.html"):
            try:
                return await super().get_response(candidate, scope)
            except HTTPException as error:
                if error.status_code != 404:
                    raise
        return HTMLResponse(_NOT_BUILT, 404)
