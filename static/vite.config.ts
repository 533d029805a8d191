import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Built files are served by nginx as they are; names carry a hash, so they may be cached for ever.
export default defineConfig({
  plugins: [react()],
  test: { include: ["tests/**/*.test.{ts,tsx}"], environment: "node" },
  build: {
    outDir: "dist",
    sourcemap: false,
    // Nothing is inlined: the content security policy allows files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      output: { manualChunks: { react: ["react", "react-dom", "react-router-dom", "@tanstack/react-query"] } },
    },
  },
});
