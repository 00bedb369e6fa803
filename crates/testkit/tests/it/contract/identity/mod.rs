//! What a process knows of identities, while its bus loses messages and users is slow to answer.

mod reading;
mod tokens;

use async_trait::async_trait;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion_contracts::bus::{BusMessage, RevocationList};
use orion_contracts::internal::{Endpoint, FindGrants, ListRevocations, ListRoles};
use orion_contracts::users::{Grants, PermissionGrant, RoleCatalogue};
use orion_contracts::{AccessClaims, Problem, ServiceName, TokenId, UserId};
use orion_http::identity::TokenParty;
use orion_http::server::{self, Running};
use orion_http::{ApiProblem, Caller, Context, Identity, ProcessState, Service};
use orion_infra::Infra;
use orion_infra::bus::{Bus, BusBackend, BusError, Inbound};
use orion_testkit::backend::Place;
use orion_testkit::eventually;
use orion_testkit::node::{Node, empty_place};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;

/// A bus in memory whose connection can be dropped.
struct Wire {
    inbound: Inbound,
    dropped: Notify,
}

#[async_trait]
impl BusBackend for Wire {
    async fn publish(&self, message: &BusMessage) -> Result<(), BusError> {
        self.inbound.deliver(message.clone());
        Ok(())
    }

    async fn receive(&self, inbound: &Inbound) -> Result<(), BusError> {
        inbound.connected();
        self.dropped.notified().await;
        Err(BusError("dropped".to_owned()))
    }
}

/// How often a change is told.
const TIMES: usize = 15;

/// What half of them must keep. A busy machine may be late once; one that were slow by design would be late each time.
const PROMISED: Duration = Duration::from_millis(100);

/// What auth and users would answer, and how often they were asked.
struct Owners {
    catalogues: AtomicU64,
    key_sets: AtomicU64,
    grants: AtomicU64,
    active: AtomicBool,
    /// Whether the list of revocations cannot be read.
    forgetful: AtomicBool,
    /// Each answer about grants takes one.
    answers: Semaphore,
    /// While it is so, nobody is answered what roles there are.
    silent: AtomicBool,
    /// While it is so, auth answers nobody.
    auth_is_silent: AtomicBool,
    /// Held by each question that waits for an answer.
    waiting: Arc<()>,
}

impl Owners {
    /// Waits with a server that is slow in real time, until it speaks again or whoever asks gives up.
    async fn wait(&self, silent: &AtomicBool) {
        let _waiting = self.waiting.clone();
        while silent.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn count(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::SeqCst)
    }
}

async fn keys(State(owners): State<Arc<Owners>>) -> Json<Value> {
    owners.key_sets.fetch_add(1, Ordering::SeqCst);
    owners.wait(&owners.auth_is_silent).await;
    Json(json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }] }))
}

async fn revocations(State(owners): State<Arc<Owners>>) -> Result<Json<RevocationList>, ApiProblem> {
    owners.wait(&owners.auth_is_silent).await;
    match owners.forgetful.load(Ordering::SeqCst) {
        true => Err(Problem::unavailable().into()),
        false => Ok(Json(RevocationList::default())),
    }
}

async fn roles(State(owners): State<Arc<Owners>>) -> Json<RoleCatalogue> {
    owners.catalogues.fetch_add(1, Ordering::SeqCst);
    owners.wait(&owners.silent).await;
    Json(RoleCatalogue::default())
}

/// Reads at once and answers when it may, as over a slow network.
async fn grants(State(owners): State<Arc<Owners>>) -> Json<Grants> {
    let active = owners.active.load(Ordering::SeqCst);
    owners.grants.fetch_add(1, Ordering::SeqCst);
    owners.answers.acquire().await.unwrap().forget();
    let (permission, organisation_id) = ("profile.read".to_owned(), None);
    let permission = PermissionGrant { permission, organisation_id, expires_at: None, condition: None };
    Json(Grants {
        user_id: bob(),
        version: 1,
        active,
        roles: Vec::new(),
        permissions: vec![permission],
        denials: Vec::new(),
        conditional: Vec::new(),
        conditional_roles: Vec::new(),
        narrow_roles: Vec::new(),
        organisations: Vec::new(),
    })
}

fn bob() -> UserId {
    UserId(uuid::Uuid::nil())
}

/// A process that knows of identities what the owners tell it.
struct Process {
    identity: Identity,
    owners: Arc<Owners>,
    wire: Arc<Wire>,
    bus: Bus,
    node: Node,
    infra: Infra,
    stop: CancellationToken,
    _services: Vec<Running>,
    _place: Place,
}

impl Process {
    async fn start() -> Self {
        let process = Self::begin(false).await;
        eventually("knowing all", || async { process.identity.check().ok() }).await;
        process
    }

    /// One that may not know all yet.
    async fn begin(forgetful: bool) -> Self {
        let place = empty_place().await;
        let node = Node::start(&place).await;
        let owners = Arc::new(Owners {
            catalogues: AtomicU64::new(0),
            key_sets: AtomicU64::new(0),
            grants: AtomicU64::new(0),
            active: AtomicBool::new(true),
            forgetful: AtomicBool::new(forgetful),
            answers: Semaphore::new(0),
            silent: AtomicBool::new(false),
            auth_is_silent: AtomicBool::new(false),
            waiting: Arc::default(),
        });
        let party = TokenParty { issuer: "test".to_owned(), audience: "test".to_owned() };
        let router = Router::new()
            .route("/.well-known/jwks.json", get(keys))
            .route(ListRevocations::PATH, get(revocations))
            .route(ListRoles::PATH, get(roles))
            .route(FindGrants::PATH, get(grants))
            .with_state(owners.clone());
        let mut services = Vec::new();
        for name in [ServiceName::Auth, ServiceName::Users] {
            let infra = node.infra(name).await;
            let context = Context::new(infra.clone(), Identity::new(infra, party.clone()), &ProcessState::default());
            let service = Service::new(context, {
                let router = router.clone();
                move || OpenApiRouter::from(router.clone())
            });
            let running = server::start(service, &node.config.server);
            node.connections.local().fill(name, running.local());
            services.push(running);
        }
        let mut infra = node.infra(ServiceName::Gateway).await;
        let wire = Arc::new(Wire { inbound: Inbound::default(), dropped: Notify::new() });
        infra.bus = Bus::new(wire.clone(), wire.inbound.clone(), infra.clock.clone(), &infra.random);
        let (bus, identity, stop) = (infra.bus.clone(), Identity::new(infra.clone(), party), CancellationToken::new());
        let running = (bus.clone(), identity.clone(), stop.clone());
        tokio::spawn(async move { tokio::join!(running.0.run(running.2.clone()), running.1.run(running.2)) });
        Self { identity, owners, wire, bus, node, infra, stop, _services: services, _place: place }
    }

    /// Returns when all that was said over the bus until now has been taken: it is taken in order, and what is said here
    /// makes the roles be read.
    async fn heard(&self) {
        let before = Owners::count(&self.owners.catalogues);
        self.bus.publish(BusMessage::RolesChanged { version: 1 }).await;
        let read = || async { (Owners::count(&self.owners.catalogues) > before).then_some(()) };
        eventually("the roles", read).await;
    }

    /// Tells of a change time and again while somebody who was asked does not answer; half of the times it is read within so long.
    async fn read_while_another_is_silent(&self, change: BusMessage, counter: &AtomicU64) -> Duration {
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let waits = || async { (Arc::strong_count(&self.owners.waiting) > 1).then_some(()) };
            eventually("a question without an answer", waits).await;
            let (before, told) = (Owners::count(counter), Instant::now());
            self.bus.publish(change.clone()).await;
            let read = || async { (Owners::count(counter) > before).then_some(()) };
            eventually("the reading", read).await;
            took.push(told.elapsed());
        }
        took.sort_unstable();
        took[TIMES / 2]
    }

    /// What an endpoint of this process answers to a token that looks like ORION's.
    async fn ask(&self) -> http::Response<axum::body::Body> {
        let router = Router::new().route("/who", get(async |caller: Caller| caller.user_id().to_string()));
        let context = Context::new(self.infra.clone(), self.identity.clone(), &ProcessState::default());
        let running =
            server::start(Service::new(context, move || OpenApiRouter::from(router.clone())), &self.node.config.server);
        let [header, claims] = [r#"{"alg":"ES256","typ":"at+jwt","kid":"1"}"#, r#"{"iss":"test","exp":4102444800}"#]
            .map(|part| URL_SAFE_NO_PAD.encode(part));
        let token = format!("Bearer {header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 64]));
        let request = http::Request::get("/who").header("authorization", token).body(axum::body::Body::empty());
        let answer = running.router.clone().oneshot(request.unwrap()).await.unwrap();
        running.stop_tasks();
        answer
    }

    /// Whether bob may do anything, as a request of his would find.
    async fn may(&self) -> bool {
        let claims = AccessClaims {
            iss: String::new(),
            sub: bob(),
            aud: String::new(),
            exp: 0,
            iat: 0,
            nbf: None,
            jti: TokenId(uuid::Uuid::nil()),
            client_id: String::new(),
            scope: None,
            sid: None,
            roles: Vec::new(),
            roles_truncated: false,
            org: None,
            act: None,
            amr: Vec::new(),
            acr: None,
            auth_time: 0,
        };
        !self.identity.access(&claims).await.unwrap().permissions().is_empty()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
