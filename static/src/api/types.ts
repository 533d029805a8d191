// Shorter names for what docs/openapi.json describes (src/generated/api.ts, made by `npm run types`).

import type { components } from "../generated/api";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Session = Schemas["Session"];
export type Started = Schemas["Started"];
export type Problem = Partial<Schemas["Problem"]> & Pick<Schemas["Problem"], "status" | "title">;
export type Catalog = Schemas["Catalog"];
export type WorkflowSummary = Schemas["WorkflowSummary"];
export type Finding = Schemas["Finding"];
export type WorkflowNode = Schemas["WorkflowNode"];
export type WorkflowEdge = Schemas["WorkflowEdge"];
export type WorkflowList = Schemas["WorkflowList"];
export type Execution = Schemas["Execution"];
export type ExecutionSummary = Schemas["ExecutionSummary"];
export type ExecutionList = Schemas["ExecutionList"];
export type Step = Schemas["Step"];
export type StepList = Schemas["StepList"];
export type RunError = NonNullable<Schemas["RunError"]>;
export type Param = Schemas["Param"];
export type Pause = Schemas["Pause"];
export type CanceledQueued = Schemas["CanceledQueued"];
export type Delivery = Schemas["Delivery"];
export type DeliverySummary = Schemas["DeliverySummary"];
export type DeliveryList = Schemas["DeliveryList"];
export type DeadLetter = Schemas["DeadLetter"];
export type DeadLetterList = Schemas["DeadLetterList"];
export type DeadLettersReplayed = Schemas["DeadLettersReplayed"];
export type DeadLettersDiscarded = Schemas["DeadLettersDiscarded"];
export type Workflow = Schemas["Workflow"];
export type VersionList = Schemas["VersionList"];
export type Schedule = Schemas["Schedule"];
export type ScheduleList = Schemas["ScheduleList"];
export type ScheduleTimes = Schemas["ScheduleTimes"];
export type Breaker = Schemas["Breaker"];
export type BreakerList = Schemas["BreakerList"];
export type BreakerEvent = Schemas["BreakerEvent"];
export type BreakerEventList = Schemas["BreakerEventList"];
export type Limit = Schemas["Limit"];
export type LimitList = Schemas["LimitList"];
export type Credential = Schemas["Credential"];
export type CredentialUsed = Schemas["CredentialUsed"];
export type CredentialList = Schemas["CredentialList"];
export type CredentialType = Schemas["CredentialType"];
export type CredentialTypeList = Schemas["CredentialTypeList"];
