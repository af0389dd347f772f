import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

/** Imports point one way: views > stores > client > protocol. */
const layers = ["protocol", "client", "stores", "views"];

function mayNotImport(folder) {
  const above = layers.slice(layers.indexOf(folder) + 1);
  return {
    files: [`src/${folder}/**/*.{ts,svelte}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: above.map((name) => ({
            group: [`**/${name}/*`],
            message: `${folder} lies below ${name}: imports point the other way.`,
          })),
        },
      ],
    },
  };
}

export default ts.config(
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "svelte/no-at-html-tags": "error",
      "svelte/no-inline-styles": "error",
      // It knows the routes of SvelteKit, which is not here.
      "svelte/no-navigation-without-resolve": "off",
      "@typescript-eslint/no-non-null-assertion": "error",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
  },
  ...layers.slice(0, -1).map(mayNotImport),
  {
    // The pure layers get the clock, randomness and sockets as arguments.
    files: ["src/client/live.ts", "src/client/positions.ts", "src/client/backoff.ts"],
    rules: {
      "no-restricted-globals": ["error", "WebSocket", "setTimeout", "window", "navigator", "Date"],
      "no-restricted-properties": ["error", { object: "Math", property: "random" }],
    },
  },
);
