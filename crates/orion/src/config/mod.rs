//! The configuration of a process, read once at start and checked whole.

mod advice;
mod documents;
mod items;
mod keys;
mod layers;
mod listen;
mod problem;
mod show;
mod value;
mod while_running;

pub(crate) use advice::{advice, unknown_roles};
pub(crate) use documents::{default_file, reference, schema};
pub use keys::{Key, Keys, Section};
pub use layers::Layers;
pub(crate) use layers::{API_KEY_VARIABLE, DEFAULT, TOKEN_VARIABLE};
pub use listen::ListenConfig;
pub use problem::{ConfigError, Problem};
pub use show::{Covered, Shown, cover, setting_text, shown};
pub use value::{Form, Kind};
pub(crate) use while_running::differing;

use layers::CONFIG_VARIABLE;
use orion_contracts::{FieldCode, ServiceName};
use orion_http::server::ServerConfig;
use orion_http::telemetry::{self, LogFormat};
use orion_infra::config::{
    self as infra, AmqpConfig, ConfigFault, DatabaseConfig, EgressConfig, InfraConfig, MailConfig, ObjectsConfig,
    PeersConfig, RedisConfig, SecretsConfig,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::path::PathBuf;
use url::Url;

/// Everything that can be configured.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "a section says itself what it is about, and its words are those of the reference")]
pub struct Config {
    /// Where SQLite files, keys and the lock live (embedded).
    #[schemars(with = "String", length(min = 1))]
    #[default(PathBuf::from("data"))]
    pub data_dir: PathBuf,
    /// Prefix of Redis keys, queues and exchanges, so that several platforms can share servers: lower-case letters, digits,
    /// underscores.
    #[schemars(length(min = 1, max = 32))]
    #[default = "orion"]
    pub namespace: String,
    /// Where clients reach the gateway: the issuer of tokens and the start of links in mails, the same for all processes. While
    /// nobody sets it, it follows `listen.gateway_port`.
    #[default(Url::parse("http://localhost:3000").expect("a URL"))]
    pub public_url: Url,
    /// Whom access tokens are for (aud).
    #[schemars(length(min = 1, max = 200))]
    #[default = "orion"]
    pub audience: String,
    pub listen: ListenConfig,
    pub database: DatabaseConfig,
    pub redis: RedisConfig,
    pub amqp: AmqpConfig,
    pub mail: MailConfig,
    pub secrets: SecretsConfig,
    pub peers: PeersConfig,
    pub egress: EgressConfig,
    pub objects: ObjectsConfig,
    pub server: ServerConfig,
    pub log: LogConfig,
    pub auth: orion_auth::AuthConfig,
    pub users: orion_users::UsersConfig,
    pub notifications: orion_notifications::NotificationsConfig,
    pub admin: orion_admin::AdminConfig,
    pub gateway: orion_gateway::GatewayConfig,
}

/// What a process says of itself on standard error.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// A tracing directive, such as "info,orion_auth=debug"; where no level stands alone, other modules stay at info.
    #[schemars(length(min = 1, max = 1000), extend("x-dynamic" = true))]
    #[default = "info"]
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
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
    /// Reads all layers: flag over environment over file over default. All that is wrong is told at once.
    pub fn load(sources: &Sources) -> Result<(Self, Layers), ConfigError> {
        let mut layers = Layers::new(Self::keys().clone());
        if let Some((path, named_by)) = sources.file() {
            layers.add_file(&path, named_by);
        }
        layers.add_environment(sources.environment.iter().cloned());
        for (key, value) in &sources.flags {
            layers.set_text(key, value, &format!("--set {key}"));
        }
        for (key, value) in &sources.named_flags {
            layers.set_text(key, value, &format!("--{}", key.replace(['.', '_'], "-")));
        }
        layers.follow_ports();
        let mut problems = layers.problems().to_vec();
        match serde_path_to_error::deserialize::<_, Self>(layers.table()) {
            Ok(config) => {
                problems.extend(config.check().into_iter().map(|fault| layers.problem(fault)));
                if problems.is_empty() { Ok((config, layers)) } else { Err(ConfigError(problems)) }
            }
            Err(error) => {
                let key = error.path().to_string();
                problems.push(layers.problem(ConfigFault::new(key, FieldCode::Invalid, error.into_inner().message())));
                Err(ConfigError(problems))
            }
        }
    }

    /// What cannot be said by bounds: of all sections, whichever services run here.
    fn check(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut refuse = |key: &str, message: &str| faults.push(ConfigFault::new(key, FieldCode::Invalid, message));
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !self.namespace.bytes().all(word) {
            refuse("namespace", "must have lower-case letters, digits and underscores only");
        }
        let url = &self.public_url;
        if !matches!(url.scheme(), "http" | "https") {
            refuse("public_url", &infra::no_web_url(url.as_str()));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            refuse("public_url", "must have neither user, password, query nor fragment: links begin with it");
        }
        if let Err(message) = telemetry::check(&self.log.filter) {
            refuse("log.filter", &message);
        }
        faults.extend(infra::check(&self.infra()));
        faults.extend(orion_auth::check(&self.auth));
        faults.extend(orion_auth::check_public_url(&self.auth, &self.public_url));
        faults.extend(orion_gateway::check(&self.gateway));
        faults.extend(orion_admin::check(&self.admin));
        faults
    }

    /// What a process of these services cannot begin with, and each with its key: told at once, before anything is written.
    pub fn faults_of_start(&self, services: &[ServiceName]) -> Vec<ConfigFault> {
        let mut faults = self.listen.check_apart(services);
        faults.extend(infra::check_complete(&self.infra(), services));
        if services.contains(&ServiceName::Auth) {
            faults.extend(orion_auth::check_files(&self.auth));
        }
        faults
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
            egress: self.egress.clone(),
            objects: self.objects.clone(),
        }
    }
}

impl Sources {
    /// The file, if any is named.
    pub(crate) fn file_path(&self) -> Option<PathBuf> {
        self.file().map(|(path, _)| path)
    }

    /// The file, and what named it.
    fn file(&self) -> Option<(PathBuf, &'static str)> {
        let variable = || {
            let named = |(name, value): &&(String, String)| name == CONFIG_VARIABLE && !value.is_empty();
            self.environment.iter().find(named).map(|(_, value)| (value.into(), CONFIG_VARIABLE))
        };
        self.file.clone().map(|path| (path, "--config")).or_else(variable)
    }
}
