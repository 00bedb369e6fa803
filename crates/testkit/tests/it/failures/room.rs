//! Databases that take nothing any more: without room, held, moved away, read-only. Under load, with what was answered kept,
//! what is refused told apart, the service not ready meanwhile, and all well again without a restart.

use orion_contracts::ServiceName;
use orion_contracts::health::{DependencyCheck, Readiness};
use orion_testkit::node::Node;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Answer, Client, Machine, OrionProcess, PASSWORD, TestPlatform, eventually};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Who asks for an account until it is there fails as often as one who guesses, and may not be held up for it.
const ANY_NUMBER_OF_SIGN_INS: [(&str, i64); 2] =
    [("auth.login_failures_before_delay", 1000), ("auth.login_attempts_per_address_per_minute", 0)];

/// A process on SQLite, and where its mails go.
struct Embedded {
    orion: OrionProcess,
    machine: Machine,
    smtp: SmtpServer,
}

impl Embedded {
    async fn start() -> Self {
        let smtp = SmtpServer::start().await;
        let machine = Machine::embedded().await.set("mail.smtp_url", smtp.url());
        let machine = machine.set("gateway.rate_limit_requests", 0);
        let machine = ANY_NUMBER_OF_SIGN_INS.iter().fold(machine, |machine, (name, value)| machine.set(name, *value));
        Self { orion: machine.up().await, machine, smtp }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.machine.place.directory.path().join(name)
    }

    async fn database(&self) -> DependencyCheck {
        database(&format!("http://127.0.0.1:{}", self.machine.ports.auth)).await
    }

    async fn is_ready(&self) -> bool {
        Client::new(format!("http://127.0.0.1:{}", self.machine.ports.auth)).get("/readyz").await.status == 200
    }

    async fn restart(&mut self) {
        self.orion.kill();
        self.orion = self.machine.up().await;
    }
}

/// What a service says of its database.
async fn database(service: &str) -> DependencyCheck {
    let answer = Client::new(service).get("/readyz?verbose").await;
    let readiness: Readiness = serde_json::from_str(&answer.text).unwrap();
    readiness.checks.into_iter().find(|check| check.name == "database").unwrap()
}

/// People who register one after the other, from several clients at once.
#[derive(Clone, Default)]
struct Load(Arc<Told>);

#[derive(Default)]
struct Told {
    stop: AtomicBool,
    accepted: Mutex<Vec<String>>,
    refused: Mutex<Vec<Answer>>,
}

impl Load {
    fn start(client: &Client) -> (Self, Vec<JoinHandle<()>>) {
        let load = Self::default();
        let clients = (0..4).map(|number| tokio::spawn(load.clone().register(client.clone(), number)));
        (load.clone(), clients.collect())
    }

    async fn register(self, client: Client, number: usize) {
        let mut count = 0;
        while !self.0.stop.load(Ordering::Relaxed) {
            count += 1;
            let email = format!("user-{number}-{count}@example.com");
            let answer = register(&client, &email).await;
            match answer.status {
                201 => self.0.accepted.lock().unwrap().push(email),
                _ => self.0.refused.lock().unwrap().push(answer),
            }
            // A load, and no flood: the machine's cores have more to do.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn accepted(&self) -> usize {
        self.0.accepted.lock().unwrap().len()
    }

    fn refused(&self) -> usize {
        self.0.refused.lock().unwrap().len()
    }

    /// Waits for so many more that were accepted.
    async fn goes_on(&self) {
        let before = self.accepted();
        eventually("good answers", || async { (self.accepted() >= before + 20).then_some(()) }).await;
    }

    /// Waits for so many more that were refused.
    async fn is_refused(&self) {
        let before = self.refused();
        eventually("refusals", || async { (self.refused() >= before + 4).then_some(()) }).await;
    }

    /// Ends it; who was accepted. Every refusal must have been a 503 with one of these details.
    async fn end(&self, clients: Vec<JoinHandle<()>>, details: &[&str]) -> Vec<String> {
        self.0.stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.unwrap();
        }
        for answer in self.0.refused.lock().unwrap().iter() {
            assert_eq!((answer.status, answer.problem_name().as_deref()), (503, Some("unavailable")), "{answer:?}");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            let detail = answer.value()["detail"].as_str().unwrap_or_default().to_owned();
            assert!(details.iter().any(|known| detail == *known), "{detail}");
        }
        self.0.accepted.lock().unwrap().clone()
    }
}

async fn register(client: &Client, email: &str) -> Answer {
    client.post("/api/v1/auth/register", json!({ "email": email, "password": PASSWORD })).await
}

/// Whoever was accepted is there, once the job is done that makes the account. `goes_by` is called each time that this has
/// been asked for a while.
async fn all_sign_in(client: &Client, accepted: &[String], goes_by: impl AsyncFn()) {
    for email in accepted {
        let asked = AtomicUsize::new(0);
        eventually(&format!("the sign-in of {email}"), || async {
            if asked.fetch_add(1, Ordering::Relaxed) % 50 == 49 {
                goes_by().await;
            }
            let order = json!({ "email": email, "password": PASSWORD });
            (client.post("/api/v1/auth/login", order).await.status == 200).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_in_any_store_what_was_answered_is_kept_and_all_heals_once_there_is_room() {
    let mut embedded = Embedded::start().await;
    let client = embedded.machine.ports.client();
    let (load, clients) = Load::start(&client);
    load.goes_on().await;
    // Less than any database or journal has, and than its log soon has.
    embedded.orion.limit_files(Some(32_768));
    load.is_refused().await;
    let check = eventually("the check that finds it", || async {
        let check = embedded.database().await;
        (!check.ok).then_some(check)
    })
    .await;
    assert!(check.detail.as_deref().unwrap().contains("no change can be made"), "{check:?}");
    assert!(!embedded.is_ready().await);
    load.is_refused().await;
    embedded.orion.limit_files(None);
    load.goes_on().await;
    eventually("a service that is ready again", || async { embedded.is_ready().await.then_some(()) }).await;
    let details = [
        "The database's disk is full.",
        "The database's file cannot be read or written.",
        "The database did not answer in time.",
        "The database cannot be reached.",
        "The users service cannot be reached.",
    ];
    let accepted = load.end(clients, &details).await;
    // A job whose end found no room waits for its lease to run out, or for the restart that lets it go.
    embedded.restart().await;
    all_sign_in(&client, &accepted, async || ()).await;
    for email in &accepted {
        eventually(&format!("the mail to {email}"), || async { embedded.smtp.mails_to(email).pop() }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_moved_away_takes_nothing_and_does_again_in_its_place() {
    let mut embedded = Embedded::start().await;
    let client = embedded.machine.ports.client();
    let (load, clients) = Load::start(&client);
    load.goes_on().await;
    let (file, away) = (embedded.path("auth.db"), embedded.path("away"));
    std::fs::rename(&file, &away).unwrap();
    load.is_refused().await;
    let check = eventually("the check that finds it", || async {
        let check = embedded.database().await;
        (!check.ok).then_some(check)
    })
    .await;
    let detail = check.detail.unwrap();
    assert!(detail.contains("auth.db was moved, deleted or replaced"), "{detail}");
    assert!(!embedded.is_ready().await);
    // Another file in its place is not the one that was opened.
    std::fs::copy(&away, &file).unwrap();
    load.is_refused().await;
    std::fs::rename(&away, &file).unwrap();
    load.goes_on().await;
    eventually("a service that is ready again", || async { embedded.is_ready().await.then_some(()) }).await;
    let accepted = load.end(clients, &["The database's file is not in its place any more."]).await;
    embedded.restart().await;
    all_sign_in(&client, &accepted, async || ()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_program_holds_is_told_and_written_once_it_is_let_go() {
    let embedded = Embedded::start().await;
    let client = embedded.machine.ports.client();
    let other = Node::start(&embedded.machine.place).await.connections.service(ServiceName::Auth).await.unwrap();
    let held = other.db.begin().await.unwrap();
    // Whoever waits behind somebody that waits for the file hears only that it takes too long.
    let tries = AtomicUsize::new(0);
    eventually("a refusal that says why", || async {
        // One address is let in a few times an hour only.
        let email = format!("bob-{}@example.com", tries.fetch_add(1, Ordering::Relaxed));
        let answer = register(&client, &email).await;
        assert_eq!((answer.status, answer.problem_name().as_deref()), (503, Some("unavailable")), "{answer:?}");
        (answer.value()["detail"] == "Another program holds the database.").then_some(())
    })
    .await;
    let check = eventually("the check that finds it", || async {
        let check = embedded.database().await;
        (!check.ok).then_some(check)
    })
    .await;
    assert!(check.detail.as_deref().unwrap().contains("no change can be made: "), "{check:?}");
    held.rollback().await.unwrap();
    eventually("a service that is ready again", || async { embedded.is_ready().await.then_some(()) }).await;
    register(&client, "bob@example.com").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_server_that_only_reads_is_told_and_written_once_it_writes_again() {
    let orion = TestPlatform::builder().set("gateway.rate_limit_requests", 0);
    let orion = ANY_NUMBER_OF_SIGN_INS.iter().fold(orion, |orion, (name, value)| orion.set(name, *value)).start().await;
    // What a job had begun when its connection was cut waits for its lease to run out.
    orion.leave_undelivered();
    let client = orion.anonymous();
    let (load, clients) = Load::start(&client);
    load.goes_on().await;
    let url = orion.config.database.url.expose().to_owned();
    // As after a fail-over: whoever connects from now on, and whoever was connected, finds a server that only reads.
    let turn = async |only_reads: &str| {
        let mut server = PgConnection::connect(&url).await.unwrap();
        let name = url::Url::parse(&url).unwrap().path().trim_start_matches('/').to_owned();
        server.execute("SET default_transaction_read_only = off").await.unwrap();
        let sql = format!("ALTER DATABASE {name} SET default_transaction_read_only = {only_reads}");
        server.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                   AND pid <> pg_backend_pid()";
        server.execute(sql).await.unwrap();
    };
    turn("on").await;
    load.is_refused().await;
    let auth = orion.service_url(ServiceName::Auth);
    let only_reads = || async {
        let check = database(&auth).await;
        check.detail.filter(|detail| detail.contains("can only be read")).map(drop)
    };
    eventually("the check that finds it", only_reads).await;
    assert_eq!(Client::new(&auth).get("/readyz").await.status, 503);
    turn("off").await;
    load.goes_on().await;
    eventually("a service that is ready again", || async { database(&auth).await.ok.then_some(()) }).await;
    let details = [
        "The database can only be read at present.",
        "The database cannot be reached.",
        "The database did not answer in time.",
        "The users service cannot be reached.",
    ];
    let accepted = load.end(clients, &details).await;
    // A job that was cut off waits for its lease to run out. The same minute ends the try of one that runs just then, which
    // waits for its next one: more than one minute may have to go by.
    let minute = async || orion.advance(Duration::from_secs(61)).await;
    minute().await;
    all_sign_in(&client, &accepted, minute).await;
}
