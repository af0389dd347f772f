import { expect, test, vi } from "vitest";

import type { KeyCreation, KeyRequest } from "../protocol/factors";
import { BrowserKeys, bytesOf, textOf } from "./keys";

const CREATION: KeyCreation = {
  rp: { id: "localhost", name: "Headrace" },
  user: { id: "AQI", name: "mia@example.org", displayName: "Mia" },
  challenge: "_-8",
  pubKeyCredParams: [{ type: "public-key", alg: -7 }],
  timeout: 1000,
  excludeCredentials: [{ type: "public-key", id: "Aw", transports: ["usb"] }],
  authenticatorSelection: {
    residentKey: "discouraged",
    requireResidentKey: false,
    userVerification: "preferred",
  },
  attestation: "none",
};
const REQUEST: KeyRequest = {
  challenge: "_-8",
  timeout: 1000,
  rpId: "localhost",
  allowCredentials: [{ type: "public-key", id: "Aw" }],
  userVerification: "preferred",
};
const BYTES = new Uint8Array([255, 239]).buffer;

function browser(credentials: object) {
  return { isSecureContext: true, PublicKeyCredential: {}, navigator: { credentials } } as never;
}

test("bytes go to text and back, whatever they are", () => {
  const all = Uint8Array.from({ length: 256 }, (_, at) => at);
  expect([...bytesOf(textOf(all.buffer))]).toEqual([...all]);
  expect(textOf(BYTES)).toBe("_-8");
});

test("a key is made of what the server sent, and told in text", async () => {
  const response = {
    clientDataJSON: BYTES,
    attestationObject: BYTES,
    getTransports: () => ["usb"],
  };
  const create = vi.fn().mockResolvedValue({ rawId: BYTES, response });
  expect(await new BrowserKeys(browser({ create })).create(CREATION)).toEqual({
    id: "_-8",
    clientDataJSON: "_-8",
    attestationObject: "_-8",
    transports: ["usb"],
  });
  const [{ publicKey }] = create.mock.lastCall as [CredentialCreationOptions];
  expect(publicKey?.challenge).toEqual(new Uint8Array([255, 239]));
  expect(publicKey?.user.id).toEqual(new Uint8Array([1, 2]));
  expect(publicKey?.excludeCredentials?.[0]?.id).toEqual(new Uint8Array([3]));
});

test("what a key has signed is told in text, with a handle where there is one", async () => {
  const parts = { clientDataJSON: BYTES, authenticatorData: BYTES, signature: BYTES };
  const get = vi.fn().mockResolvedValue({ rawId: BYTES, response: { ...parts, userHandle: null } });
  const keys = new BrowserKeys(browser({ get }));
  const text = { id: "_-8", clientDataJSON: "_-8", authenticatorData: "_-8", signature: "_-8" };
  expect(await keys.sign(REQUEST)).toEqual(text);
  get.mockResolvedValue({ rawId: BYTES, response: { ...parts, userHandle: BYTES } });
  expect(await keys.sign(REQUEST)).toEqual({ ...text, userHandle: "_-8" });
});

test.each([
  ["NotAllowedError", "key_unanswered"],
  ["AbortError", "key_unanswered"],
  ["InvalidStateError", "key_known"],
  ["SecurityError", "key_elsewhere"],
])("%s of the browser is %s", async (name, code) => {
  const create = vi.fn().mockRejectedValue(new DOMException("", name));
  const keys = new BrowserKeys(browser({ create }));
  await expect(keys.create(CREATION)).rejects.toMatchObject({ code });
});

test("without https, or in a browser that knows none, there are no keys", () => {
  expect(new BrowserKeys(browser({})).areThere).toBe(true);
  const insecure = { isSecureContext: false, PublicKeyCredential: {} };
  expect(new BrowserKeys({ ...insecure, navigator: { credentials: {} } } as never).areThere).toBe(
    false,
  );
  expect(new BrowserKeys({ isSecureContext: true }).areThere).toBe(false);
});
