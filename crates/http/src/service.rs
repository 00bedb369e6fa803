//! A service, built but not yet running, and what its endpoints find beside their state.

use crate::identity::Identity;
use axum::Router;
use axum::extract::FromRequestParts;
use http::request::Parts;
use orion_contracts::{Problem, ServiceName};
use orion_infra::Infra;
use orion_infra::config::ConfigFault;
use orion_infra::events::Consumer;
use orion_infra::jobs::{Jobs, RetentionRule};
use orion_infra::settings::AppliedState;
use orion_infra::tasks::{Task, TaskStates};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// What every endpoint of a service may ask.
#[derive(Clone)]
pub struct Context(Arc<ContextInner>);

/// What is the same for all services of a process, and said by each of them. Cloning shares it.
#[derive(Clone, Default)]
pub struct ProcessState {
    /// Which tasks are down that the process runs for all services.
    pub tasks: TaskStates,
    /// What it has applied of the settings.
    pub settings: AppliedState,
}

/// What a service has readiness look at that only it knows of.
pub struct OwnCheck {
    /// What it is about.
    pub name: &'static str,
    /// Whether the service takes no requests without it.
    pub required: bool,
    /// How it is at the moment; the text says what is wrong. It must not wait.
    pub probe: Box<dyn Fn() -> Result<(), String> + Send + Sync>,
}

/// The parts of a [`Context`].
pub struct ContextInner {
    /// The outside world.
    pub infra: Infra,
    /// Keys, revocations and grants.
    pub identity: Identity,
    /// Which tasks are down, its own and those of the process.
    pub tasks: TaskStates,
    /// What the process has applied of the settings.
    pub settings: AppliedState,
    draining: AtomicBool,
    /// What its service has looked at besides.
    own: OnceLock<Vec<OwnCheck>>,
    /// How the servers outside were when last looked at.
    pub(crate) probes: crate::health::Probes,
}

impl Context {
    /// The context of one service.
    pub fn new(infra: Infra, identity: Identity, process: &ProcessState) -> Self {
        let (tasks, settings) = (process.tasks.of_service(), process.settings.clone());
        let draining = AtomicBool::new(false);
        let own = OnceLock::new();
        Self(Arc::new(ContextInner { infra, identity, tasks, settings, draining, own, probes: Default::default() }))
    }

    /// Has readiness look at what only this service knows of, too. Said once, while the service is built.
    pub fn look_also(&self, checks: Vec<OwnCheck>) {
        let was_said = self.0.own.set(checks).is_err();
        debug_assert!(!was_said, "a service says once what is looked at");
    }

    /// What its service has looked at besides.
    pub(crate) fn own_checks(&self) -> &[OwnCheck] {
        self.0.own.get().map_or(&[], Vec::as_slice)
    }

    /// From now on the service is not ready: it finishes what is in flight and ends.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is about to end.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }
}

impl std::ops::Deref for Context {
    type Target = ContextInner;
    fn deref(&self) -> &ContextInner {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = crate::ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("a router runs without its context");
            orion_contracts::Problem::internal().into()
        })
    }
}

/// Why a service cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// What the operator has to change.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Config(Vec<ConfigFault>),
    /// Anything else.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<ConfigFault> for BuildError {
    fn from(fault: ConfigFault) -> Self {
        Self::Config(vec![fault])
    }
}

impl From<Vec<ConfigFault>> for BuildError {
    fn from(faults: Vec<ConfigFault>) -> Self {
        Self::Config(faults)
    }
}

/// A service that is built and waits to be run.
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// Its context.
    pub context: Context,
    /// Its endpoints, their state filled in; operational ones (`/livez` …) are added when it runs.
    pub router: Router,
    /// Describes them; called when somebody asks for the document, for it is larger than all else that a service keeps.
    pub described: Describing,
    /// Take the events that it listens to.
    pub consumers: Vec<Consumer>,
    /// Which jobs it does.
    pub jobs: Jobs,
    /// Which of its tables are cut.
    pub retention: Vec<RetentionRule>,
    /// What else runs beside it.
    pub tasks: Vec<Task>,
    /// Completes its OpenAPI document, when somebody first asks for it: the gateway's is that of the whole platform.
    pub document: Documenting,
}

/// Makes the description of a service's endpoints.
pub type Describing = Arc<dyn Fn() -> OpenApi + Send + Sync>;

/// Completes an OpenAPI document.
pub type Documenting = Arc<dyn Fn(Value) -> Value + Send + Sync>;

impl Service {
    /// A service with endpoints only; add the rest by setting fields.
    pub fn new(context: Context, routes: impl Fn() -> OpenApiRouter + Send + Sync + 'static) -> Self {
        Self {
            name: context.infra.service,
            jobs: Jobs::new(&context.infra),
            context,
            router: routes().into(),
            described: Arc::new(move || routes().into_openapi()),
            consumers: Vec::new(),
            retention: Vec::new(),
            tasks: Vec::new(),
            document: Arc::new(|own| own),
        }
    }
}
