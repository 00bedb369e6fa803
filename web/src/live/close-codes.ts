// Those of `crates/contracts/src/live.rs`; a test compares the two.

/** The WebSocket is closed with this code when its session has ended. */
export const CLOSE_SESSION_ENDED = 4401;

/** The WebSocket is closed with this code when its user may no longer use the console. */
export const CLOSE_FORBIDDEN = 4403;
