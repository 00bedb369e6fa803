//! What can be said of the configuration of everything outside before anything is connected to.

use super::{ConfigFault, InfraConfig, variable};
use crate::mailer::{SmtpConfigError, SmtpMailer};
use crate::secrets;
use orion_contracts::{FieldCode, ServiceName};
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr;
use url::{Host, Url};

/// What cannot be said by bounds. What is empty is fine here: it may not be needed.
pub fn check(config: &InfraConfig) -> Vec<ConfigFault> {
    let InfraConfig { database, redis, amqp, mail, secrets, peers, .. } = config;
    let mut faults = Vec::new();
    let mut refuse = |key: &str, message: &str| faults.push(ConfigFault::new(key, FieldCode::Invalid, message));
    let url = database.url.expose();
    let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let is_one = known && !is_cut(url) && PgConnectOptions::from_str(url).is_ok();
    if !url.is_empty() && !is_one {
        let message = "must be a URL such as postgres://user:password@host:5432/database, or empty";
        refuse("database.url", &with_hint(message, url));
    }
    let url = redis.url.expose();
    if !url.is_empty() && (is_cut(url) || redis::Client::open(url).is_err()) {
        let message = "must be a URL such as redis://host:6379, rediss:// for TLS";
        refuse("redis.url", &with_hint(message, url));
    }
    let url = amqp.url.expose();
    if !url.is_empty() && (is_cut(url) || lapin::uri::AMQPUri::from_str(url).is_err()) {
        let message = "must be a URL such as amqp://user:password@host:5672, amqps:// for TLS";
        refuse("amqp.url", &with_hint(message, url));
    }
    match SmtpMailer::check(&mail.smtp_url, &mail.from) {
        Ok(()) => {}
        Err(SmtpConfigError::Url(message)) => refuse("mail.smtp_url", &with_hint(&message, mail.smtp_url.expose())),
        Err(SmtpConfigError::From(message)) => refuse("mail.from", &message),
    }
    for (key, secret) in
        [("secrets.master_key", &secrets.master_key), ("secrets.internal_secret", &secrets.internal_secret)]
    {
        let text = secret.expose().trim();
        if !text.is_empty() && secrets::parse_key(text).is_none() {
            refuse(key, "must be 32 bytes in hex or base64 (openssl rand -hex 32)");
        }
    }
    let objects = &config.objects;
    if !objects.s3_bucket.is_empty() {
        if objects.s3_access_key_id.is_empty() {
            refuse("objects.s3_access_key_id", "must be set where there is a bucket");
        }
        if objects.s3_secret_access_key.expose().is_empty() {
            refuse("objects.s3_secret_access_key", "must be set where there is a bucket");
        }
        if !objects.directory.is_empty() {
            refuse("objects.directory", "must be empty where there is a bucket");
        }
    }
    let endpoint = objects.s3_endpoint.as_str();
    let is_web = || Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !endpoint.is_empty() && !is_web() {
        refuse("objects.s3_endpoint", &no_web_url(endpoint));
    }
    for (service, url) in peers.urls() {
        if !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            refuse(&format!("peers.{service}_url"), &no_web_url(url));
        }
    }
    faults
}

/// What is missing that a process of these services needs. All of it is told before anything is connected to or written.
pub fn check_complete(config: &InfraConfig, services: &[ServiceName]) -> Vec<ConfigFault> {
    if config.database.url.expose().is_empty() {
        let away = ServiceName::ALL.iter().filter(|name| !services.contains(name)).map(|name| name.as_str());
        let away = away.collect::<Vec<_>>().join(", ");
        let message =
            "is missing: these services live in other processes, which nothing on the embedded database reaches";
        let next = "set it to PostgreSQL, or run all services in one process with `orion up`";
        let fault = || ConfigFault::new("database.url", FieldCode::Required, format!("{message}: {away}; {next}"));
        return if away.is_empty() { Vec::new() } else { vec![fault()] };
    }
    let mut faults = Vec::new();
    for (key, secret) in [
        ("secrets.master_key", &config.secrets.master_key),
        ("secrets.internal_secret", &config.secrets.internal_secret),
    ] {
        if secret.expose().trim().is_empty() {
            let file = format!("{}_FILE", variable(key));
            let message =
                format!("is missing: 32 random bytes in hex (`openssl rand -hex 32`), or a file with them in {file}");
            faults.push(ConfigFault::new(key, FieldCode::Required, message));
        }
    }
    if config.mail.smtp_url.expose().is_empty() && services.contains(&ServiceName::Notifications) {
        let message =
            "is missing: mails are captured only on the embedded database; notifications needs an SMTP server here";
        faults.push(ConfigFault::new("mail.smtp_url", FieldCode::Required, message));
    }
    faults
}

/// Whether a password seems to stand in the URL as it is, and to be cut where user, password and host end: an `@` comes later.
/// What follows the cut would be taken for a path or parameters, which are shown.
pub fn is_cut(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?', '#']).is_some_and(|end| rest[end..].contains('@'))
}

/// What is wrong with a URL, and how a password is written in one.
fn with_hint(message: &str, url: &str) -> String {
    let hint = "; a sign such as # / ? @ % in a user or password must be percent-encoded (# is %23, / is %2F, @ is %40), \
         and so must an @ behind the host";
    format!("{message}{}", if is_cut(url) { hint } else { "" })
}

/// What is told of a text that is no URL of the web.
pub fn no_web_url(text: &str) -> String {
    let meant = format!("http://{text}");
    let is_one = !text.contains("://") && Url::parse(&meant).is_ok_and(|url| url.has_host());
    let meant = if is_one { format!("; did you mean {meant}?") } else { String::new() };
    format!("must be an http:// or https:// URL, but is {text}{meant}")
}

/// Whether a URL leads to this host only.
pub fn leads_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AmqpConfig, DatabaseConfig, MailConfig, ObjectsConfig, RedisConfig};
    use orion_contracts::Secret;

    /// What is wrong with the URL of one of the servers.
    fn faults_of(url: &str) -> Vec<ConfigFault> {
        let secret = |schemes: &[&str]| match url.split_once(':') {
            Some((scheme, _)) if schemes.contains(&scheme) => Secret::new(url),
            _ => Secret::new(""),
        };
        check(&InfraConfig {
            database: DatabaseConfig { url: secret(&["postgres", "mysql"]), ..Default::default() },
            redis: RedisConfig { url: secret(&["redis"]) },
            amqp: AmqpConfig { url: secret(&["amqp"]) },
            mail: MailConfig { smtp_url: secret(&["smtp", "smtps"]), ..Default::default() },
            ..blank()
        })
    }

    /// Nothing is configured.
    fn blank() -> InfraConfig {
        InfraConfig {
            data_dir: "data".into(),
            namespace: "orion".to_owned(),
            database: Default::default(),
            redis: Default::default(),
            amqp: Default::default(),
            mail: Default::default(),
            secrets: Default::default(),
            peers: Default::default(),
            egress: Default::default(),
            objects: Default::default(),
        }
    }

    #[test]
    fn a_password_that_is_not_encoded_in_a_url_is_told_as_that() {
        for (url, is_told) in [
            ("postgres://u:open#sesame@h/d", true),
            ("postgres://u:open/sesame@h/d", true),
            ("postgres://u:open?sesame@h/d", true),
            // It reads as a port, and the rest as what is sent nowhere.
            ("postgres://u:1234#sesame@h/d", true),
            // The rest of the password reads as the host.
            ("postgres://u:open@1#sesame@h/d", true),
            ("postgres://u:open@h2/sesame@h/d", true),
            ("postgres://u:open@h2?sesame@h/d", true),
            ("amqp://u:open@h2/sesame@h", true),
            ("redis://u:open@h2/sesame@h", true),
            ("smtp://u:open@h2/sesame@h", true),
            ("postgres://u:sesame@h:many/d", false),
            ("mysql://u:sesame@h/d", false),
        ] {
            let faults = faults_of(url);
            assert_eq!(faults.len(), 1, "{url}: {faults:?}");
            assert_eq!(faults[0].message.contains("percent-encoded"), is_told, "{url}: {faults:?}");
            assert!(!faults[0].message.contains("sesame"), "{faults:?}");
        }
        for url in [
            "postgres://u:open%23sesame@h/d",
            "postgres://h:5432/d?user=u%40h&password=p",
            "postgres://u:p@h/d",
            "amqp://u:p@h/%2f",
            "redis://:p@h:1/2",
            "smtps://u@h:p@h/orion.example.com",
        ] {
            assert_eq!(faults_of(url), [], "{url}");
        }
    }

    #[test]
    fn a_bucket_needs_its_key_and_takes_the_place_of_the_directory() {
        let faults = |objects: ObjectsConfig| {
            let faults = check(&InfraConfig { objects, ..blank() });
            faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        let bucket = || ObjectsConfig { s3_bucket: "faces".to_owned(), ..ObjectsConfig::default() };
        let key = || ObjectsConfig {
            s3_access_key_id: "id".to_owned(),
            s3_secret_access_key: Secret::new("key"),
            ..bucket()
        };
        assert_eq!(faults(ObjectsConfig::default()), Vec::<String>::new());
        assert_eq!(faults(key()), Vec::<String>::new());
        assert_eq!(faults(bucket()), ["objects.s3_access_key_id", "objects.s3_secret_access_key"]);
        assert_eq!(faults(ObjectsConfig { directory: "/srv".to_owned(), ..key() }), ["objects.directory"]);
        for endpoint in ["minio:9000", "ftp://minio", "http://"] {
            let at = ObjectsConfig { s3_endpoint: endpoint.to_owned(), ..key() };
            assert_eq!(faults(at), ["objects.s3_endpoint"], "{endpoint}");
        }
    }
}
