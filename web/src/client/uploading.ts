/** Files on their way up. `fetch` does not tell how far they are, so this is XMLHttpRequest. */

import type { FileAnswer } from "../protocol/answers";
import { readProblem } from "../protocol/problems";
import { NetworkError, ProblemError } from "./http";

export interface SendOptions {
  /** Told the part that is sent, from 0 to 1. */
  progress: (part: number) => void;
  signal: AbortSignal;
}

/** Raises ProblemError, NetworkError, and what the signal was aborted with. */
export type Uploader = (path: string, file: Blob, options: SendOptions) => Promise<FileAnswer>;

export function browserUploads(base: string): Uploader {
  return (path, file, { progress, signal }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const request = new XMLHttpRequest();
      request.open("POST", base + path);
      request.responseType = "json";
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
      request.onerror = () => reject(new NetworkError(request.status));
      request.onabort = () => reject(signal.reason as Error);
      request.onload = () => {
        const answer: unknown = request.response;
        if (request.status === 201) resolve(answer as FileAnswer);
        else reject(new ProblemError(readProblem(request.status, answer)));
      };
      signal.addEventListener("abort", () => request.abort(), { once: true });
      request.send(file);
    });
}
