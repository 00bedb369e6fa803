//! What the gateway tells upstreams and operators.

use serde::{Deserialize, Serialize};

/// The headers by which the gateway tells an upstream who calls. A client's own copies never pass, in any spelling.
pub mod identity_headers {
    /// The user's id.
    pub const USER_ID: &str = "x-orion-user-id";
    /// The session's id.
    pub const SESSION_ID: &str = "x-orion-session-id";
    /// The user's role names, separated by commas.
    pub const ROLES: &str = "x-orion-roles";
    /// All identity headers; everything that starts with [`PREFIX`] is dropped from clients.
    pub const ALL: [&str; 3] = [USER_ID, SESSION_ID, ROLES];
    /// The prefix that belongs to ORION alone.
    pub const PREFIX: &str = "x-orion-";
}

/// The console's cookie, without and with the prefix that browsers keep for https. Browsers send it to every port of its
/// host, so to the gateway as well; it never passes to an upstream.
pub const CONSOLE_COOKIES: [&str; 2] = ["orion_admin", "__Host-orion_admin"];

/// Whether a route asks for a token.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RouteAccess {
    /// A valid access token is demanded.
    #[default]
    Authenticated,
    /// Anybody. The upstream is told who calls when a valid token is sent; one that is not keeps nobody out.
    Public,
}

/// A route as it is in force.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RouteInfo {
    /// Its name.
    #[schema(example = "shop")]
    pub name: String,
    /// The path or path prefix that it matches.
    #[schema(example = "/shop/*")]
    pub path: String,
    /// Where it leads.
    #[schema(example = "http://127.0.0.1:8080")]
    pub upstream: String,
    /// Who may use it.
    pub access: RouteAccess,
    /// Whether it is one of ORION's own.
    pub reserved: bool,
}
