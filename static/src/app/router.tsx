import { lazy, Suspense } from "react";
import { createBrowserRouter } from "react-router-dom";
import { BreakerListPage } from "../pages/breaker-list-page";
import { CredentialListPage } from "../pages/credential-list-page";
import { DeadLetterListPage } from "../pages/dead-letter-list-page";
import { DeliveryListPage } from "../pages/delivery-list-page";
import { ExecutionListPage } from "../pages/execution-list-page";
import { HomePage } from "../pages/home-page";
import { LimitListPage } from "../pages/limit-list-page";
import { VariableListPage } from "../pages/variable-list-page";
import { ScheduleListPage } from "../pages/schedule-list-page";
import { NotFoundPage } from "../pages/not-found-page";
import { SignInPage } from "../pages/sign-in-page";
import { WorkflowListPage } from "../pages/workflow-list-page";
import { RunSkeleton } from "../panels/run-skeleton";
import { Shell } from "./shell";

// The canvas and the JSON view are half of all code: they are loaded with the first page that has one.
const ExecutionPage = lazy(() => import("../pages/execution-page"));
const DeliveryPage = lazy(() => import("../pages/delivery-page"));
const WorkflowPage = lazy(() => import("../pages/workflow-page"));
const EditorPage = lazy(() => import("../pages/editor-page"));

export const router = createBrowserRouter([
  { path: "/sign-in", element: <SignInPage /> },
  { path: "/", element: <HomePage /> },
  {
    path: "/w/:workspace",
    element: <Shell />,
    children: [
      { path: "workflows", element: <WorkflowListPage /> },
      { path: "workflows/:id", element: <Suspense fallback={<RunSkeleton />}><WorkflowPage /></Suspense> },
      { path: "workflows/:id/edit", element: <Suspense fallback={<RunSkeleton />}><EditorPage /></Suspense> },
      { path: "executions", element: <ExecutionListPage /> },
      { path: "executions/:id", element: <Suspense fallback={<RunSkeleton />}><ExecutionPage /></Suspense> },
      { path: "deliveries", element: <DeliveryListPage /> },
      { path: "deliveries/:id", element: <Suspense fallback={<RunSkeleton />}><DeliveryPage /></Suspense> },
      { path: "dead-letters", element: <DeadLetterListPage /> },
      { path: "credentials", element: <CredentialListPage /> },
      { path: "variables", element: <VariableListPage /> },
      { path: "schedules", element: <ScheduleListPage /> },
      { path: "breakers", element: <BreakerListPage /> },
      { path: "limits", element: <LimitListPage /> },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
  { path: "*", element: <NotFoundPage /> },
]);
