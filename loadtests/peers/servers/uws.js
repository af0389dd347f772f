// uWebSockets.js: native publish/subscribe.
const uWS = require("@btc-vision/uwebsockets.js");

const app = uWS
  .App()
  .ws("/live", { idleTimeout: 0, open: (socket) => socket.subscribe("hot") })
  .post("/publish", (response) => {
    const parts = [];
    response.onAborted(() => {});
    response.onData((chunk, isLast) => {
      parts.push(Buffer.from(new Uint8Array(chunk))); // the chunk is only valid during the call
      if (!isLast) return;
      const lines = Buffer.concat(parts).toString().split("\n");
      for (const line of lines) app.publish("hot", line, false);
      response.end("ok");
    });
  })
  .listen("127.0.0.1", Number(process.env.PORT), (socket) => {
    if (!socket) process.exit(1);
  });
