//! capture, SMTP: each adapter keeps the same promises.

use orion_contracts::{Secret, ServiceName};
use orion_infra::Clock;
use orion_infra::db::Migrations;
use orion_infra::db::schema::Migration;
use orion_infra::mailer::{CaptureMailer, Mail, MailError, Mailer, SmtpMailer, capture};
use orion_testkit::node::{Node, empty_place};
use orion_testkit::smtp::{Silence, SmtpServer};
use std::time::Duration;

fn mail(to: &str) -> Mail {
    Mail {
        id: uuid::Builder::from_random_bytes([7; 16]).into_uuid(),
        to: to.to_owned(),
        to_name: Some("Bob".to_owned()),
        subject: "Grüße\r\nBcc: thief@example.com".to_owned(),
        text: "A line that is longer than any line of a mail may be on the wire: ".repeat(20),
        html: Some("<p>Grüße</p>".to_owned()),
    }
}

fn smtp(url: &str) -> SmtpMailer {
    patient(url, Duration::from_secs(2))
}

fn patient(url: &str, limit: Duration) -> SmtpMailer {
    SmtpMailer::new(&Secret::new(url), "ORION <orion@example.com>", limit, Clock::system()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captured_mails_can_be_read_and_a_repetition_is_kept_once() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Notifications).await;
    let migrations = Migrations(|| vec![Migration::new("0001_captured_mails", capture::table)]);
    migrations.apply(&infra).await.unwrap();
    let mailer = CaptureMailer::new(infra.db.clone(), infra.clock.clone(), "orion@example.com".to_owned());
    for _ in 0..2 {
        assert_eq!(mailer.send(&mail("bob@example.com")).await.unwrap().provider, "capture");
    }
    let kept = capture::list(&infra.db, None, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    let whole = capture::find(&infra.db, kept[0].id).await.unwrap().unwrap();
    assert_eq!((whole.to.as_str(), whole.html.as_deref()), ("bob@example.com", Some("<p>Grüße</p>")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_by_smtp_arrives_whole_and_its_subject_cannot_smuggle_headers() {
    let server = SmtpServer::start().await;
    let mailer = smtp(&server.url());
    mailer.check().await.unwrap();
    mailer.send(&mail("bob@example.com")).await.unwrap();
    let received = server.mails_to("bob@example.com");
    assert_eq!(received.len(), 1);
    assert!(received[0].decoded().contains("longer than any line"), "{:?}", received[0]);
    assert!(!received[0].data.lines().any(|line| line.starts_with("Bcc:")), "{:?}", received[0]);
    assert!(received[0].data.contains("07070707-0707-4707-8707-070707070707@example.com"), "{:?}", received[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_told_apart_from_delays() {
    let server = SmtpServer::start().await;
    let mailer = smtp(&server.url());
    server.refuse_with(Some("550 no such person"));
    assert!(matches!(mailer.send(&mail("bob@example.com")).await, Err(MailError::Permanent(_))));
    server.refuse_with(Some("451 later"));
    assert!(matches!(mailer.send(&mail("bob@example.com")).await, Err(MailError::Transient(_))));
    assert!(matches!(mailer.send(&mail("no address")).await, Err(MailError::Permanent(_))));
    let nobody = smtp("smtp+plain://127.0.0.1:9");
    assert!(matches!(nobody.send(&mail("bob@example.com")).await, Err(MailError::Transient(_))));
    assert!(nobody.check().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_is_given_up_in_time_and_its_connection_is_used_no_more() {
    let server = SmtpServer::start().await;
    for silence in [Silence::BeforeGreeting, Silence::BeforeData, Silence::AfterTheDot] {
        let mailer = patient(&server.url(), Duration::from_millis(150));
        server.fall_silent(Some(silence));
        let sent = tokio::time::timeout(Duration::from_secs(5), mailer.send(&mail("bob@example.com"))).await;
        assert!(matches!(sent, Ok(Err(MailError::Transient(_)))), "{silence:?}: {sent:?}");
        if silence == Silence::BeforeGreeting {
            let checked = tokio::time::timeout(Duration::from_secs(5), mailer.check()).await;
            assert!(matches!(checked, Ok(Err(_))), "{checked:?}");
        }
        server.fall_silent(None);
        let (to, before) = (format!("{silence:?}@example.com"), server.mails_to("bob@example.com").len());
        mailer.send(&mail(&to)).await.unwrap_or_else(|error| panic!("{silence:?}: {error}"));
        assert_eq!(server.mails_to(&to).len(), 1, "{silence:?}");
        assert_eq!(server.mails_to("bob@example.com").len(), before, "{silence:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_used_again_and_replaced_when_the_server_has_closed_them() {
    let server = SmtpServer::start().await;
    let mailer = smtp(&server.url());
    for _ in 0..3 {
        mailer.send(&mail("bob@example.com")).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    server.hang_up();
    mailer.send(&mail("bob@example.com")).await.unwrap();
    assert_eq!((server.connections(), server.mails_to("bob@example.com").len()), (2, 4));
}
