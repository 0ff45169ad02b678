import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Not below /evidence/, where everything is an id.
  base: "/evidence-page/",
  logLevel: "warn",
  build: {
    outDir: "dist",
    // Flat: the gateway serves files of one folder and no path.
    assetsDir: "",
    emptyOutDir: true,
    target: "es2023",
    // The polyfill is an inline script, which the page's policy refuses.
    modulePreload: { polyfill: false },
  },
});
