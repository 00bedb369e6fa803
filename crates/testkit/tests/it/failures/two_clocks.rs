//! Processes whose clocks are a minute apart, and a clock that jumps a year ahead and back.

use chrono::{DateTime, TimeDelta, Utc};
use orion::{Config, Platform, Schema};
use orion_contracts::auth::{FlowResponse, TokenResponse, TotpEnrolment};
use orion_contracts::notifications::InboxItem;
use orion_contracts::{Page, ServiceName};
use orion_infra::clock::ClockControl;
use orion_infra::db::dialect::statement;
use orion_infra::{Clock, Infra};
use orion_testkit::backend::Place;
use orion_testkit::mailbox::Mailbox;
use orion_testkit::process::Ports;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Authenticator, Backend, Client, PASSWORD, TestPlatform, TestUser, eventually, seed};
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const YEAR: TimeDelta = TimeDelta::days(365);

/// A process of some services that is ready, with a clock of its own.
pub(super) async fn process(
    flags: &[(String, String)],
    services: &[ServiceName],
    place: &Place,
) -> (Platform, ClockControl) {
    let (platform, control) = launched(flags, services, place, TimeDelta::zero()).await;
    platform.wait_until_ready().await;
    (platform, control)
}

/// A process of some services whose clock is wrong from the start; it need not be ready, ever.
async fn launched(
    flags: &[(String, String)],
    services: &[ServiceName],
    place: &Place,
    wrong_by: TimeDelta,
) -> (Platform, ClockControl) {
    let mut sources = place.sources();
    sources.flags.extend(flags.iter().cloned());
    // Processes that begin together, on a busy machine, are slow to connect.
    sources.flags.push(("database.acquire_timeout_ms".to_owned(), "20000".to_owned()));
    let (config, _) = Config::load(&sources).unwrap_or_else(|error| panic!("{error}"));
    let (clock, control) = Clock::adjustable();
    control.set_wrong(wrong_by);
    let platform = Platform::launch(&config, services, Schema::Check, clock, seed::random()).await;
    (platform.unwrap_or_else(|error| panic!("{error}")), control)
}

/// Sign-up, sign-in, a call, a refresh and the mail, with auth's clock apart from everybody else's.
async fn the_main_job_with_auth_s_clock(apart: TimeDelta) {
    use ServiceName::{Admin, Auth, Gateway, Notifications, Users};
    let place = Place::new(Backend::current()).await;
    let smtp = SmtpServer::start().await;
    let ports = Ports::free();
    let mut flags = ports.flags();
    flags.push(("mail.smtp_url".to_owned(), smtp.url()));
    let (mail, client) = (Mailbox::Smtp(smtp), ports.client());
    let rest = [Users, Notifications, Admin, Gateway];
    let (auth, others) = (launched(&flags, &[Auth], &place, apart), process(&flags, &rest, &place));
    let ((auth, _), (others, _)) = tokio::join!(auth, others);
    auth.wait_until_ready().await;

    let order = json!({ "email": "ada@example.com", "password": PASSWORD });
    client.post("/api/v1/auth/register", &order).await.expect(201);
    let token = mail.verification_token("ada@example.com").await;
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
    let ada = TestUser::sign_in(&client, "ada@example.com", PASSWORD).await;
    ada.get("/api/v1/users/me").await.expect(200);
    let again = json!({ "refresh_token": ada.refresh_token });
    let refreshed: TokenResponse = client.post("/api/v1/auth/refresh", again).await.expect(200).json();
    let ada = client.with_token(refreshed.access_token.expose());
    ada.get("/api/v1/users/me").await.expect(200);
    ada.post("/api/v1/auth/logout", json!({})).await.expect(204);
    eventually("the token's refusal", || async { (ada.get("/api/v1/users/me").await.status == 401).then_some(()) })
        .await;
    tokio::join!(auth.drain(), others.drain());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_service_whose_clock_is_a_minute_ahead_is_understood() {
    the_main_job_with_auth_s_clock(TimeDelta::seconds(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_service_whose_clock_is_a_minute_behind_is_understood() {
    the_main_job_with_auth_s_clock(TimeDelta::seconds(-60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_process_that_starts_a_year_ahead_takes_no_key_from_the_others() {
    let place = Place::new(Backend::current()).await;
    let ports = Ports::free();
    let services = [ServiceName::Gateway, ServiceName::Auth, ServiceName::Users];
    let (right, its_control) = process(&ports.flags(), &services, &place).await;
    let client = ports.client();
    let kids = async || {
        let keys: Value = client.get("/.well-known/jwks.json").await.expect(200).json();
        keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let before = kids().await;
    // It is not ready, for the others refuse it; its tasks run all the same.
    let (ahead, control) = launched(&Ports::free().flags(), &[ServiceName::Auth], &place, YEAR).await;
    // Both look after the keys each minute.
    for _ in 0..4 {
        its_control.advance(Duration::from_secs(61));
        tokio::time::sleep(Duration::from_millis(300)).await;
        control.advance(Duration::from_secs(61));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(kids().await, before);
    tokio::join!(right.drain(), ahead.drain());
}

async fn row(infra: &Infra, sql: &str) -> QueryResult {
    let db = infra.db.read();
    db.query_one_raw(statement(db, sql, [])).await.unwrap().expect("a row")
}

/// How many entries the audit log has, and the position of the first.
async fn entries(orion: &TestPlatform) -> (i64, Option<i64>) {
    let infra = orion.infra(ServiceName::Users);
    let row = row(infra, "SELECT COUNT(*) AS n, MIN(position) AS first FROM audit_log").await;
    (row.try_get("", "n").unwrap(), row.try_get("", "first").unwrap())
}

/// The job that cuts a service's tables, while nobody is at it: when it was begun last, and when it is due.
async fn schedule(infra: &Infra) -> Option<(Option<DateTime<Utc>>, DateTime<Utc>)> {
    let db = infra.db.read();
    let select = statement(db, "SELECT started_at, due_at FROM jobs WHERE kind = 'cut_tables' AND state = 'due'", []);
    let row = db.query_one_raw(select).await.unwrap()?;
    Some((row.try_get("", "started_at").unwrap(), row.try_get("", "due_at").unwrap()))
}

async fn refused(client: &Client, email: &str) {
    let order = json!({ "email": email, "password": "not the password at all" });
    let status = client.post("/api/v1/auth/login", order).await.status;
    assert!([401, 429].contains(&status), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_a_year_ahead_and_back_costs_no_entry_no_session_no_mail_and_no_schedule() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let eve = json!({ "email": "eve@example.com", "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/register", eve.clone()).await.expect(201);
    orion.settle().await;
    let before = entries(&orion).await.0;
    assert!(before >= 2, "{before}");

    orion.advance(Duration::from_secs(11)).await;
    for service in ServiceName::ALL {
        eventually("a schedule", || schedule(orion.infra(service))).await;
    }

    orion.set_clock_wrong(YEAR);
    // Time goes on meanwhile: tables are cut, a new key signs, and the old one is retired.
    let mut begun = BTreeMap::<ServiceName, DateTime<Utc>>::new();
    for _ in 0..3 {
        orion.advance(Duration::from_secs(620)).await;
        for service in ServiceName::ALL {
            let last = begun.get(&service).copied();
            let cut = || async { schedule(orion.infra(service)).await?.0.filter(|at| Some(*at) > last) };
            let at = eventually(&format!("the cutting of tables of {service}"), cut).await;
            begun.insert(service, at);
        }
    }
    let anonymous = orion.anonymous();
    let ahead = TestUser::sign_in(&anonymous, &bob.email, PASSWORD).await;
    ahead.get("/api/v1/users/me").await.expect(200);
    for _ in 0..6 {
        refused(&anonymous, "bob@example.com").await;
    }
    let order = |email: &str| json!({ "email": email, "password": PASSWORD });
    anonymous.post("/api/v1/auth/register", order("ahead@example.com")).await.expect(201);
    orion.mailbox.verification_token("ahead@example.com").await;

    orion.set_clock_wrong(TimeDelta::zero());
    for _ in 0..3 {
        orion.advance(Duration::from_secs(61)).await;
    }
    let soon = orion.infra(ServiceName::Auth).clock.now() + TimeDelta::seconds(700);
    for service in ServiceName::ALL {
        let goes_on = || async { schedule(orion.infra(service)).await.filter(|(_, due_at)| *due_at <= soon) };
        eventually(&format!("a schedule of {service} that goes on"), goes_on).await;
    }
    let after = entries(&orion).await;
    assert!(after.0 >= before && after.1 == Some(1), "{before} entries before, {after:?} after");
    let again = json!({ "refresh_token": bob.refresh_token });
    let refreshed: TokenResponse = anonymous.post("/api/v1/auth/refresh", again).await.expect(200).json();
    let bob_again = anonymous.with_token(refreshed.access_token.expose());
    bob_again.get("/api/v1/users/me").await.expect(200);
    // Whoever has not verified their address yet was not removed for the wrong year's sake, by a job that runs each hour.
    anonymous.post("/api/v1/auth/login", eve).await.expect(200);
    let inbox: Page<InboxItem> = bob_again.get("/api/v1/notifications").await.json();
    assert_eq!(inbox.items.len(), 1, "the welcome is still there");
    // Who failed in the wrong year is not locked out until it comes.
    TestUser::sign_in(&anonymous, &bob.email, PASSWORD).await.get("/api/v1/users/me").await.expect(200);
    anonymous.post("/api/v1/auth/register", order("back@example.com")).await.expect(201);
    orion.mailbox.verification_token("back@example.com").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_signed_out_stays_refused_when_the_clock_jumps_ahead_and_back() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);
    let refused = || async { (bob.get("/api/v1/users/me").await.status == 401).then_some(()) };
    eventually("the token's refusal", refused).await;
    orion.set_clock_wrong(YEAR);
    // All is read again each minute, and what is over then is forgotten.
    for _ in 0..3 {
        orion.advance(Duration::from_secs(61)).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    orion.set_clock_wrong(TimeDelta::zero());
    assert_eq!(bob.get("/api/v1/users/me").await.status, 401);
}

/// Two processes of auth, of which one has a clock that is wrong: what was begun at one is gone on with at the other.
async fn what_one_node_has_begun_is_taken_by_another_whose_clock_is(apart: TimeDelta) {
    use ServiceName::{Admin, Auth, Gateway, Notifications, Users};
    let (place, smtp) = (Place::new(Backend::current()).await, SmtpServer::start().await);
    let ports = Ports::free();
    let mut flags = ports.flags();
    flags.push(("mail.smtp_url".to_owned(), smtp.url()));
    let second = Ports::free().auth;
    let mut others = flags.clone();
    others.push(("listen.auth_port".to_owned(), second.to_string()));
    let (right, _) = process(&flags, &[Auth, Users, Notifications, Admin, Gateway], &place).await;
    let (wrong, _) = launched(&others, &[Auth], &place, apart).await;
    wrong.wait_until_ready().await;
    let [right_node, wrong_node] = [ports.auth, second].map(|port| Client::new(format!("http://127.0.0.1:{port}")));
    let mail = Mailbox::Smtp(smtp);

    for (name, one, other) in [("ada", &right_node, &wrong_node), ("eve", &wrong_node, &right_node)] {
        let email = format!("{name}@example.com");
        one.post("/api/v1/auth/register", json!({ "email": email, "password": PASSWORD })).await.expect(201);
        let order = json!({ "token": mail.verification_token(&email).await, "password": PASSWORD });
        other.post("/api/v1/auth/verify-email", order).await.expect(204);

        // A token of the one is good at the other, and so is what renews it.
        let user = TestUser::sign_in(one, &email, PASSWORD).await;
        other.with_token(&user.access_token).get("/api/v1/auth/me").await.expect(200);
        let again = json!({ "refresh_token": user.refresh_token });
        let renewed: TokenResponse = other.post("/api/v1/auth/refresh", again).await.expect(200).json();
        one.with_token(renewed.access_token.expose()).get("/api/v1/auth/me").await.expect(200);

        // An app whose key the wrong one has shown, and the right one takes; then a sign-in, with the code of the right time.
        let of = |node: &Client| node.with_token(renewed.access_token.expose());
        let shown: TotpEnrolment =
            of(&wrong_node).post("/api/v1/auth/two-factor/totp", json!({})).await.expect(200).json();
        let app = Authenticator::with(shown.secret.expose());
        while Utc::now().timestamp() % 30 >= 25 {
            // A minute is the most that codes may be away: none may change on its way.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let confirm = json!({ "code": app.code(Utc::now() - TimeDelta::seconds(30)) });
        of(&right_node).post("/api/v1/auth/two-factor/totp/confirm", confirm).await.expect(200);
        let order = json!({ "email": email, "password": PASSWORD });
        let flow: FlowResponse = one.post("/api/v1/auth/login", order).await.expect(202).json();
        let step = json!({ "flow_token": flow.flow_token, "code": app.code(Utc::now()) });
        other.post(&format!("/api/v1/auth/flows/{}/totp", flow.flow_id), step).await.expect(200);

        // A link for another password, too.
        one.post("/api/v1/auth/password/reset", json!({ "email": email })).await.expect(202);
        let token = eventually("the mail", async || mail.reset_tokens(&email).await.pop()).await;
        let chosen = json!({ "token": token, "new_password": "a wholly different passphrase" });
        other.post("/api/v1/auth/password/reset/confirm", chosen).await.expect(204);
        let order = json!({ "email": email, "password": "a wholly different passphrase" });
        one.post("/api/v1/auth/login", order).await.expect(202);
    }
    tokio::join!(right.drain(), wrong.drain());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn what_one_node_has_begun_is_taken_by_another_whose_clock_is_a_minute_ahead() {
    what_one_node_has_begun_is_taken_by_another_whose_clock_is(TimeDelta::seconds(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn what_one_node_has_begun_is_taken_by_another_whose_clock_is_a_minute_behind() {
    what_one_node_has_begun_is_taken_by_another_whose_clock_is(TimeDelta::seconds(-60)).await;
}
