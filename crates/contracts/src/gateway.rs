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

/// The console's cookie. Browsers send it to every port of its host: to the gateway, which never passes it to an upstream,
/// and to the console of another platform on that host, which is why the port is part of its name.
pub mod console_cookie {
    /// On http.
    const PLAIN: &str = "orion_admin";
    /// On https: browsers keep this prefix for a cookie that is Secure, for the whole path, and for no other host.
    const BOUND: &str = "__Host-orion_admin";

    /// Of a sign-in under way.
    const FLOW: &str = "_flow";
    /// By which a device is known.
    const DEVICE: &str = "_device";

    /// Its name, such as `orion_admin_3004`; without a port where the console's URL needs none.
    pub fn name(is_secure: bool, port: Option<u16>) -> String {
        named("", is_secure, port)
    }

    /// The name of the cookie that a sign-in under way has, such as `orion_admin_flow_3004`.
    pub fn flow_name(is_secure: bool, port: Option<u16>) -> String {
        named(FLOW, is_secure, port)
    }

    /// The name of the cookie by which a device is known, such as `orion_admin_device_3004`.
    pub fn device_name(is_secure: bool, port: Option<u16>) -> String {
        named(DEVICE, is_secure, port)
    }

    fn named(part: &str, is_secure: bool, port: Option<u16>) -> String {
        let name = if is_secure { BOUND } else { PLAIN };
        port.map_or_else(|| format!("{name}{part}"), |port| format!("{name}{part}_{port}"))
    }

    /// Whether a cookie of this name is the console's of any platform.
    pub fn is(name: &[u8]) -> bool {
        [BOUND, PLAIN].iter().filter_map(|console| name.strip_prefix(console.as_bytes())).any(|rest| {
            let after = |part: &str| rest.strip_prefix(part.as_bytes());
            match after(FLOW).or_else(|| after(DEVICE)).unwrap_or(rest) {
                [] => true,
                [b'_', port @ ..] => port.iter().all(u8::is_ascii_digit),
                _ => false,
            }
        })
    }
}

/// The cookies of the hosted pages. They hold a sign-in under way, so the gateway passes them to ORION's own services alone.
pub mod page_cookies {
    /// A browser's secret, and the sign-in that it began.
    pub const FLOW: &str = "orion_flow";
    /// By what a device is known.
    pub const DEVICE: &str = "orion_device";
    /// What stands before the names on https: browsers keep such a cookie for this host alone.
    pub const BOUND: &str = "__Host-";

    /// Whether a cookie of this name is one of them.
    pub fn is(name: &[u8]) -> bool {
        let plain = name.strip_prefix(BOUND.as_bytes()).unwrap_or(name);
        [FLOW, DEVICE].iter().any(|cookie| plain == cookie.as_bytes())
    }
}

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
