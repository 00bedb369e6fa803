//! Start, second start, end and sudden end of the real binary.

use orion_contracts::ServiceName;
use orion_testkit::mailbox::{reset_token_in, token_in};
use orion_testkit::smtp::{Moment, SmtpServer};
use orion_testkit::{Client, Machine, PASSWORD, TestPlatform, eventually};
use serde_json::json;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_directory_becomes_a_platform_with_a_one_time_link() {
    let mut machine = Machine::embedded().await;
    machine.flags.retain(|(key, _)| !key.starts_with("secrets."));
    let mut orion = machine.up().await;
    eventually("the link", || async { orion.output().contains("/setup#").then_some(()) }).await;
    for file in ["auth.db", "users.db", "notifications.db", "admin.db", "gateway.db", "master.key", "internal.key"] {
        assert!(machine.place.directory.path().join(file).exists(), "{file}");
    }
    assert_eq!(orion.terminate(), Some(0), "{}", orion.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_on_the_same_directory_is_refused() {
    let machine = Machine::embedded().await;
    let _first = machine.up().await;
    let mut second = machine.start(&["up"]);
    assert_eq!(second.wait(), Some(1));
    assert!(second.output().contains("is used by another ORION"), "{}", second.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_was_not_sent_when_the_process_was_killed_is_sent_after_the_next_start() {
    // The server of mails is not there yet: the port is only kept.
    let kept = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = kept.local_addr().unwrap();
    drop(kept);
    let machine = Machine::embedded().await.set("mail.smtp_url", format!("smtp+plain://{address}"));
    let mut orion = machine.up().await;
    let order = json!({ "email": "ada@example.com", "password": PASSWORD });
    let client = machine.ports.client();
    client.post("/api/v1/auth/register", &order).await.expect(201);
    // The answer comes before the account, and with that the mail is ordered.
    eventually("the account", || async {
        (client.post("/api/v1/auth/login", &order).await.status == 200).then_some(())
    })
    .await;
    orion.kill();
    let smtp = SmtpServer::on(address).await;
    let _orion = machine.up().await;
    let token = eventually("the mail", || async {
        smtp.mails_to("ada@example.com").first().and_then(|mail| token_in(&mail.decoded()))
    })
    .await;
    let client = machine.ports.client();
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_registration_gets_its_mail_however_often_the_process_is_killed() {
    let smtp = SmtpServer::start().await;
    let machine = Machine::embedded().await.set("mail.smtp_url", smtp.url());
    let mut accepted = Vec::new();
    for round in 0..6_u32 {
        let mut orion = machine.up().await;
        let client = machine.ports.client();
        let registering = (0..4).map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                let email = format!("user-{round}-{number}@example.com");
                let order = json!({ "email": email, "password": PASSWORD });
                let request = client.request("POST", "/api/v1/auth/register").json(&order);
                orion_testkit::Answer::try_of(request).await.ok().filter(|answer| answer.status == 201).map(|_| email)
            })
        });
        let registering: Vec<_> = registering.collect();
        // Another moment in each round, from "just arrived" to "all is sent": what has happened by then is not to be known.
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 12)).await;
        orion.kill();
        for registered in registering {
            accepted.extend(registered.await.unwrap());
        }
    }
    let _orion = machine.up().await;
    for email in &accepted {
        eventually(&format!("the mail to {email}"), || async { smtp.mails_to(email).first().cloned() }).await;
    }
    assert!(!accepted.is_empty(), "at least the last rounds were accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_comes_in_time_although_a_mail_hangs_and_what_was_cut_is_named() {
    let smtp = SmtpServer::start().await;
    smtp.fall_silent(Some(Moment::AfterTheDot));
    let machine = Machine::embedded().await.set("mail.smtp_url", smtp.url());
    let machine = machine.set("mail.timeout_ms", 60_000).set("server.drain_timeout_ms", 300);
    let mut orion = machine.up().await;
    let order = json!({ "email": "ada@example.com", "password": PASSWORD });
    machine.ports.client().post("/api/v1/auth/register", order).await.expect(201);
    eventually("a mail that hangs", || async { (smtp.silences() > 0).then_some(()) }).await;
    assert_eq!(orion.terminate(), Some(0), "{}", orion.output());
    let output = orion.output();
    let cut: Vec<_> = output.lines().filter(|line| line.contains("it is cut")).collect();
    assert!(cut.len() == 1 && cut[0].contains("jobs: mail"), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_cut_at_the_end_is_told_as_that() {
    let machine = Machine::embedded().await.set("server.drain_timeout_ms", 300);
    let mut orion = machine.up().await;
    let mut half = TcpStream::connect(("127.0.0.1", machine.ports.auth)).unwrap();
    let head =
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{";
    half.write_all(head.as_bytes()).unwrap();
    // Another answer on the same port: the half request has been read by then.
    Client::new(format!("http://127.0.0.1:{}", machine.ports.auth)).get("/livez").await.expect(200);
    assert_eq!(orion.terminate(), Some(0), "{}", orion.output());
    let output = orion.output();
    let last = output.trim_end().lines().last().unwrap();
    assert!(last.contains("not drained") && last.contains("\"connections\":1"), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_refused_is_named_in_the_log_with_the_server_s_words() {
    let smtp = SmtpServer::start().await;
    smtp.refuse_with(Some("550 no such person"));
    let machine = Machine::embedded().await.set("mail.smtp_url", smtp.url());
    let orion = machine.up().await;
    let order = json!({ "email": "ada@example.com", "password": PASSWORD });
    machine.ports.client().post("/api/v1/auth/register", order).await.expect(201);
    let named = |line: &&str| line.contains("WARN") && line.contains("550") && line.contains("no such person");
    eventually("a line in the log", || async { orion.output().lines().any(|line| named(&line)).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_twice_ends_at_once_and_says_so() {
    let machine = Machine::embedded().await.set("server.drain_delay_ms", 3_600_000);
    let mut orion = machine.up().await;
    orion.tell_to_end();
    let pages = Client::new(format!("http://127.0.0.1:{}", machine.ports.pages));
    eventually("its saying that it is not ready", || async {
        (pages.get("/readyz").await.status == 503).then_some(())
    })
    .await;
    machine.ports.client().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(orion.terminate(), Some(1), "{}", orion.output());
    assert!(orion.output().contains("told to end a second time"), "{}", orion.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_is_to_end_says_so_for_a_while_before_it_stops_accepting() {
    let mut orion = TestPlatform::builder().set("server.drain_delay_ms", 3_600_000).start().await;
    let edge = orion.anonymous();
    let service = Client::new(orion.service_url(ServiceName::Users));
    let draining = tokio::spawn(orion.drain());
    for client in [&edge, &service] {
        eventually("not being ready", || async { (client.get("/readyz").await.status == 503).then_some(()) }).await;
    }
    edge.get("/.well-known/jwks.json").await.expect(200);
    assert!(!draining.is_finished());
    orion.advance(Duration::from_secs(3600)).await;
    tokio::time::timeout(Duration::from_secs(10), draining).await.expect("an end").expect("no panic");
    for client in [&edge, &service] {
        assert!(orion_testkit::Answer::try_of(client.request("GET", "/livez")).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_for_a_new_password_is_mailed_once_though_the_process_was_killed_before() {
    let smtp = SmtpServer::start().await;
    let mut machine = Machine::embedded().await.set("mail.smtp_url", smtp.url());
    let mut orion = machine.up().await;
    let client = machine.ports.client();
    let order = json!({ "email": "ada@example.com", "password": PASSWORD });
    client.post("/api/v1/auth/register", &order).await.expect(201);
    let token = eventually("the mail", || async {
        smtp.mails_to("ada@example.com").first().and_then(|mail| token_in(&mail.decoded()))
    })
    .await;
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
    orion.kill();

    // From now on the server of mails is away: the port is only kept.
    let kept = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = kept.local_addr().unwrap();
    drop(kept);
    machine.flags.retain(|(key, _)| key != "mail.smtp_url");
    machine = machine.set("mail.smtp_url", format!("smtp+plain://{address}"));
    let mut orion = machine.up().await;
    client.post("/api/v1/auth/password/reset", json!({ "email": "ada@example.com" })).await.expect(202);
    orion.kill();
    let smtp = SmtpServer::on(address).await;
    let _orion = machine.up().await;
    let links = || {
        let mails = smtp.mails_to("ada@example.com");
        mails.iter().filter_map(|mail| reset_token_in(&mail.decoded())).collect::<Vec<_>>()
    };
    let token = eventually("the mail", || async { links().pop() }).await;
    let chosen = json!({ "token": token, "new_password": "a wholly different passphrase" });
    client.post("/api/v1/auth/password/reset/confirm", chosen).await.expect(204);
    // It comes after whatever the start found to be done: another link would have been mailed before.
    client.post("/api/v1/auth/register", json!({ "email": "eve@example.com", "password": PASSWORD })).await.expect(201);
    eventually("another mail", || async { (!smtp.mails_to("eve@example.com").is_empty()).then_some(()) }).await;
    assert_eq!(links().len(), 1);
}
