/** The tabs of the security page, as its address names them. */
export const SECURITY_VIEWS = ["events", "attempts", "throttles", "keys"] as const;

export type SecurityView = (typeof SECURITY_VIEWS)[number];
