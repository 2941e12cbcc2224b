import { BaseEnv } from "../../shared/config.ts";

/** Takes `Ping`, answers `NumberEmitted`. Needs no setting of its own. */
export const Env = BaseEnv;
