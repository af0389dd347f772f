// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";

import { KeyError } from "../client/keys";
import type { KeyAnswer, SecondFactor } from "../protocol/factors";
import { Factors } from "./factors.svelte";

const BLUE: KeyAnswer = { id: "1", name: "Blue", created: "2026-11-22T10:00:00Z" };
const OFF: SecondFactor = { on: false, recoveryLeft: 0 };
const WITH_KEY: SecondFactor = { on: true, recoveryLeft: 10, keys: [BLUE] };
const QR = { size: 21, path: "M0 0h1v1h-1z" };
const CODES = ["aaaa-bbbb", "cccc-dddd"];

const api = {
  secondFactor: vi.fn(),
  beginApp: vi.fn(),
  confirmApp: vi.fn(),
  removeApp: vi.fn(),
  beginKey: vi.fn(),
  addKey: vi.fn(),
  renameKey: vi.fn(),
  removeKey: vi.fn(),
  askProof: vi.fn(),
  renewRecovery: vi.fn(),
};
const keys = { areThere: true, create: vi.fn(), sign: vi.fn() };
let factors: Factors;

beforeEach(() => {
  for (const call of Object.values(api)) call.mockReset().mockResolvedValue(undefined);
  keys.create.mockReset();
  keys.sign.mockReset();
  keys.areThere = true;
  api.secondFactor.mockResolvedValue(OFF);
  factors = new Factors(api, keys);
});

test("an app is set up in two steps, and brings codes that are shown once", async () => {
  api.beginApp.mockResolvedValue({ secret: "ABCD", uri: "otpauth://x", qr: QR });
  await factors.beginApp("secret");
  expect(factors.enrolment?.secret).toBe("ABCD");
  api.confirmApp.mockResolvedValue({ codes: CODES });
  api.secondFactor.mockResolvedValue({ on: true, recoveryLeft: 2, app: true });
  await factors.confirmApp("492039");
  expect([factors.enrolment, factors.codes, factors.found?.app]).toEqual([null, CODES, true]);
});

test("a key is made of what the server asks; a second one brings no codes", async () => {
  api.beginKey.mockResolvedValue({ challenge: "AA" });
  keys.create.mockResolvedValue({ id: "k" });
  api.addKey
    .mockResolvedValueOnce({ key: BLUE, codes: CODES })
    .mockResolvedValueOnce({ key: BLUE });
  await factors.addKey("secret", "Blue");
  expect(keys.create).toHaveBeenCalledWith({ challenge: "AA" });
  expect(api.addKey).toHaveBeenCalledWith("Blue", { id: "k" });
  expect(factors.codes).toEqual(CODES);
  await factors.addKey("secret", "Spare");
  expect(factors.codes).toEqual([]);
});

test("a key that does not answer leaves everything as it was", async () => {
  keys.create.mockRejectedValue(new KeyError("key_unanswered", null));
  await expect(factors.addKey("secret", "Blue")).rejects.toThrow(KeyError);
  expect(api.addKey).not.toHaveBeenCalled();
});

test("a key proves that it is oneself where no code is given", async () => {
  api.secondFactor.mockResolvedValue(WITH_KEY);
  await factors.load();
  api.askProof.mockResolvedValue({ challenge: "BB" });
  keys.sign.mockResolvedValue({ id: "k" });
  await factors.removeKey(BLUE, { password: "secret", code: "" });
  expect(keys.sign).toHaveBeenCalledWith({ challenge: "BB" });
  expect(api.removeKey).toHaveBeenCalledWith("1", "secret", { key: { id: "k" } });
  await factors.removeApp({ password: "secret", code: "492039" });
  expect(api.removeApp).toHaveBeenCalledWith("secret", { code: "492039" });
});

test("a browser without keys, and a key of another address, prove nothing", async () => {
  api.secondFactor.mockResolvedValue({ ...WITH_KEY, keys: [{ ...BLUE, usable: false }] });
  await factors.load();
  expect(factors.hasKeyHere).toBe(false);
  api.secondFactor.mockResolvedValue(WITH_KEY);
  await factors.load();
  expect(factors.hasKeyHere).toBe(true);
  keys.areThere = false;
  expect([factors.takesKeys, factors.hasKeyHere]).toEqual([false, false]);
});

test("new codes to recover with are shown once", async () => {
  api.renewRecovery.mockResolvedValue({ codes: CODES });
  await factors.renewRecovery({ password: "secret", code: "492039" });
  expect(factors.codes).toEqual(CODES);
});
