//! Roles that the program itself knows by name; all others are rows like any other.

/// The only role of everybody whose address is not verified.
pub const GUEST: &str = "guest";
/// The role that verification gives.
pub const USER: &str = "user";
/// The role of those who write what is sent to people.
pub const EDITOR: &str = "editor";
/// The role of those who look after users and their sessions.
pub const MODERATOR: &str = "moderator";
/// The role of those who run the platform from day to day.
pub const ADMIN: &str = "admin";
/// The role that may do everything, and that somebody must always hold.
pub const SUPER_ADMIN: &str = "super_admin";
