import "@fontsource-variable/schibsted-grotesk/wght.css";
import "@fontsource-variable/schibsted-grotesk/wght-italic.css";
import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import { Api } from "./client/api";
import { systemClock } from "./client/clock";
import { HttpClient } from "./client/http";
import { BrowserKeys } from "./client/keys";
import { browserSockets } from "./client/socket";
import { browserUploads } from "./client/uploading";
import { takeRefusal } from "./stores/arrival";
import { Session } from "./stores/session.svelte";
import App from "./views/App.svelte";

const api = new Api(new HttpClient((input, init) => fetch(input, init)), browserUploads("/api/v1"));
const around = {
  connect: browserSockets("/api/v1/live"),
  clock: systemClock,
  random: () => Math.random(),
};
const keys = new BrowserKeys(window);
const session = new Session(api, around, keys);

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the application");
mount(App, { target, props: { api, around, session, keys, newKey } });
void session.restore(takeRefusal(location, history));

/** `crypto.randomUUID` is there on HTTPS and localhost alone; in-house servers often have neither. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
