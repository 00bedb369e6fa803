//! Admin is away while others start: they do their work as they were started, and say so.

use orion_contracts::health::{Readiness, ReadyStatus};
use orion_testkit::backend::Place;
use orion_testkit::{Backend, Client, Machine, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn who_starts_while_admin_is_away_is_ready_and_says_that_no_settings_were_heard() {
    let machine = Machine::with(Place::new(Backend::current()).await);
    let ports = machine.ports;
    let mut auth = machine.start(&["serve", "auth"]);
    let mut users = machine.start(&["serve", "users"]);
    auth.ready(ports.auth).await;
    users.ready(ports.users).await;
    let settings = || async {
        let client = Client::new(format!("http://127.0.0.1:{}", ports.users));
        let readiness: Readiness = client.get("/readyz?verbose").await.expect(200).json();
        assert_eq!(readiness.status, ReadyStatus::Ready);
        readiness.checks.into_iter().find(|check| check.name == "settings").unwrap()
    };
    let check = settings().await;
    assert!(!check.ok && !check.required, "{check:?}");
    assert!(check.detail.as_deref().is_some_and(|told| told.contains("not heard yet")), "{check:?}");
    let status = machine.command(&["status"]).output().unwrap();
    assert!(String::from_utf8_lossy(&status.stdout).contains("settings: not heard yet"), "{status:?}");

    let mut admin = machine.start(&["serve", "admin"]);
    admin.ready(ports.admin).await;
    eventually("the settings being heard", || async { settings().await.ok.then_some(()) }).await;
}
