//! What a process knows of identities, while its bus loses messages and users is slow to answer.

use async_trait::async_trait;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use orion_contracts::bus::{BusMessage, RevocationList};
use orion_contracts::internal::{Endpoint, FindGrants, ListRevocations, ListRoles};
use orion_contracts::users::{Grants, PermissionGrant, RoleCatalogue};
use orion_contracts::{AccessClaims, EventId, Problem, ServiceName, TokenId, UserId};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_read_again_each_minute_while_messages_keep_coming() {
    let process = Process::start().await;
    let before = Owners::count(&process.owners.key_sets);
    for number in 1..=160 {
        process.node.clock.advance(Duration::from_millis(400));
        process.bus.publish(BusMessage::EventLogged { event_id: EventId(uuid::Uuid::nil()) }).await;
        if number % 10 == 0 {
            process.heard().await;
        }
    }
    // It was told of roles alone: the keys it read of its own accord.
    let read = || async { (Owners::count(&process.owners.key_sets) > before).then_some(()) };
    eventually("the minute's reading", read).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_while_the_bus_was_away_is_not_missed() {
    let process = Process::start().await;
    process.owners.answers.add_permits(10);
    assert!(process.may().await && process.may().await);
    assert_eq!(Owners::count(&process.owners.grants), 1, "kept in the cache");
    let before = Owners::count(&process.owners.catalogues);
    // A message about it would be lost: nobody listens.
    process.owners.active.store(false, Ordering::SeqCst);
    process.wire.dropped.notify_one();
    let known = || async { (!process.may().await).then_some(()) };
    tokio::time::timeout(Duration::from_secs(2), eventually("the change", known)).await.unwrap();
    let read = || async { (Owners::count(&process.owners.catalogues) > before).then_some(()) };
    eventually("the roles", read).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_read_when_it_changes_is_read_again() {
    let process = Arc::new(Process::start().await);
    let asking = tokio::spawn({
        let process = process.clone();
        async move { process.may().await }
    });
    let asked = || async { (Owners::count(&process.owners.grants) == 1).then_some(()) };
    eventually("the question", asked).await;
    process.owners.active.store(false, Ordering::SeqCst);
    process.bus.publish(BusMessage::GrantsChanged { user_id: bob(), version: 2 }).await;
    process.heard().await;
    process.owners.answers.add_permits(10);
    assert!(!asking.await.unwrap(), "the answer from before is not used");
    assert!(!process.may().await, "and not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_loses_is_lost_at_once_while_roles_are_read() {
    let process = Process::start().await;
    process.owners.answers.add_permits(10);
    assert!(process.may().await);
    let before = Owners::count(&process.owners.catalogues);
    process.owners.silent.store(true, Ordering::SeqCst);
    process.bus.publish(BusMessage::RolesChanged { version: 2 }).await;
    let asked = || async { (Owners::count(&process.owners.catalogues) > before).then_some(()) };
    eventually("the reading of roles", asked).await;
    process.owners.active.store(false, Ordering::SeqCst);
    process.bus.publish(BusMessage::GrantsChanged { user_id: bob(), version: 2 }).await;
    let lost = || async { (!process.may().await).then_some(()) };
    tokio::time::timeout(Duration::from_secs(2), eventually("the loss", lost)).await.unwrap();
    assert!(process.owners.silent.swap(false, Ordering::SeqCst), "they are still being read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_change_are_read_mostly_within_a_tenth_of_a_second_while_auth_does_not_answer() {
    let process = Process::start().await;
    process.owners.auth_is_silent.store(true, Ordering::SeqCst);
    // All is read again.
    process.wire.dropped.notify_one();
    let change = BusMessage::RolesChanged { version: 2 };
    let half = process.read_while_another_is_silent(change, &process.owners.catalogues).await;
    assert!(half <= PROMISED, "{half:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_change_are_read_mostly_within_a_tenth_of_a_second_while_users_does_not_answer() {
    let process = Process::start().await;
    process.owners.silent.store(true, Ordering::SeqCst);
    process.wire.dropped.notify_one();
    let half = process.read_while_another_is_silent(BusMessage::KeysChanged, &process.owners.key_sets).await;
    assert!(half <= PROMISED, "{half:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_change_while_they_are_read_are_read_once_more() {
    let process = Process::start().await;
    process.owners.silent.store(true, Ordering::SeqCst);
    let before = Owners::count(&process.owners.catalogues);
    process.bus.publish(BusMessage::RolesChanged { version: 2 }).await;
    let asked = || async { (Owners::count(&process.owners.catalogues) == before + 1).then_some(()) };
    eventually("the reading of roles", asked).await;
    process.bus.publish(BusMessage::RolesChanged { version: 3 }).await;
    process.owners.silent.store(false, Ordering::SeqCst);
    let again = || async { (Owners::count(&process.owners.catalogues) == before + 2).then_some(()) };
    eventually("the second reading", again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_passes_before_all_revocations_are_known_and_none_is_called_invalid() {
    let process = Process::begin(true).await;
    let missing = || async {
        let missing = process.identity.check().err()?;
        (!missing.contains("roles")).then_some(missing)
    };
    let missing = eventually("the roles", missing).await;
    // Whatever else was read, time and again.
    for _ in 0..5 {
        process.node.clock.advance(Duration::from_secs(1));
        process.bus.publish(BusMessage::KeysChanged).await;
        tokio::task::yield_now().await;
    }
    assert!(process.identity.keys().get().is_empty(), "a key lets revoked tokens pass");
    assert!(missing.contains("revocations") && missing.contains("signing keys"), "{missing}");
    let answer = process.ask().await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()), (503, &b"1"[..]));
    process.owners.forgetful.store(false, Ordering::SeqCst);
    let known = || async {
        process.node.clock.advance(Duration::from_secs(1));
        process.identity.check().ok()
    };
    eventually("knowing all", known).await;
    assert!(!process.identity.keys().get().is_empty());
    assert_eq!(process.ask().await.status(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_did_not_change_are_not_new_ones() {
    let process = Process::start().await;
    // What follows them drops all tokens that it has verified when it sees new ones.
    let before = process.identity.keys().get();
    for _ in 0..3 {
        let sets = Owners::count(&process.owners.key_sets);
        process.bus.publish(BusMessage::KeysChanged).await;
        let read = || async { (Owners::count(&process.owners.key_sets) > sets).then_some(()) };
        eventually("the keys", read).await;
    }
    let sets = Owners::count(&process.owners.key_sets);
    process.node.clock.advance(Duration::from_secs(70));
    let read = || async { (Owners::count(&process.owners.key_sets) > sets).then_some(()) };
    eventually("the minute's reading", read).await;
    assert!(Arc::ptr_eq(&process.identity.keys().get(), &before));
}
