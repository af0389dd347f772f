/** Sockets whose other end is the test. */

import type { SocketEvents } from "../client/surroundings";
import type { ClientMessage, ServerMessage, Subscribe } from "../protocol/messages";

export class FakeSocket {
  readonly sent: ClientMessage[] = [];
  isClosed = false;

  constructor(private readonly events: SocketEvents) {}

  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as ClientMessage);
  }

  close(): void {
    this.isClosed = true;
  }

  says(...messages: ServerMessage[]): void {
    for (const message of messages) this.events.received(JSON.stringify(message));
  }

  saysRaw(frame: string): void {
    this.events.received(frame);
  }

  closes(code: number, reason = ""): void {
    this.events.closed(code, reason);
  }

  get subscriptions(): Subscribe[] {
    return this.sent.filter((message) => message.op === "subscribe");
  }

  /** The latest subscription. */
  get subscription(): Subscribe {
    const found = this.subscriptions.at(-1);
    if (!found) throw new Error("nothing was subscribed to");
    return found;
  }

  get pings(): number {
    return this.sent.filter((message) => message.op === "ping").length;
  }
}

export class FakeSockets {
  readonly all: FakeSocket[] = [];

  readonly connect = (events: SocketEvents): FakeSocket => {
    const socket = new FakeSocket(events);
    this.all.push(socket);
    return socket;
  };

  get last(): FakeSocket {
    const found = this.all.at(-1);
    if (!found) throw new Error("nothing was connected");
    return found;
  }
}
