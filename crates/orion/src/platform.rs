//! A process's life: bind, connect, migrate or check, build, spawn, ready, drain.

use crate::background;
use crate::config::{Config, Sources, unknown_roles};
use crate::databases;
use crate::file_watch::WatchedFile;
use crate::last_console;
use crate::lock::{self, DataLock, LockError};
use crate::ports::Ports;
pub use crate::running::Cut;
use crate::running::{RunningService, serve};
use crate::settings::ProcessSettings;
use crate::topology::Topology;
use crate::wiring;
use futures_util::future::join_all;
use orion_contracts::{Problem, ServiceName};
use orion_http::identity::TokenParty;
use orion_http::server::{self, Running};
use orion_http::{Context, Identity, ProcessState};
use orion_infra::config::ConfigFault;
use orion_infra::connect::ConnectError;
use orion_infra::db::files::{self, FilesError};
use orion_infra::db::migrate::SchemaError;
use orion_infra::events::Consumer;
use orion_infra::peers::LocalServices;
use orion_infra::tasks::{Supervisor, Task};
use orion_infra::{Clock, Connections, DbError, Infra, Random};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a process may take to learn keys and roles before it says what it waits for, and then how often it does.
const PATIENCE: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(60)];

/// What ends by itself when the drain time is over has so long to do it. Whose turn comes only then has as long.
const LAST: Duration = Duration::from_secs(1);

/// What happens to the schema at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It is brought up to date (`orion up`).
    Migrate,
    /// It must be up to date (`orion serve`).
    Check,
}

/// Why a process does not start. The message names what to change.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum StartError {
    #[error("{0}")]
    Listen(String),
    #[error(transparent)]
    Config(#[from] ConfigFault),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{service}: {error}")]
    Schema { service: ServiceName, error: SchemaError },
    #[error("{service}: the database could not be put in its place: {error}; look at data_dir (ORION_DATA_DIR)")]
    Make { service: ServiceName, error: std::io::Error },
    #[error("{service}: the database could not be migrated: {error}")]
    Migrate { service: ServiceName, error: SchemaError },
    #[error("{service}: what a killed process held could not be taken over: {error}")]
    TakeOver { service: ServiceName, error: DbError },
    #[error("{service} does not start: {problem}")]
    Service { service: ServiceName, problem: Box<dyn std::error::Error + Send + Sync> },
}

/// A running process.
pub struct Platform {
    /// As it became: ports that were left open are known.
    config: Config,
    services: BTreeMap<ServiceName, RunningService>,
    identity: Identity,
    settings: Arc<ProcessSettings>,
    infra: Infra,
    local: LocalServices,
    /// Where clients come in, when the gateway lives here.
    edge: Option<SocketAddr>,
    background: Supervisor,
    clock: Clock,
    /// How long to go on after the first word of the end.
    drain_delay: Duration,
    /// How long what is in flight then has.
    drain_timeout: Duration,
    _lock: Option<DataLock>,
}

impl Platform {
    /// Starts the services; returns when they take requests, though perhaps only to say that they are not ready.
    pub async fn launch(
        config: &Config,
        services: &[ServiceName],
        schema: Schema,
        clock: Clock,
        random: Random,
    ) -> Result<Self, StartError> {
        if let Some(fault) = config.faults_of_start(services).into_iter().next() {
            return Err(fault.into());
        }
        let lock = match config.database.url.expose() {
            "" => {
                let lock = DataLock::take_in_turn(&config.data_dir, lock::MOMENT).await?;
                files::check(&config.data_dir)?;
                Some(lock)
            }
            _ => None,
        };
        let ports = Ports::take(config, services).map_err(StartError::Listen)?;
        let mut config = config.clone();
        ports.settle(&mut config);
        if lock.is_some() && services.contains(&ServiceName::Admin) {
            // Without it a link of `orion admin reset` has to be told where the console is; nobody else needs it.
            if let Err(error) = last_console::keep(&config.data_dir, config.console()) {
                tracing::warn!(%error, file = last_console::FILE, "the console's address could not be kept");
            }
        }
        let Ports { services: listeners, edge } = ports;
        let topology = Topology::new(&config, services);
        config.peers = wiring::peers(&config, &topology);
        let process = ProcessState::default();
        let settings = ProcessSettings::new(config.clone(), process.settings.clone());

        let connections = Connections::open(config.infra(), &topology.local, clock.clone(), random).await?;
        let infras = databases::open(&connections, &topology, schema).await?;
        if lock.is_some() {
            for (service, infra) in &infras {
                let failed = |error| StartError::TakeOver { service: *service, error };
                infra.release_leases().await.map_err(failed)?;
            }
        }
        let Some(first) = infras.values().next().cloned() else {
            return Err(StartError::Listen("no service was named".to_owned()));
        };
        let party = TokenParty { issuer: config.issuer(), audience: config.audience.clone() };
        let identity = Identity::new(first.clone(), party);
        let edge_address = edge.as_ref().map(orion_gateway::EdgeSockets::address);
        let mut services = BTreeMap::new();
        let mut edge = edge;
        for (service, infra) in infras {
            let context = Context::new(infra, identity.clone(), &process);
            let built = wiring::build(&config, &settings.handles, &topology, service, context, &mut edge)
                .await
                .map_err(|problem| StartError::Service { service, problem: Box::new(problem) })?;
            let running = server::prepare(built, &config.server);
            connections.local().fill(service, running.local());
            services.insert(service, running);
        }
        // Only now: each finds all of its neighbours.
        services.values_mut().for_each(Running::begin);

        let services = serve(services, listeners, &config);
        let mut supervisor = Supervisor::new(clock.clone(), first.restarts.clone(), process.tasks);
        let announcements = background::announcements(&services, &clock);
        for task in background::tasks(&first, &identity, announcements, &settings) {
            supervisor.spawn(task);
        }
        Ok(Self {
            services,
            identity,
            settings,
            infra: first,
            local: connections.local().clone(),
            edge: edge_address,
            background: supervisor,
            clock,
            drain_delay: Duration::from_millis(config.server.drain_delay_ms),
            drain_timeout: config.server.drain_timeout(),
            config,
            _lock: lock,
        })
    }

    /// Returns when requests can be decided about. Other processes may take their time; it is said what is missing, and
    /// until it comes this process answers 503.
    pub async fn wait_until_ready(&self) {
        let [first, then] = PATIENCE;
        let mut reminder = self.clock.monotonic() + first;
        while let Err(missing) = self.check() {
            if self.clock.monotonic() >= reminder {
                tracing::warn!("still waiting for other services; {missing}");
                reminder += then;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Whether enough is known; the text says what is missing. Settings are waited for where they are kept in this process:
    /// another one starts with what it was given until admin answers, for admin may be away.
    fn check(&self) -> Result<(), String> {
        self.identity.check()?;
        let waits = self.services.contains_key(&ServiceName::Admin) && self.settings.applied().version.is_none();
        if waits { Err("not known yet: settings".to_owned()) } else { Ok(()) }
    }

    /// Follows the configuration's file from here on, where the process was started with one: what of it may change is
    /// applied when it was saved.
    pub fn follow_file(&mut self, sources: Sources) {
        // Nothing of the others may change by a file.
        if !self.services.contains_key(&ServiceName::Gateway) {
            return;
        }
        let Some(file) = WatchedFile::of(sources).map(Arc::new) else { return };
        let (settings, clock) = (self.settings.clone(), self.clock.clone());
        self.background.spawn(Task::new("configuration file", move |stop| {
            let (file, settings, clock) = (file.clone(), settings.clone(), clock.clone());
            file.follow(settings, clock, stop)
        }));
    }

    /// What is set and does nothing, as far as only a platform that runs can tell.
    pub fn advice(&self) -> Option<String> {
        let auth = self.settings.handles.auth.get();
        let lives_here = self.services.contains_key(&ServiceName::Auth);
        unknown_roles(&self.identity.unknown_roles(auth.second_factor_roles().filter(|_| lives_here)))
    }

    /// The configuration as it became: ports that were left open are known, and so are addresses that follow them.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where clients come in, when the gateway lives here.
    pub fn edge(&self) -> Option<SocketAddr> {
        self.edge
    }

    /// Where a service of this process listens.
    pub fn address(&self, service: ServiceName) -> Option<SocketAddr> {
        self.services.get(&service).map(|running| running.address)
    }

    /// A service of this process as tests and commands see it from inside.
    pub fn context(&self, service: ServiceName) -> Option<&Context> {
        self.services.get(&service).map(|running| &running.running.context)
    }

    /// The consumers of events of a service of this process.
    pub fn consumers(&self, service: ServiceName) -> &[Consumer] {
        self.services.get(&service).map_or(&[], |running| running.running.intake.consumers())
    }

    /// The one-time link for the first administrator, while there is none and the console lives here.
    pub async fn setup_link(&self) -> Result<Option<String>, Problem> {
        let Some(context) = self.context(ServiceName::Admin) else { return Ok(None) };
        let token = orion_admin::setup_link(&context.infra).await?;
        let console = self.config.console();
        Ok(token.map(|token| format!("{console}/setup#{token}")))
    }

    /// Ends one service: it drains, and its neighbours find it gone.
    pub async fn stop_service(&mut self, service: ServiceName) {
        if let Some(running) = self.services.remove(&service) {
            self.local.clear(service);
            running.running.context.drain();
            let deadline = self.clock.monotonic() + self.drain_timeout;
            let (running, _) = running.finish(&self.clock, deadline).await;
            running.end(deadline + LAST).await;
        }
    }

    /// Not ready for a while, so that nobody sends more; then stop accepting, the gateway first, finish what is in flight,
    /// end. What is not done within the drain time is cut, and told.
    pub async fn drain(mut self) -> Cut {
        let mut cut = Cut::default();
        for service in self.services.values() {
            service.running.context.drain();
        }
        self.clock.sleep(self.drain_delay).await;
        let deadline = self.clock.monotonic() + self.drain_timeout;
        // Work that nobody waits for has all of the time to finish what it holds, and begins nothing new.
        for service in self.services.values() {
            service.running.stop_tasks();
        }
        // The gateway has sent the others what they work on: they take requests for as long as it does.
        if let Some(gateway) = self.services.remove(&ServiceName::Gateway) {
            let (gateway, connections) = gateway.finish(&self.clock, deadline).await;
            cut.add(connections, gateway.end(deadline + LAST).await);
        }
        let deadline = deadline.max(self.clock.monotonic() + LAST);
        let others = std::mem::take(&mut self.services).into_values();
        let finished = join_all(others.map(|service| service.finish(&self.clock, deadline))).await;
        // Nobody asks a neighbour any more: databases can close.
        let ended = finished.into_iter().map(|(service, cut)| async move { (cut, service.end(deadline).await) });
        join_all(ended).await.into_iter().for_each(|(connections, work)| cut.add(connections, work));
        // What the others needed to the last is told only now.
        cut.add(0, self.background.end(deadline.max(self.clock.monotonic() + LAST)).await);
        cut
    }

    /// What all services of this process share.
    pub fn infra(&self) -> &Infra {
        &self.infra
    }
}

/// Migrates and seeds all services' databases without starting anything. On the embedded database whoever calls it holds
/// the data directory.
pub async fn migrate(config: &Config) -> Result<(), StartError> {
    if config.database.url.expose().is_empty() {
        files::check(&config.data_dir)?;
    }
    let connections = wiring::connect_without_mail(config).await?;
    let infras = databases::open(&connections, &Topology::new(config, &ServiceName::ALL), Schema::Migrate).await?;
    for infra in infras.values() {
        infra.db.close().await;
    }
    Ok(())
}
