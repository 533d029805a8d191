import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router-dom";
import "@fontsource-variable/inter/wght.css";
import "@blueprintjs/core/lib/css/blueprint.css";
import "./styles/tokens.css";
import "./styles/frame.css";
import "./styles/lists.css";
import "./styles/run.css";
import { ApiError } from "../api/client";
import { applySavedTheme } from "../lib/theme";
import { router } from "./router";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; only what may pass is tried again.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.problem.status >= 400 && error.problem.status < 500),
      refetchOnWindowFocus: true,
    },
  },
});

applySavedTheme();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} future={{ v7_startTransition: true }} />
    </QueryClientProvider>
  </StrictMode>,
);
