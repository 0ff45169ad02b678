import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/explorer/",
  logLevel: "warn",
  build: {
    outDir: "dist",
    // Flat: the gateway serves files of one folder and no path.
    assetsDir: "",
    emptyOutDir: true,
    target: "es2022",
    // GraphiQL is one page that needs all of it; nothing would load later.
    chunkSizeWarningLimit: 4000,
    // The polyfill is an inline script, which the page's policy refuses.
    modulePreload: { polyfill: false },
    // Some 60 libraries mark modules for servers ("use client"), of which a bundle knows nothing.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
