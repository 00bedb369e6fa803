//! The configuration of a process, read once at start and checked whole.

mod layers;
mod show;

pub use layers::{DEFAULTS, LayerError, Layers, variable};
pub use show::shown;

use orion_contracts::ServiceName;
use orion_http::server::ServerConfig;
use orion_http::telemetry::LogFormat;
use orion_infra::config::{
    AmqpConfig, DatabaseConfig, InfraConfig, MailConfig, PeersConfig, RedisConfig, SecretsConfig,
};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// Everything that can be configured; `config/orion.default.toml` explains each key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is explained in config/orion.default.toml")]
pub struct Config {
    pub data_dir: PathBuf,
    pub namespace: String,
    pub public_url: url::Url,
    pub audience: String,
    pub listen: ListenConfig,
    pub database: DatabaseConfig,
    pub redis: RedisConfig,
    pub amqp: AmqpConfig,
    pub mail: MailConfig,
    pub secrets: SecretsConfig,
    pub peers: PeersConfig,
    pub server: ServerConfig,
    pub log: LogConfig,
    pub auth: orion_auth::AuthConfig,
    pub users: orion_users::UsersConfig,
    pub notifications: orion_notifications::NotificationsConfig,
    pub gateway: orion_gateway::GatewayConfig,
    pub admin: orion_admin::AdminConfig,
}

/// Addresses.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is explained in config/orion.default.toml")]
pub struct ListenConfig {
    pub host: IpAddr,
    pub gateway_port: u16,
    pub auth_port: u16,
    pub users_port: u16,
    pub notifications_port: u16,
    pub admin_port: u16,
    pub pages_host: IpAddr,
    pub pages_port: u16,
}

/// Logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is explained in config/orion.default.toml")]
pub struct LogConfig {
    pub filter: String,
    pub format: LogFormat,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum ConfigError {
    #[error(transparent)]
    Layer(#[from] LayerError),
    #[error("`{key}` (from {origin}) is not valid: {message}")]
    Invalid { key: String, origin: String, message: String },
}

/// Where a process's configuration comes from, beside the defaults.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A TOML file.
    pub file: Option<PathBuf>,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
    /// `key=value` from the command line.
    pub flags: Vec<(String, String)>,
}

impl Config {
    /// Reads all layers: flag over environment over file over default.
    pub fn load(sources: &Sources) -> Result<(Self, Layers), ConfigError> {
        let mut layers = Layers::defaults()?;
        if let Some(path) = &sources.file {
            layers.add_toml(&read(path)?, &path.display().to_string())?;
        }
        layers.add_environment(sources.environment.iter().cloned())?;
        for (key, value) in &sources.flags {
            layers.set_text(key, value, &format!("--set {key}"))?;
        }
        let config: Self = serde_path_to_error::deserialize(layers.table().clone()).map_err(|error| {
            let key = error.path().to_string();
            let origin = layers.origin(&key).to_owned();
            ConfigError::Invalid { key, origin, message: error.into_inner().message().to_owned() }
        })?;
        config.check(&layers)?;
        Ok((config, layers))
    }

    fn check(&self, layers: &Layers) -> Result<(), ConfigError> {
        let invalid = |key: &str, message: &str| {
            let (key, origin) = (key.to_owned(), layers.origin(key).to_owned());
            Err(ConfigError::Invalid { key, origin, message: message.to_owned() })
        };
        let word =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if self.namespace.is_empty() || self.namespace.len() > 32 || !word(&self.namespace) {
            return invalid("namespace", "use 1 to 32 lower-case letters, digits and underscores");
        }
        if !matches!(self.public_url.scheme(), "http" | "https") {
            return invalid("public_url", "it must be a http:// or https:// URL");
        }
        if self.database.max_connections == 0 {
            return invalid("database.max_connections", "it must be at least 1");
        }
        let server = &self.server;
        for (key, value) in [
            ("server.max_connections", server.max_connections),
            ("server.max_connections_per_client", server.max_connections_per_client),
        ] {
            if value == 0 {
                return invalid(key, "it must be at least 1");
            }
        }
        Ok(())
    }

    /// The platform's public URL without a slash at its end: the issuer of tokens.
    pub fn issuer(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// What the adapters need.
    pub fn infra(&self) -> InfraConfig {
        InfraConfig {
            data_dir: self.data_dir.clone(),
            namespace: self.namespace.clone(),
            database: self.database.clone(),
            redis: self.redis.clone(),
            amqp: self.amqp.clone(),
            mail: self.mail.clone(),
            secrets: self.secrets.clone(),
            peers: self.peers.clone(),
        }
    }
}

impl ListenConfig {
    /// The address on which a service's own endpoints are; for the gateway its pages, not its edge.
    pub fn address(&self, service: ServiceName) -> SocketAddr {
        match service {
            ServiceName::Gateway => SocketAddr::new(self.pages_host, self.pages_port),
            ServiceName::Auth => SocketAddr::new(self.host, self.auth_port),
            ServiceName::Users => SocketAddr::new(self.host, self.users_port),
            ServiceName::Notifications => SocketAddr::new(self.host, self.notifications_port),
            ServiceName::Admin => SocketAddr::new(self.host, self.admin_port),
        }
    }

    /// The gateway's edge: where clients come in.
    pub fn edge(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.gateway_port)
    }

    /// The key that changes a service's port.
    pub fn port_key(service: ServiceName) -> &'static str {
        match service {
            ServiceName::Gateway => "listen.pages_port (ORION_LISTEN_PAGES_PORT)",
            ServiceName::Auth => "listen.auth_port (ORION_LISTEN_AUTH_PORT)",
            ServiceName::Users => "listen.users_port (ORION_LISTEN_USERS_PORT)",
            ServiceName::Notifications => "listen.notifications_port (ORION_LISTEN_NOTIFICATIONS_PORT)",
            ServiceName::Admin => "listen.admin_port (ORION_LISTEN_ADMIN_PORT)",
        }
    }
}

fn read(path: &Path) -> Result<String, LayerError> {
    std::fs::read_to_string(path).map_err(|error| LayerError::File {
        origin: "--config".to_owned(),
        path: path.display().to_string(),
        error,
    })
}
