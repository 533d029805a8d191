import { lazy, Suspense } from "react";
import { createBrowserRouter } from "react-router-dom";
import { DeliveryListPage } from "../pages/delivery-list-page";
import { ExecutionListPage } from "../pages/execution-list-page";
import { HomePage } from "../pages/home-page";
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
// Forms and tables come with the pages that have them, so that the first page stays small.
const CredentialListPage = lazy(() => import("../pages/credential-list-page"));
const BreakerListPage = lazy(() => import("../pages/breaker-list-page"));
const DeadLetterListPage = lazy(() => import("../pages/dead-letter-list-page"));
const LimitListPage = lazy(() => import("../pages/limit-list-page"));
const ConnectedPage = lazy(() => import("../pages/connected-page"));
const StateListPage = lazy(() => import("../pages/state-list-page"));
const VariableListPage = lazy(() => import("../pages/variable-list-page"));

export const router = createBrowserRouter([
  { path: "/sign-in", element: <SignInPage /> },
  { path: "/", element: <HomePage /> },
  { path: "/connected", element: <Suspense fallback={<RunSkeleton />}><ConnectedPage /></Suspense> },
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
      { path: "dead-letters", element: <Suspense fallback={<RunSkeleton />}><DeadLetterListPage /></Suspense> },
      { path: "credentials", element: <Suspense fallback={<RunSkeleton />}><CredentialListPage /></Suspense> },
      { path: "variables", element: <Suspense fallback={<RunSkeleton />}><VariableListPage /></Suspense> },
      { path: "state", element: <Suspense fallback={<RunSkeleton />}><StateListPage /></Suspense> },
      { path: "schedules", element: <ScheduleListPage /> },
      { path: "breakers", element: <Suspense fallback={<RunSkeleton />}><BreakerListPage /></Suspense> },
      { path: "limits", element: <Suspense fallback={<RunSkeleton />}><LimitListPage /></Suspense> },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
  { path: "*", element: <NotFoundPage /> },
]);
