//! capture, SMTP: each adapter keeps the same promises.

use orion_contracts::{Secret, ServiceName};
use orion_infra::Clock;
use orion_infra::db::Migrations;
use orion_infra::db::schema::Migration;
use orion_infra::mailer::{CaptureMailer, Mail, MailError, MailReceipt, Mailer, SmtpMailer, capture};
use orion_testkit::eventually;
use orion_testkit::node::{Node, empty_place};
use orion_testkit::smtp::{Moment, SmtpServer};
use std::sync::Arc;
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

async fn send(mailer: &impl Mailer, to: &str) -> Result<MailReceipt, MailError> {
    mailer.send(mailer.turn().await, &mail(to)).await
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
        assert_eq!(send(&mailer, "bob@example.com").await.unwrap().provider, "capture");
    }
    let kept = capture::list(&infra.db, None, None, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    let whole = capture::find(&infra.db, kept[0].id).await.unwrap().unwrap();
    assert_eq!((whole.to.as_str(), whole.html.as_deref()), ("bob@example.com", Some("<p>Grüße</p>")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_by_smtp_arrives_whole_and_its_subject_cannot_smuggle_headers() {
    let server = SmtpServer::start().await;
    let mailer = smtp(&server.url());
    mailer.check().await.unwrap();
    send(&mailer, "bob@example.com").await.unwrap();
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
    assert!(matches!(send(&mailer, "bob@example.com").await, Err(MailError::Permanent(_))));
    server.refuse_with(Some("451 later"));
    assert!(matches!(send(&mailer, "bob@example.com").await, Err(MailError::Transient(_))));
    server.refuse_with(None);
    // Whom the server lets send is for an operator to mend: the mail waits for that.
    for line in ["530 log in first", "553 not your sender"] {
        server.refuse_the_sender_with(Some(line));
        assert!(matches!(send(&mailer, "bob@example.com").await, Err(MailError::Transient(_))), "{line}");
    }
    assert!(matches!(send(&mailer, "no address").await, Err(MailError::Permanent(_))));
    let nobody = smtp("smtp+plain://127.0.0.1:9");
    assert!(matches!(send(&nobody, "bob@example.com").await, Err(MailError::Transient(_))));
    assert!(nobody.check().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_lets_nobody_in_says_nothing_of_the_mail() {
    let server = SmtpServer::start().await;
    server.greet_with("554 not from your address");
    let refused = send(&smtp(&server.url()), "bob@example.com").await;
    assert!(
        matches!(&refused, Err(MailError::Transient(words)) if words.contains("554") && words.contains("mail.smtp_url")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_be_used_as_the_url_demands_is_a_refusal_that_says_what_to_do() {
    let server = SmtpServer::start().await;
    let address = server.address;
    for (url, next_step) in
        [(format!("smtp://{address}"), "smtp+plain://"), (format!("smtp+plain://bob:secret@{address}"), "password")]
    {
        let mailer = smtp(&url);
        let refused = send(&mailer, "bob@example.com").await;
        assert!(
            matches!(&refused, Err(MailError::Transient(words)) if words.contains(next_step) && !words.contains("secret")),
            "{url}: {refused:?}"
        );
        let checked = mailer.check().await.unwrap_err();
        assert!(checked.contains(next_step), "{url}: {checked}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_greeted_by_the_name_in_its_url_or_by_one_that_can_be_looked_up() {
    let server = SmtpServer::start().await;
    smtp(&format!("{}/orion.example.com", server.url())).check().await.unwrap();
    smtp(&server.url()).check().await.unwrap();
    let hellos = server.hellos();
    assert_eq!(hellos[0], "orion.example.com");
    assert!(hellos[1] == "[127.0.0.1]" || hellos[1].contains('.'), "{hellos:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_international_address_needs_a_server_that_can_and_an_international_domain_does_not() {
    let server = SmtpServer::start().await;
    send(&smtp(&server.url()), "ren\u{e9}@example.com").await.unwrap();
    assert_eq!(server.mails_to("ren\u{e9}@example.com").len(), 1);
    server.offer(&[]);
    let mailer = smtp(&server.url());
    let refused = send(&mailer, "ren\u{e9}@example.com").await;
    assert!(matches!(&refused, Err(MailError::Permanent(words)) if words.contains("SMTPUTF8")), "{refused:?}");
    send(&mailer, "ada@b\u{fc}cher.example").await.unwrap();
    assert_eq!(server.mails_to("ada@xn--bcher-kva.example").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_is_given_up_in_time_and_its_connection_is_used_no_more() {
    let server = SmtpServer::start().await;
    for moment in [Moment::BeforeGreeting, Moment::BeforeMail, Moment::BeforeData] {
        let mailer = patient(&server.url(), Duration::from_millis(150));
        server.fall_silent(Some(moment));
        let sent = tokio::time::timeout(Duration::from_secs(5), send(&mailer, "bob@example.com")).await;
        assert!(matches!(sent, Ok(Err(MailError::Transient(_)))), "{moment:?}: {sent:?}");
        if moment == Moment::BeforeGreeting {
            let checked = tokio::time::timeout(Duration::from_secs(5), mailer.check()).await;
            assert!(matches!(checked, Ok(Err(_))), "{checked:?}");
        }
        server.fall_silent(None);
        let (to, before) = (format!("{moment:?}@example.com").to_lowercase(), server.mails_to("bob@example.com").len());
        send(&mailer, &to).await.unwrap_or_else(|error| panic!("{moment:?}: {error}"));
        assert_eq!(server.mails_to(&to).len(), 1, "{moment:?}");
        assert_eq!(server.mails_to("bob@example.com").len(), before, "{moment:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_was_given_whole_may_be_answered_late() {
    let server = SmtpServer::start().await;
    server.fall_silent(Some(Moment::AfterTheDot));
    let mailer = Arc::new(patient(&server.url(), Duration::from_millis(100)));
    let sending = tokio::spawn({
        let mailer = mailer.clone();
        async move { send(&*mailer, "bob@example.com").await }
    });
    eventually("the dot", || async { (server.silences() == 1).then_some(()) }).await;
    // Longer than the limit, in real time, which is what a server takes.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sending.is_finished());
    server.resume();
    let sent = tokio::time::timeout(Duration::from_secs(5), sending).await.expect("an end").unwrap();
    assert!(sent.is_ok(), "{sent:?}");
    assert_eq!(server.mails_to("bob@example.com").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_a_mail_that_was_given_whole_and_never_answered_is_unknown() {
    let server = SmtpServer::start().await;
    server.fall_silent(Some(Moment::AfterTheDot));
    let (clock, control) = Clock::adjustable();
    let limit = Duration::from_millis(100);
    let mailer = SmtpMailer::new(&Secret::new(server.url()), "orion@example.com", limit, clock).unwrap();
    let sending = tokio::spawn(async move { send(&mailer, "bob@example.com").await });
    eventually("the dot", || async { (server.silences() == 1).then_some(()) }).await;
    // It waits in real time first.
    tokio::time::sleep(Duration::from_millis(300)).await;
    control.advance(Duration::from_secs(601));
    let sent = tokio::time::timeout(Duration::from_secs(5), sending).await.expect("an end").unwrap();
    assert!(matches!(&sent, Err(MailError::Unknown(words)) if words.contains("may have arrived")), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_tells_by_its_moment_whether_the_mail_may_have_arrived() {
    let server = SmtpServer::start().await;
    for moment in [Moment::BeforeGreeting, Moment::BeforeMail, Moment::BeforeData] {
        server.hang_up_at(moment, false);
        let sent = send(&smtp(&server.url()), "bob@example.com").await;
        assert!(matches!(sent, Err(MailError::Transient(_))), "{moment:?}: {sent:?}");
    }
    server.hang_up_at(Moment::AfterTheDot, false);
    let sent = send(&smtp(&server.url()), "bob@example.com").await;
    assert!(matches!(&sent, Err(MailError::Unknown(words)) if words.contains("may have arrived")), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_says_that_a_machine_wrote_it() {
    let server = SmtpServer::start().await;
    send(&smtp(&server.url()), "bob@example.com").await.unwrap();
    let mail = server.mails_to("bob@example.com").remove(0);
    assert!(mail.data.lines().any(|line| line == "Auto-Submitted: auto-generated"), "{mail:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_used_again_and_replaced_when_the_server_has_closed_them() {
    let server = SmtpServer::start().await;
    let mailer = smtp(&server.url());
    for _ in 0..3 {
        send(&mailer, "bob@example.com").await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    server.hang_up();
    send(&mailer, "bob@example.com").await.unwrap();
    assert_eq!((server.connections(), server.mails_to("bob@example.com").len()), (2, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_closed_as_it_is_used_again_costs_no_mail() {
    let server = SmtpServer::start().await;
    let mailer = smtp(&server.url());
    send(&mailer, "bob@example.com").await.unwrap();
    for moment in [Moment::BeforeMail, Moment::BeforeData] {
        let before = (server.connections(), server.mails_to("bob@example.com").len());
        // It has just said that it is good.
        server.hang_up_at(moment, true);
        send(&mailer, "bob@example.com").await.unwrap_or_else(|error| panic!("{moment:?}: {error}"));
        let after = (server.connections(), server.mails_to("bob@example.com").len());
        assert_eq!(after, (before.0 + 1, before.1 + 1), "{moment:?}");
    }
}
