//! The mix that tests run on: `ORION_TEST_BACKEND=embedded|postgres|production`, servers by the product's own variables.

use orion::Sources;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::env;
use std::path::Path;
use std::str::FromStr;

/// One of the three tested mixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Embedded,
    Postgres,
    Production,
}

/// Keys of tests: the same for all, because databases are cloned from one template.
const MASTER_KEY: &str = "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100";
const INTERNAL_SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// The lock under which the template is made.
const TEMPLATE_LOCK: i64 = 0x6f72_696f_6e00_0002;

impl Backend {
    /// The mix of this run.
    pub fn current() -> Self {
        match env::var("ORION_TEST_BACKEND").as_deref() {
            Err(_) | Ok("embedded") => Self::Embedded,
            Ok("postgres") => Self::Postgres,
            Ok("production") => Self::Production,
            Ok(other) => panic!("ORION_TEST_BACKEND is {other}; use embedded, postgres or production"),
        }
    }

    /// The server's URL; fails the test with what to do when it is missing.
    pub fn server(variable: &str) -> String {
        env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set; run the tests by ./orion test"))
    }
}

/// As the databases of most servers are, and not byte by byte: what relies on an order of texts is found by it.
const SORTED_BY_LANGUAGE: &str = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'";

/// What one test has of the mix: its own database, namespace and directory. Dropping it cleans up.
pub struct Place {
    pub backend: Backend,
    pub directory: tempfile::TempDir,
    pub namespace: String,
    pub database_url: Option<String>,
    pub redis_url: Option<String>,
    pub amqp_url: Option<String>,
}

impl Place {
    /// A fresh place on a mix, its databases migrated.
    pub async fn new(backend: Backend) -> Self {
        Self::with_database(backend, |server, name| async move { clone_database(&server, &name).await }).await
    }

    /// A fresh place on a mix, its databases without any table.
    pub async fn empty(backend: Backend) -> Self {
        Self::with_database(backend, |server, name| async move {
            let mut connection = PgConnection::connect(&server).await.expect("the PostgreSQL of ORION_DATABASE_URL");
            execute(&mut connection, format!("CREATE DATABASE {name} {SORTED_BY_LANGUAGE}")).await;
            with_database(&server, &name)
        })
        .await
    }

    async fn with_database<F: Future<Output = String>>(
        backend: Backend,
        make: impl FnOnce(String, String) -> F,
    ) -> Self {
        let namespace = format!(
            "orion_test_{}",
            &uuid::Builder::from_random_bytes(random()).into_uuid().simple().to_string()[..16]
        );
        let shared = backend != Backend::Embedded;
        let production = backend == Backend::Production;
        let database_url = match shared {
            true => Some(make(Backend::server("ORION_DATABASE_URL"), namespace.clone()).await),
            false => None,
        };
        Self {
            backend,
            directory: tempfile::tempdir().unwrap(),
            namespace,
            database_url,
            redis_url: production.then(|| Backend::server("ORION_REDIS_URL")),
            amqp_url: production.then(|| Backend::server("ORION_AMQP_URL")),
        }
    }

    /// The configuration of a process in this place.
    pub fn sources(&self) -> Sources {
        let mut flags = base_flags(self.directory.path(), &self.namespace);
        let servers =
            [("database.url", &self.database_url), ("redis.url", &self.redis_url), ("amqp.url", &self.amqp_url)];
        flags.extend(servers.into_iter().filter_map(|(key, url)| Some((key.to_owned(), url.clone()?))));
        Sources { flags, ..Sources::default() }
    }
}

fn base_flags(directory: &Path, namespace: &str) -> Vec<(String, String)> {
    let pairs = [
        ("data_dir", directory.display().to_string()),
        ("namespace", namespace.to_owned()),
        ("secrets.master_key", MASTER_KEY.to_owned()),
        ("secrets.internal_secret", INTERNAL_SECRET.to_owned()),
        // Ports change with a restart, tokens go on being good.
        ("public_url", "http://localhost:3000".to_owned()),
        // Cheap hashes: tests are about everything around them.
        ("auth.argon2_memory_kib", "64".to_owned()),
        ("auth.argon2_iterations", "1".to_owned()),
        ("auth.login_attempts_per_address_per_minute", "100000".to_owned()),
        ("auth.registrations_per_address_per_minute", "100000".to_owned()),
    ];
    let ports = ["gateway", "auth", "users", "notifications", "admin", "pages"];
    let ports = ports.into_iter().map(|name| (format!("listen.{name}_port"), "0".to_owned()));
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(ports).collect()
}

fn random() -> [u8; 16] {
    orion_infra::Random::system().bytes()
}

/// A database of its own for one test, cloned from a migrated template that is made once per build.
async fn clone_database(server: &str, name: &str) -> String {
    let template = template_name();
    let mut connection = PgConnection::connect(server).await.expect("the PostgreSQL of ORION_DATABASE_URL");
    // Cloning a database that another clone is reading is refused, and so is cloning while the template is made.
    execute(&mut connection, format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&template)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    if !exists {
        make_template(&mut connection, server, &template).await;
    }
    execute(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    execute(&mut connection, format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    with_database(server, name)
}

async fn make_template(connection: &mut PgConnection, server: &str, template: &str) {
    // Those in use belong to tests of this run that needed no template.
    let old = "SELECT datname FROM pg_database WHERE (datname LIKE 'orion\\_template\\_%' OR datname LIKE 'orion\\_test\\_%') \
               AND datname NOT IN (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)";
    let old: Vec<String> = sqlx::query_scalar(old).fetch_all(&mut *connection).await.unwrap();
    for old in old {
        execute(connection, format!("DROP DATABASE IF EXISTS {old}")).await;
    }
    let building = format!("{template}_new");
    execute(connection, format!("CREATE DATABASE {building} {SORTED_BY_LANGUAGE}")).await;
    let mut flags = base_flags(Path::new("/nonexistent"), "template");
    flags.push(("database.url".to_owned(), with_database(server, &building)));
    let (config, _) = orion::Config::load(&Sources { flags, ..Sources::default() }).unwrap();
    orion::platform::migrate(&config).await.expect("the template migrates");
    execute(connection, format!("ALTER DATABASE {building} RENAME TO {template}")).await;
}

/// Named after this build, so that a changed migration makes a new one.
fn template_name() -> String {
    let built = env::current_exe().and_then(std::fs::metadata).and_then(|file| file.modified()).unwrap();
    let stamp = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    format!("orion_template_{stamp}")
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::from_str(server).unwrap();
    url.set_path(name);
    url.to_string()
}

async fn execute(connection: &mut PgConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

impl Drop for Place {
    /// Queues go at once; databases stay until the next build makes its template, for dropping one can take PostgreSQL a
    /// minute, and servers that were started for a run are thrown away whole.
    fn drop(&mut self) {
        let (Some(url), namespace) = (self.amqp_url.take(), self.namespace.clone()) else { return };
        // A runtime of its own: the test's may be about to end.
        let clean = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let _ = runtime.block_on(delete_queues(&url, &namespace));
        });
        let _ = clean.join();
    }
}

async fn delete_queues(url: &str, namespace: &str) -> lapin::Result<()> {
    let connection = lapin::Connection::connect(url, lapin::ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for service in orion_contracts::ServiceName::ALL {
        let queue = format!("{namespace}.events.{service}");
        let _ = channel.queue_delete(queue.into(), lapin::options::QueueDeleteOptions::default()).await;
    }
    channel
        .exchange_delete(format!("{namespace}.events").into(), lapin::options::ExchangeDeleteOptions::default())
        .await
}
