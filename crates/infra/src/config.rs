//! What the adapters need to know. The binary fills it from flags, environment, file and defaults.

mod check;
mod fault;

pub use check::{check, check_complete, leads_here};
pub use fault::{ConfigFault, MAX_DAYS, VARIABLE_PREFIX, at_least_one, at_most, variable};

use orion_contracts::{Secret, ServiceName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where a server is, as it may be logged: without user, password and parameters.
pub fn place_of(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else { return "its URL".to_owned() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// Configuration of everything outside.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfraConfig {
    /// Where SQLite files, keys and the lock live.
    pub data_dir: PathBuf,
    /// Prefix of Redis keys, channels, queues and exchanges, so that several platforms can share servers.
    pub namespace: String,
    /// Databases.
    pub database: DatabaseConfig,
    /// Redis: cache and bus.
    pub redis: RedisConfig,
    /// RabbitMQ: events between services.
    pub amqp: AmqpConfig,
    /// How mail leaves.
    pub mail: MailConfig,
    /// Keys.
    pub secrets: SecretsConfig,
    /// Services in other processes.
    pub peers: PeersConfig,
}

/// Databases.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:port/database`; empty for SQLite files in the data directory.
    pub url: Secret,
    /// Connections per service.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is answered 503, in milliseconds.
    pub acquire_timeout_ms: u64,
}

/// Redis.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://…` or `rediss://…`; empty for none.
    pub url: Secret,
}

/// RabbitMQ.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmqpConfig {
    /// `amqp://…` or `amqps://…`; empty for none.
    pub url: Secret,
}

/// How mail leaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The sender, such as `ORION <orion@example.com>`.
    pub from: String,
    /// `smtp://user:password@host:port` (STARTTLS), `smtps://…` (implicit TLS), or
    /// `smtp+plain://host:port` (no TLS; local relays only). Empty: mails are captured and shown in the console.
    pub smtp_url: Secret,
    /// How long one mail may take from connecting to the server until it is given whole, in milliseconds.
    pub timeout_ms: u64,
}

/// Keys. Neither has a default: embedded makes them at its first start, production refuses to start without.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsConfig {
    /// 32 bytes in hex or base64: what secrets at rest are sealed with.
    pub master_key: Secret,
    /// 32 bytes in hex or base64: what services prove themselves to each other with.
    pub internal_secret: Secret,
}

/// Services in other processes, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeersConfig {
    /// Where the gateway is.
    pub gateway_url: String,
    /// Where auth is.
    pub auth_url: String,
    /// Where users is.
    pub users_url: String,
    /// Where notifications is.
    pub notifications_url: String,
    /// Where admin is.
    pub admin_url: String,
    /// How long a call may take, in milliseconds.
    pub timeout_ms: u64,
}

impl PeersConfig {
    /// The configured URLs; empty ones are left out.
    pub fn urls(&self) -> BTreeMap<ServiceName, &str> {
        [
            (ServiceName::Gateway, &self.gateway_url),
            (ServiceName::Auth, &self.auth_url),
            (ServiceName::Users, &self.users_url),
            (ServiceName::Notifications, &self.notifications_url),
            (ServiceName::Admin, &self.admin_url),
        ]
        .into_iter()
        .filter(|(_, url)| !url.is_empty())
        .map(|(name, url)| (name, url.as_str()))
        .collect()
    }
}
