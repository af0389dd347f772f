// ws: a loop over all clients, as its documentation shows it.
const http = require("node:http");
const { WebSocketServer } = require("ws");

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    for (const line of Buffer.concat(parts).toString().split("\n")) {
      const message = Buffer.from(line);
      for (const client of sockets.clients) client.send(message, { binary: false });
    }
    response.end("ok");
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen(Number(process.env.PORT), "127.0.0.1");
