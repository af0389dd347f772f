/** The browser's WebSocket as the live client wants it. */

import { SUBPROTOCOL } from "../protocol/messages";
import type { Socket, SocketFactory } from "./surroundings";

/** Sockets to `path` on the page's own host. */
export function browserSockets(path: string): SocketFactory {
  return (events) => {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.onmessage = (event) => events.received(String(event.data));
    socket.onclose = (event) => events.closed(event.code, event.reason);
    return { send: (frame) => sendIfOpen(socket, frame), close: () => socket.close() };
  };
}

/** While a socket closes, its close event is on the way and tells more than an exception. */
function sendIfOpen(socket: WebSocket, frame: string): ReturnType<Socket["send"]> {
  if (socket.readyState === WebSocket.OPEN) socket.send(frame);
}
