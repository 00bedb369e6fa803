//! Known and unknown addresses, told apart neither by the work that an answer takes nor by its time.
//!
//! Work is counted: hashes, statements, calls between services. What follows an answer may depend on the address, so the jobs that do
//! it are held back, and the counts are the answers' alone. They are exact on the busiest machine. Time is compared beside it, at the
//! full cost of a hash, for what nobody counts.

use orion_contracts::ServiceName;
use orion_infra::Random;
use orion_infra::db::dialect::statement;
use orion_testkit::{Backend, Client, PASSWORD, TestPlatform, seed};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What is asked, and what must be answered whether or not the address is known.
struct Asked {
    path: &'static str,
    body: fn(&str) -> Value,
    status: u16,
}

const SIGN_IN: Asked = Asked {
    path: "/api/v1/auth/login",
    body: |email| json!({ "email": email, "password": "a wrong password" }),
    status: 401,
};
const REGISTRATION: Asked =
    Asked { path: "/api/v1/auth/register", body: |email| json!({ "email": email, "password": PASSWORD }), status: 201 };
const RESET: Asked =
    Asked { path: "/api/v1/auth/password/reset", body: |email| json!({ "email": email }), status: 202 };

/// Asks the auth service for addresses, each time from a network that has never asked before.
struct Asking<'a> {
    orion: &'a TestPlatform,
    auth: Client,
    asked: Asked,
    networks: std::ops::RangeFrom<u32>,
}

impl<'a> Asking<'a> {
    fn of(orion: &'a TestPlatform, asked: Asked) -> Self {
        Self { orion, auth: Client::new(orion.service_url(ServiceName::Auth)), asked, networks: 0.. }
    }

    /// Asks once; how long the answer took.
    async fn ask(&mut self, email: &str) -> Duration {
        let network = self.networks.next().expect("there are enough");
        let client = self.auth.from(&format!("10.{}.{}.1", network / 256, network % 256));
        let body = (self.asked.body)(email);
        let started = Instant::now();
        let answer = client.post(self.asked.path, body).await;
        let elapsed = started.elapsed();
        answer.expect(self.asked.status);
        elapsed
    }

    /// Asks once, when nothing is under way; the work of the answer.
    async fn work(&mut self, email: &str) -> Work {
        self.orion.settle().await;
        let before = done(self.orion);
        self.ask(email).await;
        let mut work = done(self.orion);
        work.retain(|what, times| {
            *times -= before.get(what).copied().unwrap_or_default();
            *times > 0
        });
        work
    }

    /// The same for each of two addresses, who comes first by chance: the one of the first, the one of the second.
    async fn times(&mut self, random: &Random, emails: [&str; 2]) -> [Duration; 2] {
        let mut times = [Duration::ZERO; 2];
        let first = usize::from(random.fraction() < 0.5);
        for at in [first, 1 - first] {
            // What follows an answer must not be in the way of the next one.
            self.orion.settle().await;
            times[at] = self.ask(emails[at]).await;
        }
        times
    }
}

/// Somebody whose address is known: verified, or still to be.
async fn known(orion: &TestPlatform, name: &str, is_verified: bool) -> String {
    let user = orion.user(name);
    if is_verified { user.await.email } else { user.unverified().await.email }
}

/// How often what was done, by the lines of the metrics.
type Work = BTreeMap<String, u64>;

/// How often what was done so far: hashes and statements of the auth service, and requests at the services that it calls. Audit entries
/// are carried there by somebody who waits for nobody's answer.
fn done(orion: &TestPlatform) -> Work {
    let own = orion.infra(ServiceName::Auth).metrics.render();
    let called = [ServiceName::Users, ServiceName::Notifications].map(|service| orion.infra(service).metrics.render());
    let of = |text: &str, names: &[&str]| -> Vec<(String, u64)> {
        let lines = text.lines().filter(|line| names.iter().any(|name| line.starts_with(&format!("{name}{{"))));
        lines
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(what, times)| (what.to_owned(), times.parse().unwrap()))
            .collect()
    };
    let own = of(&own, &["auth_hashes_total", "db_queries_total"]).into_iter().filter(|(what, _)| !is_aside(what));
    let called = called.iter().flat_map(|text| of(text, &["http_requests_total"]));
    own.chain(called.filter(|(what, _)| !what.contains("/audit-entries"))).collect()
}

/// Whether a statement may be of those who pass on and look after what was written; to write it is a part of the answer.
fn is_aside(what: &str) -> bool {
    let is_of =
        |label: &str, values: &[&str]| values.iter().any(|value| what.contains(&format!("{label}=\"{value}\"")));
    is_of("model", &["jobs", "outbox", "audit_entries"]) && !is_of("operation", &["insert"])
}

/// What was done each time at least: what the platform does by itself comes now and then.
fn least(samples: &[Work]) -> Work {
    let each = samples.iter().flat_map(Work::keys).collect::<BTreeSet<_>>();
    let times = |what| samples.iter().map(|work| work.get(what).copied().unwrap_or_default()).min().unwrap_or_default();
    each.into_iter().map(|what| (what.clone(), times(what))).filter(|(_, times)| *times > 0).collect()
}

/// What was done otherwise for one of two.
fn different(known: &Work, unknown: &Work) -> Vec<String> {
    let each = known.keys().chain(unknown.keys()).collect::<BTreeSet<_>>();
    let times = each.into_iter().map(|what| (what, known.get(what).unwrap_or(&0), unknown.get(what).unwrap_or(&0)));
    let told = times.filter(|(_, known, unknown)| known != unknown);
    told.map(|(what, known, unknown)| format!("{known} of {what}, and {unknown} for one of nobody")).collect()
}

/// Lets all jobs that are ordered from now on wait for a day that never comes.
async fn hold_jobs(orion: &TestPlatform) {
    let hold: &[&str] = match orion.backend() {
        Backend::Embedded => &["CREATE TRIGGER held AFTER INSERT ON jobs WHEN NEW.dedupe_key IS NULL BEGIN \
             UPDATE jobs SET due_at = '9999-01-01T00:00:00.000000Z' WHERE id = NEW.id; END"],
        Backend::Postgres | Backend::Production => &[
            "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF NEW.dedupe_key IS NULL THEN NEW.due_at := '9999-01-01T00:00:00Z'; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER held BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION held()",
        ],
    };
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    for sql in hold {
        txn.connection().execute_raw(statement(txn.connection(), sql, [])).await.unwrap();
    }
    txn.commit().await.unwrap();
}

/// Asks for known and unknown addresses in turn: the same is done for both.
async fn takes_the_same_work(asked: Asked) {
    const TIMES: usize = 5;
    let orion = TestPlatform::start().await;
    let mut kinds: [[Vec<Work>; 2]; 2] = Default::default();
    let mut emails = Vec::new();
    for number in 0..TIMES {
        let verified = known(&orion, &format!("verified-{number}"), true).await;
        emails.push([verified, known(&orion, &format!("pending-{number}"), false).await]);
    }
    hold_jobs(&orion).await;
    let mut asking = Asking::of(&orion, asked);
    for (number, known) in emails.iter().enumerate() {
        for (kind, known) in known.iter().enumerate() {
            kinds[kind][0].push(asking.work(known).await);
            kinds[kind][1].push(asking.work(&format!("nobody-{number}-{kind}@example.com")).await);
        }
    }
    for ([known, unknown], name) in kinds.iter().zip(["verified", "to be verified"]) {
        let (known, unknown) = (least(known), least(unknown));
        assert!(unknown.keys().any(|what| what.contains("operation=\"insert\"")), "nothing was counted: {unknown:#?}");
        let different = different(&known, &unknown);
        assert!(different.is_empty(), "{}, an address that is {name}: {different:#?}", asking.asked.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_takes_the_same_work_whether_or_not_the_address_is_known() {
    takes_the_same_work(SIGN_IN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_takes_the_same_work_whether_the_address_is_taken_waits_for_its_mail_or_is_free() {
    takes_the_same_work(REGISTRATION).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_a_new_password_takes_the_same_work_whether_or_not_the_address_is_known() {
    takes_the_same_work(RESET).await;
}

/// The differences of many pairs, known less unknown, in seconds.
struct Differences(Vec<f64>);

impl Differences {
    /// How far from chance it is that the known ones take longer or shorter, in standard deviations (Wilcoxon's signed ranks).
    fn significance(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
        let ranks = (1..).map(f64::from).zip(&sorted);
        let (sum, squares) = ranks.fold((0.0, 0.0), |(sum, squares), (rank, difference)| {
            (sum + rank * difference.signum(), squares + rank * rank)
        });
        (sum / f64::sqrt(squares)).abs()
    }

    /// The difference in the middle.
    fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }
}

/// Asks for known and unknown addresses in pairs: what tells them apart is there each time, a busy machine is not.
async fn takes_the_same_time(asked: Asked, is_verified: bool) {
    const PEOPLE: usize = 10;
    const PAIRS: usize = 40;
    const TRIES: usize = 3;
    /// In standard deviations: chance goes beyond it once in some hundred tries, and in three of three never.
    const CHANCE: f64 = 3.0;
    /// In seconds: a small part of what a hash takes.
    const NOTHING: f64 = 0.000_5;
    let full = orion::Config::default().auth;
    let orion = TestPlatform::builder()
        .set("auth.argon2_memory_kib", full.argon2_memory_kib)
        .set("auth.argon2_iterations", full.argon2_iterations)
        .set("auth.login_failures_before_delay", 1000)
        .start()
        .await;
    let random = seed::random();
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(known(&orion, &format!("known-{number}"), is_verified).await);
    }
    let mut asking = Asking::of(&orion, asked);
    let mut seen = Vec::new();
    for attempt in 0..TRIES {
        let mut differences = Vec::new();
        for pair in 0..PAIRS {
            let unknown = format!("nobody-{attempt}-{pair}@example.com");
            let [known, unknown] = asking.times(&random, [&people[pair % PEOPLE], &unknown]).await;
            differences.push(known.as_secs_f64() - unknown.as_secs_f64());
        }
        let differences = Differences(differences);
        let (significance, median) = (differences.significance(), differences.median());
        if significance < CHANCE || median.abs() < NOTHING {
            return;
        }
        seen.push(format!("{:.2} ms, {significance:.1} standard deviations", median * 1000.0));
    }
    panic!("{}: a known address takes longer by {seen:?}", asking.asked.path);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_takes_as_long_where_the_address_is_known() {
    takes_the_same_time(SIGN_IN, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_takes_as_long_where_the_address_is_taken() {
    takes_the_same_time(REGISTRATION, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_the_mail_again_takes_as_long_as_to_register() {
    takes_the_same_time(REGISTRATION, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_a_new_password_takes_as_long_where_the_address_is_known() {
    takes_the_same_time(RESET, true).await;
}
