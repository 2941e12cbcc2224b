import { AlertFired, AlertResolved } from "./alert.ts";
import type { EventContract } from "./contract.ts";
import { LoadClassified } from "./load.ts";
import { NumberEmitted, NumberReceived } from "./number.ts";
import {
  ApprovalDenied,
  ApprovalGiven,
  PauseRequested,
  ResumeRequested,
  RevertDue,
  RevertRequested,
} from "./order.ts";
import { Ping } from "./ping.ts";
import { ResourcesDecided } from "./decided.ts";
import { ResourcesSettled } from "./settled.ts";
import { ReviewDue } from "./review.ts";
import { LabelsScanned, ScanRequested, WorkloadFound } from "./scan.ts";

/** Every event type there is, in the order of the flow. For documents and checks, not for functions. */
export const EVENTS: readonly EventContract[] = [
  Ping,
  NumberEmitted,
  NumberReceived,
  ScanRequested,
  LabelsScanned,
  WorkloadFound,
  AlertFired,
  AlertResolved,
  LoadClassified,
  ResourcesDecided,
  ResourcesSettled,
  ApprovalGiven,
  ApprovalDenied,
  PauseRequested,
  ResumeRequested,
  ReviewDue,
  RevertRequested,
  RevertDue,
];
