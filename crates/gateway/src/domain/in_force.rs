//! What this process has in force: the newest version of the document that it could apply, over what its file has. A version
//! is read and made a table beside the cores that serve; they see it at their next request, and no socket is touched.

use super::Instances;
use crate::config::GatewayConfig;
use crate::document::{Base, Document, look};
use crate::routing::{RouteTable, Written};
use crate::store::{items, versions};
use orion_contracts::bus::BusMessage;
use orion_contracts::gateway_changes::GatewayApplied;
use orion_contracts::{Problem, ServiceName};
use orion_http::snapshot::Snapshot;
use orion_infra::config::ConfigFault;
use orion_infra::settings::AppliedState;
use orion_infra::{DbError, Infra, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often this process says what it has applied, and looks for a newer version while the bus is away.
const TICK: Duration = Duration::from_secs(1);
/// How often it looks whatever the bus says: messages are lost now and then.
const RELOAD: Duration = Duration::from_secs(10);
/// How much is told of what could not be applied: it travels with every announcement.
const TOLD: usize = 3;
/// The longest reason that is told, in characters.
const TOLD_CHARACTERS: usize = 200;

/// What this process has in force.
pub(crate) struct InForce {
    infra: Infra,
    settings: Settings<GatewayConfig>,
    services: Arc<BTreeMap<ServiceName, Url>>,
    /// What the process says of its configuration.
    process: AppliedState,
    table: Arc<Snapshot<RouteTable>>,
    /// The document as it was read last, applied or not.
    document: Arc<Snapshot<Document>>,
    /// Held while the document is read and applied; the configuration that it was applied over.
    applying: tokio::sync::Mutex<Option<Arc<GatewayConfig>>>,
    applied: Mutex<GatewayApplied>,
}

impl InForce {
    /// Reads and applies the document. Where it cannot be applied ORION's own routes alone are in force, so that it can be
    /// mended over the API: half of a document could let in whom the other half keeps out.
    pub(crate) async fn open(
        infra: Infra,
        settings: Settings<GatewayConfig>,
        services: BTreeMap<ServiceName, Url>,
        process: AppliedState,
    ) -> Result<Self, OpenError> {
        let config = settings.get();
        // What is wrong with the file is told as such, and refuses the start.
        let defaults = config.route_defaults();
        let written = Written { routes: &config.routes, upstreams: &config.upstreams };
        RouteTable::new(&services, written, &defaults).map_err(OpenError::Config)?;
        let written = Written { routes: &[], upstreams: &[] };
        let own = RouteTable::new(&services, written, &defaults).map_err(OpenError::Config)?;
        let applied = GatewayApplied {
            instance: infra.instance,
            version: None,
            refused: Vec::new(),
            file_refused: Vec::new(),
            applied_at: None,
        };
        let opened = Self {
            infra,
            settings,
            services: Arc::new(services),
            process,
            table: Snapshot::new(own),
            document: Snapshot::new(Document::EMPTY),
            applying: tokio::sync::Mutex::default(),
            applied: Mutex::new(applied),
        };
        opened.refresh().await.map_err(|error| OpenError::Problem(error.into()))?;
        Ok(opened)
    }

    /// The routes, for the cores.
    pub(crate) fn table(&self) -> &Arc<Snapshot<RouteTable>> {
        &self.table
    }

    /// The document as it was read last.
    pub(crate) fn document(&self) -> Arc<Document> {
        self.document.get()
    }

    /// What a document lies over at the moment.
    pub(crate) fn base(&self) -> Base {
        Base { config: self.settings.get(), services: self.services.clone(), before: None }
    }

    /// What is applied.
    pub(crate) fn applied(&self) -> GatewayApplied {
        let mut applied = self.lock().clone();
        applied.file_refused = self.process.get().file_refused;
        applied
    }

    /// Whether any version is in force; the text says why not.
    pub(crate) fn check(&self) -> Result<(), String> {
        match &*self.lock() {
            GatewayApplied { version: None, refused, .. } => {
                Err(format!("none but ORION's own are in force, because of {}", refused.join("; ")))
            }
            _ => Ok(()),
        }
    }

    /// Whether the newest version is in force; the text says what is instead.
    pub(crate) fn check_newest(&self) -> Result<(), String> {
        match &*self.lock() {
            GatewayApplied { refused, .. } if refused.is_empty() => Ok(()),
            GatewayApplied { version, refused, .. } => {
                let version = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
                Err(format!("version {version} is in force, because of {}", refused.join("; ")))
            }
        }
    }

    /// Reads what is newer, and applies it; also when what lies below has changed.
    pub(crate) async fn refresh(&self) -> Result<(), DbError> {
        let mut applied_over = self.applying.lock().await;
        let before = self.document.get();
        let newest = versions::newest(self.infra.db.read()).await?;
        let config = self.settings.get();
        let is_newer = newest != before.stamp;
        if !is_newer && applied_over.as_ref().is_some_and(|over| Arc::ptr_eq(over, &config)) {
            return Ok(());
        }
        if is_newer {
            self.document.set(self.read(&before, newest).await?);
            // Until it is: whoever asked may go away meanwhile, and this ends here then.
            *applied_over = None;
        }
        let document = self.document.get();
        let before = Some((self.table.get(), self.infra.clock.monotonic()));
        let base = Base { config: config.clone(), services: self.services.clone(), before };
        let built = document.clone();
        // Ten thousand routes take milliseconds, which others of this thread need not wait for.
        let looked = tokio::task::spawn_blocking(move || look(&base, &built.items, &built.unknown, &BTreeSet::new()));
        let Ok(looked) = looked.await else {
            tracing::error!("the gateway's routes could not be looked at; they are as they were");
            return Ok(());
        };
        *applied_over = Some(config);
        self.apply(&document, looked.table);
        Ok(())
    }

    /// The document at the newest version: what changed since the one before, where that is still the one that was read.
    async fn read(&self, before: &Document, newest: versions::Stamp) -> Result<Document, DbError> {
        let read = self.infra.db.read_aside();
        let since = before.stamp;
        let known = match since.version {
            0 => false,
            version if version < newest.version => {
                versions::find(read, version).await?.map(|one| one.changed_at) == since.changed_at
            }
            _ => false,
        };
        if known {
            return Ok(before.with(newest, items::touched(read, since.version, newest.version).await?));
        }
        Ok(Document::new(newest, items::at(read, newest.version).await?))
    }

    fn apply(&self, document: &Document, table: Result<RouteTable, Vec<ConfigFault>>) {
        let version = document.stamp.version;
        let mut applied = self.lock();
        match table {
            Ok(table) => {
                self.table.set(table);
                let is_told = applied.version != Some(version) || !applied.refused.is_empty();
                // Where nothing was ever kept there is nothing to tell.
                if is_told && version > 0 {
                    tracing::info!(version, things = document.items.len(), "the gateway's document is in force");
                }
                applied.version = Some(version);
                applied.refused = Vec::new();
                applied.applied_at = Some(self.infra.clock.now());
            }
            Err(faults) => {
                for fault in faults.iter().take(TOLD) {
                    tracing::error!(
                        key = fault.key,
                        reason = fault.message,
                        version,
                        in_force = applied.version,
                        "the gateway's document cannot be applied here"
                    );
                }
                applied.refused = told(&faults);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, GatewayApplied> {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a process cannot begin with its routes.
pub(crate) enum OpenError {
    /// What the operator has to change.
    Config(Vec<ConfigFault>),
    /// The document could not be read: to begin without it would take routes away that are in force everywhere else.
    Problem(Problem),
}

impl From<OpenError> for orion_http::BuildError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Config(faults) => Self::Config(faults),
            OpenError::Problem(problem) => Self::Problem(problem),
        }
    }
}

/// The first of what is wrong, short enough to travel.
fn told(faults: &[ConfigFault]) -> Vec<String> {
    let words = |fault: &ConfigFault| format!("{}: {}", fault.key, fault.message);
    let cut = |text: String| text.chars().take(TOLD_CHARACTERS).collect();
    let mut told: Vec<String> = faults.iter().take(TOLD).map(words).map(cut).collect();
    if faults.len() > TOLD {
        told.push(format!("and {} more", faults.len() - TOLD));
    }
    told
}

/// Applies each version as it comes, says so, and listens to what the other processes say, until told to stop.
pub(crate) async fn follow(in_force: Arc<InForce>, instances: Arc<Instances>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = run(&in_force, &instances) => {}
    }
}

async fn run(in_force: &InForce, instances: &Instances) {
    let (bus, clock) = (&in_force.infra.bus, &in_force.infra.clock);
    let mut settings = in_force.settings.changes();
    let (mut messages, mut connections) = (bus.subscribe(), bus.connections());
    let mut due = clock.monotonic();
    loop {
        if let Err(error) = in_force.refresh().await {
            tracing::debug!(%error, "the gateway's document was not read; what is in force stays");
        } else {
            due = clock.monotonic() + RELOAD;
        }
        say(in_force, instances).await;
        let mut tick = clock.monotonic() + TICK;
        loop {
            let is_due = tokio::select! {
                message = messages.recv() => match message {
                    Ok(BusMessage::GatewayChanged { version }) => in_force.lock().version != Some(version),
                    Ok(BusMessage::GatewayApplied(applied)) => {
                        instances.heard(applied, clock.monotonic());
                        false
                    }
                    Ok(_) => false,
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return,
                },
                Ok(()) = connections.changed() => true,
                Ok(()) = settings.changed() => true,
                () = clock.sleep_until(tick) => {
                    say(in_force, instances).await;
                    tick = clock.monotonic() + TICK;
                    clock.monotonic() >= due || !bus.is_healthy() || bus.misses_somebody()
                }
            };
            if is_due {
                break;
            }
        }
    }
}

/// Says what this process has applied.
async fn say(in_force: &InForce, instances: &Instances) {
    let applied = in_force.applied();
    instances.heard(applied.clone(), in_force.infra.clock.monotonic());
    in_force.infra.bus.publish(BusMessage::GatewayApplied(applied)).await;
}

#[cfg(test)]
#[path = "in_force_tests.rs"]
mod tests;
