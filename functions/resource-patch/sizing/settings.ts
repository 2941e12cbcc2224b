/** The settings of a class belong to the policy; here they are under the names that sizing uses. */
export {
  type CpuSizing,
  type MemorySizing,
  type Move,
  SizingSettings,
} from "../../../shared/policy-sizing.ts";
export { SIZING_DEFAULTS } from "../../../shared/policy-sizing-default.ts";
