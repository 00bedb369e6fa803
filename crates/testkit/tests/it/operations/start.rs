//! What a start says: where everything is, what hinders it, and what it goes on without.

use orion_testkit::backend::Place;
use orion_testkit::process::Ports;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Answer, Backend, Client, Machine, OrionProcess, PASSWORD, eventually};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::Duration;

async fn greeted(orion: &OrionProcess) -> String {
    let greeting = || async { Some(orion.output()).filter(|text| text.contains("/setup#")) };
    eventually("the greeting", greeting).await
}

fn claims(token: &str) -> Value {
    use base64::Engine;
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_issuer_and_console_follow_the_ports_that_were_chosen() {
    let smtp = SmtpServer::start().await;
    let mut machine = Machine::embedded().await.set("mail.smtp_url", smtp.url());
    machine.flags.retain(|(key, _)| key != "public_url");
    let orion = machine.up().await;
    let text = greeted(&orion).await;
    let (gateway, console) =
        (format!("http://localhost:{}", machine.ports.gateway), format!("http://localhost:{}", machine.ports.admin));
    let link = text.split_whitespace().find(|word| word.contains("/setup#")).unwrap();
    let token = link.strip_prefix(&format!("{console}/setup#")).unwrap_or_else(|| panic!("{text}"));
    assert!(text.contains(&format!("gateway   {gateway}\n")), "{text}");
    let order = json!({ "token": token, "email": "root@example.com", "password": PASSWORD });
    machine.console("/console/setup", order).await.expect(201);
    let order = json!({ "email": "ada@example.com", "password": PASSWORD });
    machine.ports.client().post("/api/v1/auth/register", &order).await.expect(201);
    let mail = eventually("the mail", || async { smtp.mails_to("ada@example.com").first().cloned() }).await;
    assert!(mail.decoded().contains(&format!("{gateway}/auth/verify-email?token=")), "{}", mail.decoded());
    let tokens: Value = machine.ports.client().post("/api/v1/auth/login", &order).await.expect(200).json();
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["iss"], gateway);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_greeting_of_a_first_start_stands_alone_and_says_where_things_are() {
    let machine = Machine::embedded().await;
    let mut orion = machine.up().await;
    let text = greeted(&orion).await;
    assert!(text.starts_with("ORION "), "{text}");
    let directory = machine.place.directory.path().display().to_string();
    let docs = format!("http://127.0.0.1:{}/docs", machine.ports.pages);
    for told in [directory.as_str(), docs.as_str(), "Ctrl-C"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert_eq!(orion.terminate(), Some(0));
    assert!(orion.output().trim_end().lines().last().unwrap().contains("drained"), "{}", orion.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_after_a_sudden_end_warns_of_nothing() {
    let machine = Machine::embedded().await;
    for round in 0..4 {
        let mut orion = machine.up().await;
        for number in 0..4 {
            let order = json!({ "email": format!("user-{round}-{number}@example.com"), "password": PASSWORD });
            machine.ports.client().post("/api/v1/auth/register", order).await.expect(201);
        }
        orion.kill();
    }
    let orion = machine.up().await;
    assert!(!orion.output().contains("WARN"), "{}", orion.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_ports_that_are_taken_are_named_at_once_with_what_to_paste() {
    for (begins, names) in [
        ("one port cannot be listened on:", &["users"][..]),
        ("3 ports cannot be listened on:", &["gateway", "users", "pages"]),
    ] {
        let machine = Machine::embedded().await;
        let Ports { gateway, users, pages, .. } = machine.ports;
        let all = [("gateway", gateway), ("users", users), ("pages", pages)];
        let taken = all.into_iter().filter(|(name, _)| names.contains(name));
        let taken: Vec<_> =
            taken.map(|(name, port)| (name, port, TcpListener::bind(("127.0.0.1", port)).unwrap())).collect();
        let mut orion = machine.start(&["up"]);
        assert_eq!(orion.wait(), Some(1));
        let output = orion.output();
        assert!(output.contains(begins), "{output}");
        let held = format!("(process {}", std::process::id());
        for (name, port, _) in &taken {
            let line =
                output.lines().find(|line| line.contains(&format!(":{port} "))).unwrap_or_else(|| panic!("{output}"));
            assert!(line.contains(&format!("ORION_LISTEN_{}_PORT", name.to_uppercase())), "{output}");
            assert!(line.contains(&held), "{output}");
            assert!(output.contains(&format!("--set listen.{name}_port=")), "{output}");
        }
        assert!(!output.contains("listen.auth_port"), "{output}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_orion_that_has_the_ports_is_named() {
    let machine = Machine::embedded().await;
    let first = machine.up().await;
    let mut elsewhere = Machine::embedded().await;
    elsewhere.flags.extend(machine.ports.flags());
    let mut second = elsewhere.start(&["up"]);
    assert_eq!(second.wait(), Some(1));
    let output = second.output();
    assert_eq!(output.matches(&format!("another ORION (process {}", first.id())).count(), 6, "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_away_at_the_start_are_told_once_with_their_address() {
    let machine = Machine::embedded().await;
    let machine = machine.set("redis.url", "redis://me:hunter2@127.0.0.1:1/");
    let machine = machine.set("amqp.url", "amqp://me:hunter2@127.0.0.1:2/");
    let orion = machine.up().await;
    // What is tried again is tried in real time.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let output = orion.output();
    let told = |what: &str| output.lines().filter(|line| line.contains("WARN") && line.contains(what)).count();
    assert_eq!((told("redis://127.0.0.1:1"), told("amqp://127.0.0.1:2")), (1, 1), "{output}");
    assert!(told("") <= 10 && !output.contains("hunter2"), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_process_that_waits_for_others_says_for_whom_and_ends_by_a_drain() {
    let machine = Machine::with(Place::new(Backend::current()).await).set("server.drain_delay_ms", 1500);
    let mut auth = machine.start(&["serve", "auth"]);
    let client = Client::new(format!("http://127.0.0.1:{}", machine.ports.auth));
    let missing = format!("http://127.0.0.1:{}", machine.ports.users);
    eventually("whom it waits for", || async {
        let output = auth.output();
        output.lines().any(|line| line.contains("waiting") && line.contains(&missing)).then_some(())
    })
    .await;
    auth.tell_to_end();
    eventually("its saying so", || async {
        let answer = Answer::try_of(client.request("GET", "/readyz?verbose")).await.ok()?;
        (answer.value()["status"] == "draining").then_some(())
    })
    .await;
    assert_eq!(auth.wait(), Some(0));
    assert!(auth.output().contains("drained"), "{}", auth.output());
}
