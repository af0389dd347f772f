import { svelte, vitePreprocess } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const server = process.env["HEADRACE_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte({ preprocess: vitePreprocess() }), svelteTesting()],
  build: {
    // The wheel's build hook names its own directory.
    outDir: process.env["HEADRACE_WEB_OUT"] ?? "../server/headrace/static",
    emptyOutDir: true,
    // The server's Content-Security-Policy takes no data: URLs for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The server takes cookies from its own pages alone, which these are for as long as one develops.
    proxy: {
      "/api": { target: server, ws: true, changeOrigin: true, headers: { origin: server } },
    },
    fs: { allow: [".", "../schemas"] },
  },
  test: {
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
  },
});
