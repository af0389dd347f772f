"""uWebSockets' own publish/subscribe, in C++; Python only takes the publication."""

import os

from socketify import App, AppListenOptions, CompressOptions, OpCode, Request, Response

app = App()
#: Bodies that are still coming in. The library refers from C to the response and does not hold it:
#: let go of, it is collected, and the next bytes of its body end the process.
coming: dict[Response, bytearray] = {}


def publish(response: Response, _: Request) -> None:
    coming[response] = bytearray()
    response.on_aborted(lambda aborted: coming.pop(aborted, None))
    response.on_data(take)


def take(response: Response, chunk: bytes | None, is_last: bool) -> None:
    coming[response] += chunk or b""
    if not is_last:
        return
    for line in coming.pop(response).split(b"\n"):
        app.publish("hot", bytes(line), OpCode.TEXT, False)
    response.end("ok")


app.ws(
    "/live",
    {
        "compression": CompressOptions.DISABLED,
        "idle_timeout": 0,
        "open": lambda socket: socket.subscribe("hot"),
    },
)
app.post("/publish", publish)
app.listen(AppListenOptions(port=int(os.environ["PORT"]), host="127.0.0.1"))
# The C++ loop alone. app.run() has asyncio ask it for news without a pause, at a whole core.
app.loop.uv_loop.run()
