//! The one place where adapters are chosen. Nothing above this crate asks which backend it runs on.

use crate::believed::BelievedTime;
use crate::bus::{Bus, Inbound, MemoryBus, PostgresBus, RedisBus};
use crate::cache::{Cache, CacheBackend, MemoryCache, RedisCache};
use crate::config::{InfraConfig, place_of};
use crate::db::Draft;
use crate::db::connect::{DbSource, OpenError};
use crate::egress::Egress;
use crate::events::dispatcher::QueueMetrics;
use crate::events::{EventTransport, Events, PeerPost, RabbitMq, rabbitmq};
use crate::jobs;
use crate::mailer::{CaptureMailer, Mailer, SmtpMailer};
use crate::metrics::HttpMetrics;
use crate::objects::{Objects, ObjectsError};
use crate::peers::{LocalServices, PeerConfigError, Peers};
use crate::redis_link::RedisLink;
use crate::secrets::{self, Secrets, SecretsError};
use crate::{Clock, Db, DbError, Doorbell, Metrics, Outage, Random};
use orion_contracts::{InstanceId, ServiceName};
use prometheus::IntCounterVec;
use std::sync::Arc;
use std::time::Duration;

/// What all services of a process share.
pub struct Connections {
    config: InfraConfig,
    databases: DbSource,
    cache: Arc<dyn CacheBackend>,
    bus: Bus,
    /// Of the broker, as far as one is used.
    broker: Outage,
    secrets: Secrets,
    objects: Objects,
    local: LocalServices,
    clock: Clock,
    random: Random,
}

/// What one service has of the outside world.
#[derive(Clone)]
pub struct Infra {
    /// The service.
    pub service: ServiceName,
    /// This instance of it.
    pub instance: InstanceId,
    /// Its database.
    pub db: Db,
    /// Its part of the cache.
    pub cache: Cache,
    /// The bus.
    pub bus: Bus,
    /// Its events.
    pub events: Events,
    /// The other services.
    pub peers: Peers,
    /// Calls to addresses that people or operators name.
    pub egress: Egress,
    /// Files that people bring.
    pub objects: Objects,
    /// How mail leaves.
    pub mailer: Arc<dyn Mailer>,
    /// Keys.
    pub secrets: Secrets,
    /// Time.
    pub clock: Clock,
    /// What [`Infra::believed_now`] believed last.
    pub(crate) believed: Arc<BelievedTime>,
    /// Randomness.
    pub random: Random,
    /// Its metrics registry.
    pub metrics: Metrics,
    /// Its queue metrics.
    pub queues: QueueMetrics,
    /// Its HTTP metrics.
    pub requests: HttpMetrics,
    /// How often its tasks were started again, by task.
    pub restarts: IntCounterVec,
}

/// Why the outside world cannot be used. The message names the configuration key.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum ConnectError {
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error("redis.url (ORION_REDIS_URL): {0}")]
    Redis(String),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error("calls to other hosts are not possible: {0}")]
    Egress(String),
    #[error(transparent)]
    Peers(#[from] PeerConfigError),
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    #[error(transparent)]
    Mail(#[from] crate::mailer::SmtpConfigError),
    #[error(
        "these services live in other processes: {0}; a bus in memory cannot reach them. Set database.url \
         (ORION_DATABASE_URL) to PostgreSQL, or run all services in one process with `orion up`"
    )]
    MemoryBusWithRemotePeers(String),
    #[error(
        "mail.smtp_url (ORION_MAIL_SMTP_URL) is missing: mails are captured only on the embedded database; \
         notifications needs an SMTP server here"
    )]
    NoMailer,
}

impl Infra {
    /// Takes over at once what a killed process held, instead of waiting for its leases to run out. Only for a process
    /// that holds the data directory's lock: it knows that it is the only one.
    pub async fn release_leases(&self) -> Result<(), DbError> {
        let txn = self.db.transaction().await?;
        jobs::release(&txn, &self.clock).await?;
        txn.commit().await
    }
}

impl Connections {
    /// Connects to what the configuration names. `services` are those that will live in this process.
    pub async fn open(
        config: InfraConfig,
        services: &[ServiceName],
        clock: Clock,
        random: Random,
    ) -> Result<Self, ConnectError> {
        // One crypto library in the whole process; a second call finds it set already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let databases = DbSource::from(&config)?;
        if !databases.is_shared() {
            refuse_remote_peers(services)?;
        }
        let secrets = if databases.is_shared() {
            secrets::from_configuration(&config.secrets, random.clone())?
        } else {
            secrets::from_files(&config.secrets, &config.data_dir, random.clone())?
        };
        databases.greet(&config.database).await?;
        let inbound = Inbound::default();
        let bus = |backend| Bus::new(backend, inbound.clone(), clock.clone(), &random);
        let (cache, bus): (Arc<dyn CacheBackend>, Bus) = match (config.redis.url.expose(), databases.postgres()) {
            ("", None) => (Arc::new(MemoryCache::new(clock.clone())), bus(Arc::new(MemoryBus::new(inbound.clone())))),
            ("", Some(options)) => {
                (Arc::new(MemoryCache::new(clock.clone())), bus(Arc::new(PostgresBus::new(options, &config.namespace))))
            }
            (url, _) => {
                let link = RedisLink::new(url).map_err(|error| ConnectError::Redis(error.to_string()))?;
                let backend = RedisBus::new(link.clone(), &config.namespace, place_of(url));
                (Arc::new(RedisCache::new(link)), bus(Arc::new(backend)))
            }
        };
        let local = LocalServices::new(services.iter().copied());
        let broker = Outage::new(format!("RabbitMQ at {}", place_of(config.amqp.url.expose())), clock.clone());
        let objects = Objects::open(&config.objects, &config.data_dir, &clock)?;
        Ok(Self { config, databases, cache, bus, broker, secrets, objects, local, clock, random })
    }

    /// The bus, to be run once per process.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Where the built services of this process are put.
    pub fn local(&self) -> &LocalServices {
        &self.local
    }

    /// Opens what one service needs.
    pub async fn service(&self, service: ServiceName) -> Result<Infra, ConnectError> {
        let metrics = Metrics::new(service);
        let db = self.databases.open(service, &self.config.database, Doorbell::default(), &metrics).await?;
        self.infra(service, db, metrics)
    }

    /// What is needed to make the service's database, where there is none yet; to be settled when it is whole.
    pub async fn draft(&self, service: ServiceName) -> Result<Option<(Infra, Draft)>, ConnectError> {
        let metrics = Metrics::new(service);
        let Some((db, draft)) = self.databases.draft(service, &self.config.database, &metrics).await? else {
            return Ok(None);
        };
        Ok(Some((self.infra(service, db, metrics)?, draft)))
    }

    fn infra(&self, service: ServiceName, db: Db, metrics: Metrics) -> Result<Infra, ConnectError> {
        let (clock, random) = (self.clock.clone(), self.random.clone());
        let queues = QueueMetrics::new(&metrics);
        let peers = Peers::new(
            service,
            self.local.clone(),
            &self.config.peers.urls(),
            Duration::from_millis(self.config.peers.timeout_ms),
            self.secrets.clone(),
            clock.clone(),
            &metrics,
        )?;
        let transport: Arc<dyn EventTransport> = match self.config.amqp.url.expose() {
            "" => Arc::new(PeerPost::new(peers.clone())),
            _ => Arc::new(RabbitMq::new(
                self.config.amqp.url.clone(),
                &self.config.namespace,
                rabbitmq::LIMIT,
                self.broker.clone(),
                clock.clone(),
                random.clone(),
            )),
        };
        Ok(Infra {
            service,
            instance: random.id(&clock),
            mailer: self.mailer(service, &db)?,
            cache: Cache::new(self.cache.clone(), format!("{}:{service}", self.config.namespace), &metrics),
            bus: self.bus.clone(),
            events: Events::new(transport),
            secrets: self.secrets.clone(),
            objects: self.objects.anew(),
            db,
            peers,
            egress: Egress::new(&self.config.egress).map_err(|error| ConnectError::Egress(error.to_string()))?,
            believed: Arc::default(),
            clock,
            random,
            requests: HttpMetrics::new(&metrics),
            restarts: metrics.counter(
                "background_task_restarts_total",
                "Background tasks that were started again after they failed.",
                &["task"],
            ),
            metrics,
            queues,
        })
    }

    fn mailer(&self, service: ServiceName, db: &Db) -> Result<Arc<dyn Mailer>, ConnectError> {
        let mail = &self.config.mail;
        if !mail.smtp_url.expose().is_empty() {
            let timeout = Duration::from_millis(mail.timeout_ms);
            return Ok(Arc::new(SmtpMailer::new(&mail.smtp_url, &mail.from, timeout, self.clock.clone())?));
        }
        if self.databases.is_shared() && service == ServiceName::Notifications {
            return Err(ConnectError::NoMailer);
        }
        Ok(Arc::new(CaptureMailer::new(db.clone(), self.clock.clone(), mail.from.clone())))
    }
}

fn refuse_remote_peers(services: &[ServiceName]) -> Result<(), ConnectError> {
    let remote: Vec<_> =
        ServiceName::ALL.iter().filter(|name| !services.contains(name)).map(|name| name.as_str()).collect();
    if remote.is_empty() { Ok(()) } else { Err(ConnectError::MemoryBusWithRemotePeers(remote.join(", "))) }
}
