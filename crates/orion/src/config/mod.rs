//! The configuration of a process, read once at start and checked whole.

mod advice;
mod layers;
mod show;

pub(crate) use advice::advice;
pub(crate) use layers::DEFAULT;
pub use layers::{DEFAULTS, LayerError, Layers};
pub use show::shown;

use layers::CONFIG_VARIABLE;
use orion_contracts::ServiceName;
use orion_http::server::ServerConfig;
use orion_http::telemetry::{self, LogFormat};
use orion_infra::config::{
    self as infra, AmqpConfig, ConfigFault, DatabaseConfig, InfraConfig, MailConfig, PeersConfig, RedisConfig,
    SecretsConfig, at_least_one,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
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
    #[error("{fault}; the value comes from {origin}")]
    Invalid { fault: ConfigFault, origin: String },
}

impl ConfigError {
    /// A mistake, with the layer that it came from.
    pub(crate) fn in_layers(fault: ConfigFault, layers: &Layers) -> Self {
        Self::Invalid { origin: layers.origin(&fault.key).to_owned(), fault }
    }
}

/// Where a process's configuration comes from, beside the defaults.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A TOML file, by `--config`; without it that of `ORION_CONFIG`, if any.
    pub file: Option<PathBuf>,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
    /// `key=value` from `--set`.
    pub flags: Vec<(String, String)>,
    /// `key=value` from flags of their own, such as `--database-url`.
    pub named_flags: Vec<(String, String)>,
}

impl Config {
    /// Reads all layers: flag over environment over file over default.
    pub fn load(sources: &Sources) -> Result<(Self, Layers), ConfigError> {
        let mut layers = Layers::defaults()?;
        if let Some((path, origin)) = sources.file() {
            layers.add_toml(&read(&path, origin)?, &path.display().to_string())?;
        }
        layers.add_environment(sources.environment.iter().cloned())?;
        for (key, value) in &sources.flags {
            layers.set_text(key, value, &format!("--set {key}"))?;
        }
        for (key, value) in &sources.named_flags {
            layers.set_text(key, value, &format!("--{}", key.replace(['.', '_'], "-")))?;
        }
        layers.follow_ports();
        let invalid = |fault| ConfigError::in_layers(fault, &layers);
        let config: Self = serde_path_to_error::deserialize(layers.table().clone()).map_err(|error| {
            let key = error.path().to_string();
            invalid(ConfigFault::new(key, error.into_inner().message()))
        })?;
        config.check().map_err(invalid)?;
        Ok((config, layers))
    }

    /// Says whether every value can be used: all sections, whichever services run here.
    fn check(&self) -> Result<(), ConfigFault> {
        let refused = |key: &str, message: &str| Err(ConfigFault::new(key, message));
        let word =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if self.namespace.is_empty() || self.namespace.len() > 32 || !word(&self.namespace) {
            return refused("namespace", "must have 1 to 32 lower-case letters, digits and underscores");
        }
        if !matches!(self.public_url.scheme(), "http" | "https") {
            return refused("public_url", "must be an http:// or https:// URL");
        }
        let url = &self.public_url;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return refused("public_url", "must have neither user, password, query nor fragment: links begin with it");
        }
        at_least_one(
            "server",
            &[
                ("max_body_bytes", self.server.max_body_bytes as u64),
                ("request_timeout_ms", self.server.request_timeout_ms),
                ("header_timeout_ms", self.server.header_timeout_ms),
                ("write_timeout_ms", self.server.write_timeout_ms),
                ("max_connections", self.server.max_connections as u64),
                ("max_connections_per_client", self.server.max_connections_per_client as u64),
            ],
        )?;
        telemetry::check(&self.log.filter).map_err(|message| ConfigFault::new("log.filter", message))?;
        infra::check(&self.infra())?;
        orion_auth::check(&self.auth)?;
        orion_users::check(&self.users)?;
        orion_notifications::check(&self.notifications)?;
        orion_gateway::check(&self.gateway)?;
        orion_admin::check(&self.admin)
    }

    /// The platform's public URL without a slash at its end: the issuer of tokens.
    pub fn issuer(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// Where browsers reach the console, without a slash at its end.
    pub fn console(&self) -> &str {
        self.admin.console_url.as_str().trim_end_matches('/')
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

    /// The key that changes the edge's port.
    pub const EDGE_KEY: &'static str = "listen.gateway_port";

    /// The gateway's edge: where clients come in.
    pub fn edge(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.gateway_port)
    }

    /// The key that changes a service's port.
    pub fn port_key(service: ServiceName) -> &'static str {
        match service {
            ServiceName::Gateway => "listen.pages_port",
            ServiceName::Auth => "listen.auth_port",
            ServiceName::Users => "listen.users_port",
            ServiceName::Notifications => "listen.notifications_port",
            ServiceName::Admin => "listen.admin_port",
        }
    }

    /// A service's port; for the gateway that of its pages.
    pub(crate) fn port_mut(&mut self, service: ServiceName) -> &mut u16 {
        match service {
            ServiceName::Gateway => &mut self.pages_port,
            ServiceName::Auth => &mut self.auth_port,
            ServiceName::Users => &mut self.users_port,
            ServiceName::Notifications => &mut self.notifications_port,
            ServiceName::Admin => &mut self.admin_port,
        }
    }

    /// All ports that are named.
    pub(crate) fn ports(&self) -> BTreeSet<u16> {
        ServiceName::ALL.iter().map(|service| self.address(*service).port()).chain([self.gateway_port]).collect()
    }

    /// Refuses one port for two things that these services listen with.
    pub fn check_apart(&self, services: &[ServiceName]) -> Result<(), ConfigFault> {
        let mut places: Vec<_> =
            services.iter().map(|service| (Self::port_key(*service), self.address(*service))).collect();
        if services.contains(&ServiceName::Gateway) {
            places.insert(0, (Self::EDGE_KEY, self.edge()));
        }
        for (at, (key, address)) in places.iter().enumerate() {
            let (ip, port) = (address.ip(), address.port());
            let meets = |other: &IpAddr| *other == ip || other.is_unspecified() || ip.is_unspecified();
            let same = |(_, other): &&(&str, SocketAddr)| port != 0 && other.port() == port && meets(&other.ip());
            if let Some((first, _)) = places[..at].iter().find(same) {
                return Err(ConfigFault::new(
                    *key,
                    format!("is {port}, and so is {first}; each needs a port of its own"),
                ));
            }
        }
        Ok(())
    }
}

impl Sources {
    /// The file, and what named it.
    fn file(&self) -> Option<(PathBuf, &'static str)> {
        let variable = || {
            let named = |(name, value): &&(String, String)| name == CONFIG_VARIABLE && !value.is_empty();
            self.environment.iter().find(named).map(|(_, value)| (value.into(), CONFIG_VARIABLE))
        };
        self.file.clone().map(|path| (path, "--config")).or_else(variable)
    }
}

fn read(path: &Path, origin: &str) -> Result<String, LayerError> {
    std::fs::read_to_string(path).map_err(|error| LayerError::File {
        origin: origin.to_owned(),
        path: path.display().to_string(),
        error,
    })
}
