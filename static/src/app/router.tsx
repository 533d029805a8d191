import { createBrowserRouter } from "react-router-dom";
import { ExecutionListPage } from "../pages/execution-list-page";
import { ExecutionPage } from "../pages/execution-page";
import { HomePage } from "../pages/home-page";
import { NotFoundPage } from "../pages/not-found-page";
import { SignInPage } from "../pages/sign-in-page";
import { WorkflowListPage } from "../pages/workflow-list-page";
import { Shell } from "./shell";

export const router = createBrowserRouter([
  { path: "/sign-in", element: <SignInPage /> },
  { path: "/", element: <HomePage /> },
  {
    path: "/w/:workspace",
    element: <Shell />,
    children: [
      { path: "workflows", element: <WorkflowListPage /> },
      { path: "executions", element: <ExecutionListPage /> },
      { path: "executions/:id", element: <ExecutionPage /> },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
  { path: "*", element: <NotFoundPage /> },
]);
