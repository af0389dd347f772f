/** What a live subscription needs of the world around it. */

import type { Random } from "./backoff";
import type { Clock } from "./clock";

export interface SocketEvents {
  received(frame: string): void;
  closed(code: number, reason: string): void;
}

export interface Socket {
  send(frame: string): void;
  close(): void;
}

export type SocketFactory = (events: SocketEvents) => Socket;

export interface Surroundings {
  connect: SocketFactory;
  clock: Clock;
  random: Random;
}
