//! A service's adapters for the tests of the crates above: SQLite and memory, in a directory of their own.

use crate::clock::ClockControl;
use crate::config::{
    AmqpConfig, DatabaseConfig, EgressConfig, InfraConfig, MailConfig, ObjectsConfig, PeersConfig, RedisConfig,
    SecretsConfig,
};
use crate::db::Migrations;
use crate::{Clock, Connections, Infra, Random};
use orion_contracts::{Secret, ServiceName};
use std::path::Path;
use tempfile::TempDir;

/// Adapters with a clock that can be moved. They are gone with it.
pub struct TestInfra {
    /// The adapters.
    pub infra: Infra,
    /// Moves their clock.
    pub clock: ClockControl,
    _directory: TempDir,
}

impl Infra {
    /// The adapters of one service on its own, with its tables made; it has no neighbours, and mails are kept.
    pub async fn for_test(service: ServiceName, migrations: Migrations) -> TestInfra {
        let directory = tempfile::tempdir().expect("a directory");
        let (clock, control) = Clock::adjustable();
        let config = configuration(directory.path());
        let connections =
            Connections::open(config, &ServiceName::ALL, clock, Random::seeded(7)).await.expect("connections");
        let infra = connections.service(service).await.expect("a database");
        migrations.apply(&infra).await.expect("tables");
        TestInfra { infra, clock: control, _directory: directory }
    }
}

fn configuration(directory: &Path) -> InfraConfig {
    let nowhere = String::new;
    InfraConfig {
        data_dir: directory.to_owned(),
        namespace: "test".to_owned(),
        database: DatabaseConfig { url: Secret::new(""), max_connections: 2, acquire_timeout_ms: 5000 },
        redis: RedisConfig { url: Secret::new("") },
        amqp: AmqpConfig { url: Secret::new("") },
        mail: MailConfig { from: "ORION <orion@example.com>".to_owned(), smtp_url: Secret::new(""), timeout_ms: 1000 },
        secrets: SecretsConfig { master_key: Secret::new(""), internal_secret: Secret::new("") },
        egress: EgressConfig::default(),
        objects: ObjectsConfig::default(),
        peers: PeersConfig {
            gateway_url: nowhere(),
            auth_url: nowhere(),
            users_url: nowhere(),
            notifications_url: nowhere(),
            admin_url: nowhere(),
            timeout_ms: 1000,
        },
    }
}
