//! What the adapters need to know. The binary fills it from flags, environment, file and defaults.

mod check;
mod fault;

pub use check::{check, check_complete, is_cut, leads_here, no_web_url};
pub use fault::{ConfigFault, MAX_DAYS, VARIABLE_PREFIX, variable};

use orion_contracts::{Secret, ServiceName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where a server is, as it may be logged: without user, password and parameters.
pub fn place_of(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else { return "its URL".to_owned() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// Configuration of everything outside.
#[derive(Debug, Clone)]
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
    /// Calls to addresses that people or operators name.
    pub egress: EgressConfig,
    /// Files that people bring.
    pub objects: ObjectsConfig,
}

/// Where what is kept is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// postgres://user:password@host:port/database. Empty: SQLite files in `data_dir`, for one process. A pooler in between
    /// (PgBouncer) must be in session mode.
    pub url: Secret,
    /// Connections per service (PostgreSQL).
    #[schemars(range(min = 1, max = 10_000))]
    #[default = 10]
    pub max_connections: u32,
    /// How long a request waits for a connection before it is answered 503, in milliseconds.
    #[schemars(range(min = 1, max = 60_000))]
    #[default = 2000]
    pub acquire_timeout_ms: u64,
}

/// The cache and the bus.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct RedisConfig {
    /// redis://… or rediss://…. Empty: cache in memory, bus in memory or by LISTEN/NOTIFY.
    pub url: Secret,
}

/// Events between services.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct AmqpConfig {
    /// amqp://… or amqps://…. Empty: events are posted from service to service.
    pub url: Secret,
}

/// How mail leaves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The sender, such as `ORION <orion@example.com>`.
    #[default = "ORION <orion@localhost.localdomain>"]
    pub from: String,
    /// smtp://user:password@host:port (STARTTLS), smtps://… (implicit TLS), smtp+plain://host:port (no TLS; local relays only).
    /// smtps://host/orion.example.com greets by that name; without it by this host's, where that has a dot, else as
    /// [127.0.0.1]. Empty: mails are captured and shown in the console (embedded only).
    pub smtp_url: Secret,
    /// How long one mail may take from connecting to the server until it is given whole, in milliseconds: one that hangs keeps
    /// others waiting. The answer to it is waited for ten minutes, for a server that is slow to say yes has the mail
    /// nevertheless.
    #[schemars(range(min = 1, max = LONGEST_MAIL))]
    #[default = 10_000]
    pub timeout_ms: u64,
}

/// The longest time that a mail may be given, in milliseconds: well under the limit of the job that sends it.
const LONGEST_MAIL: u64 = 60_000;

/// Keys: 32 random bytes each, in hex (openssl rand -hex 32) or base64. Empty: made at the first start and kept in `data_dir`
/// (embedded); refused with PostgreSQL.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct SecretsConfig {
    /// What secrets at rest are sealed with. Keep a copy of it: databases open with no other.
    pub master_key: Secret,
    /// What services prove themselves to each other with.
    pub internal_secret: Secret,
}

/// Calls to addresses that people or operators name, such as that of an identity provider.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct EgressConfig {
    /// Whether they may lead to loopback, private and link-local addresses: for a provider in the same network. Whoever may name
    /// an address can then reach what only this host can.
    pub allow_private: bool,
}

/// Where files are kept that people bring, such as their pictures: in a directory, or in a bucket that speaks S3. Where users runs in
/// several processes, it is a bucket, or a directory that all of them share.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct ObjectsConfig {
    /// The directory. Empty: `objects` in `data_dir`.
    #[schemars(length(max = 4096))]
    pub directory: String,
    /// The bucket; it takes the place of the directory.
    #[schemars(length(max = 63))]
    pub s3_bucket: String,
    /// The region that the bucket is in.
    #[schemars(length(max = 100))]
    #[default = "us-east-1"]
    pub s3_region: String,
    /// Where the bucket's server is, such as https://minio.example.com; http:// only where nobody else reads the network. Empty: that of
    /// AWS.
    #[schemars(length(max = 2000))]
    pub s3_endpoint: String,
    /// Whether the bucket stands in the path (https://minio.example.com/bucket), and not before the host.
    #[default = true]
    pub s3_path_style: bool,
    /// The id of the key by which the bucket is used.
    #[schemars(length(max = 200))]
    pub s3_access_key_id: String,
    /// The key itself.
    pub s3_secret_access_key: Secret,
}

/// Services of other processes, such as http://10.0.0.7:3001. Empty: on this host at their port above. Over http:// who reads
/// the network can call as a service for a minute: keep it private.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
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
    #[schemars(range(min = 1, max = 600_000))]
    #[default = 5000]
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
