import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { early } from "./early.ts";
import { precompress } from "./precompress.ts";
import { words } from "./words.ts";

/** Where the admin service listens while `npm run dev` serves the pages. */
const adminService = process.env.ORION_ADMIN_URL ?? "http://localhost:3004";

export default defineConfig(({ command }) => ({
  plugins: [words(command === "build"), tanstackRouter(), react(), tailwindcss(), early(), precompress()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    sourcemap: false,
    // The console's Content-Security-Policy allows fonts from 'self' only, so nothing may become a data: URL.
    assetsInlineLimit: 0,
    // The preload polyfill would be one more script; every browser that runs the rest has modulepreload.
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/console": { target: adminService, ws: true },
      // With its last slash, so that the page /api-keys stays a page.
      "/api/": adminService,
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    setupFiles: ["src/lib/speak-english.ts"],
  },
}));
