// Socket.IO: an event to everybody, over WebSocket alone.
const http = require("node:http");
const { Server } = require("socket.io");

const server = http.createServer();
const io = new Server(server, { transports: ["websocket"], pingInterval: 3_600_000 });
server.prependListener("request", (request, response) => {
  if (request.url !== "/publish") return;
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const lines = Buffer.concat(parts).toString().split("\n");
    for (const line of lines) io.emit("message", line);
    response.end("ok");
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1");
