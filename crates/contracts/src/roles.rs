//! Roles that the program itself knows by name; all others are rows like any other.

/// The only role of everybody whose address is not verified.
pub const GUEST: &str = "guest";
/// The role that verification gives.
pub const USER: &str = "user";
/// The role that may do everything, and that somebody must always hold.
pub const SUPER_ADMIN: &str = "super_admin";
