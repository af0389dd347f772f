"""uWebSockets' own publish/subscribe, in C++; Python only takes the publication."""

import os

from socketify import App, AppListenOptions, CompressOptions, OpCode, Request, Response

app = App()


async def publish(response: Response, _: Request) -> None:
    body = await response.get_data()
    for line in body.getvalue().split(b"\n"):
        app.publish("hot", line, OpCode.TEXT, False)
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
app.run()
