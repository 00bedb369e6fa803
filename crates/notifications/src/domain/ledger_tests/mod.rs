//! The ledger on a real database, with a provider that does as it is told.

mod addressees;
mod trouble;

use super::{Deliver, Notifications};
use crate::NotificationsConfig;
use crate::consumers;
use async_trait::async_trait;
use chrono::TimeDelta;
use orion_contracts::events::{Event, EventPayload, Sealed, UserCreated, UserFacts, VerificationRequested};
use orion_contracts::notifications::{Channel, DeliveryAttemptStatus, DeliveryTimeline, NotificationStatus};
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, NotificationId, Secret, ServiceName, UserId};
use orion_infra::clock::ClockControl;
use orion_infra::config::{
    AmqpConfig, DatabaseConfig, EgressConfig, InfraConfig, MailConfig, ObjectsConfig, PeersConfig, RedisConfig,
    SecretsConfig,
};
use orion_infra::db::dialect::statement;
use orion_infra::events::Intake;
use orion_infra::jobs::Jobs;
use orion_infra::mailer::{Mail, MailError, MailReceipt, Mailer, Turn};
use orion_infra::secrets::Scope;
use orion_infra::{Clock, Connections, DbError, Infra, Random, Settings};
use sea_orm::ConnectionTrait;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const LINK: &str = "https://orion.example/verify?token=s3cret";

/// What the provider does with one mail.
enum Answer {
    Take,
    Refuse,
    NotNow,
    /// Has it, and hangs up.
    Unknown,
    /// Says nothing for ever, as if the line were dead.
    Silence,
    /// Answers when it is told to.
    Late(Box<Answer>),
}

/// A provider that answers as scripted, and takes everything after that.
#[derive(Default)]
struct Provider {
    answers: Mutex<VecDeque<Answer>>,
    received: Mutex<Vec<Mail>>,
    answers_now: Notify,
    /// Whether nobody has a turn until told to go on.
    is_busy: AtomicBool,
    waiting: AtomicUsize,
    goes_on: Notify,
}

impl Provider {
    fn received(&self) -> usize {
        self.received.lock().expect("no panic").len()
    }
}

#[async_trait]
impl Mailer for Provider {
    async fn turn(&self) -> Turn {
        if self.is_busy.load(Ordering::SeqCst) {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            self.goes_on.notified().await;
        }
        Turn::free()
    }

    async fn send(&self, _: Turn, mail: &Mail) -> Result<MailReceipt, MailError> {
        self.received.lock().expect("no panic").push(mail.clone());
        let mut answer = self.answers.lock().expect("no panic").pop_front().unwrap_or(Answer::Take);
        if let Answer::Late(late) = answer {
            self.answers_now.notified().await;
            answer = *late;
        }
        match answer {
            Answer::Take => Ok(MailReceipt { provider: "double", provider_id: Some("250 ok".to_owned()) }),
            Answer::Refuse => Err(MailError::Permanent("550 no such user".to_owned())),
            Answer::NotNow => Err(MailError::Transient("451 later".to_owned())),
            Answer::Unknown => Err(MailError::Unknown("it may have arrived".to_owned())),
            Answer::Late(_) => unreachable!("late once"),
            Answer::Silence => std::future::pending().await,
        }
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn provider(&self) -> &'static str {
        "double"
    }
}

struct Ledger {
    infra: Infra,
    notifications: Notifications,
    provider: Arc<Provider>,
    clock: ClockControl,
    _directory: tempfile::TempDir,
}

impl Ledger {
    async fn open(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with_attempts(3, answers).await
    }

    async fn with_attempts(delivery_attempts: u32, answers: impl IntoIterator<Item = Answer>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (clock, control) = Clock::adjustable();
        let config = configuration(directory.path());
        let connections =
            Connections::open(config, &ServiceName::ALL, clock, Random::seeded(7)).await.expect("connections");
        let mut infra = connections.service(ServiceName::Notifications).await.expect("a database");
        let answers = Mutex::new(answers.into_iter().collect());
        let provider = Arc::new(Provider { answers, ..Provider::default() });
        infra.mailer = provider.clone();
        crate::MIGRATIONS.apply(&infra).await.expect("migrated");
        crate::seed(&infra).await.expect("seeded");
        crate::seed(&infra).await.expect("seeded twice");
        let config =
            NotificationsConfig { product_name: "Acme & Co".to_owned(), delivery_attempts, retention_days: 90 };
        let notifications = Notifications::new(Settings::new(config), "http://localhost:3000", infra.clone());
        Self { infra, notifications, provider, clock: control, _directory: directory }
    }

    fn event(&self, told: &impl EventPayload) -> Event {
        let (clock, random) = (&self.infra.clock, &self.infra.random);
        let aggregate = (random.id(clock), 1);
        Event::of(random.id(clock), ServiceName::Auth, aggregate, clock.now(), told).expect("an event")
    }

    fn verification_requested(&self) -> Event {
        let user_id: UserId = self.infra.random.id(&self.infra.clock);
        let sealed =
            self.infra.secrets.seal(Scope::InMessages, "verification-link", &user_id.to_string(), LINK.as_bytes());
        self.event(&VerificationRequested {
            user_id,
            email: "ada@example.com".parse().expect("an address"),
            display_name: Some("Ada <b>".to_owned()),
            locale: "de-AT".to_owned(),
            link: Sealed(sealed),
            expires_at: self.infra.clock.now() + TimeDelta::days(1),
        })
    }

    async fn take(&self, event: &Event) {
        let intake = Intake::new(self.infra.clone(), consumers::all(self.notifications.clone()));
        intake.take(serde_json::to_value(event).expect("JSON")).await.expect("taken or parked");
    }

    fn start_worker(&self) -> (tokio::task::JoinHandle<()>, CancellationToken) {
        let jobs = Jobs::new(&self.infra).handle::<Deliver>(&self.notifications);
        let runner = jobs.runners().remove(0);
        let stop = CancellationToken::new();
        (tokio::spawn(runner.run(stop.clone())), stop)
    }

    /// Works, with time passing quickly, until the only delivery has ended.
    async fn work(&self) -> DeliveryTimeline {
        let (worker, stop) = self.start_worker();
        let ended = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                let delivery = self.delivery().await;
                if super::delivery::is_ended(delivery.state) {
                    return delivery;
                }
                self.clock.advance(Duration::from_secs(5));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let delivery = ended.await.expect("the delivery ended");
        stop.cancel();
        worker.await.expect("the worker ended");
        delivery
    }

    async fn delivery(&self) -> DeliveryTimeline {
        let id = self.column::<uuid::Uuid>("SELECT id AS value FROM notifications").await;
        let mut found = self.notifications.deliveries(NotificationId(id[0]), None, 10).await.expect("deliveries");
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    async fn column<T: sea_orm::TryGetable>(&self, sql: &str) -> Vec<T> {
        let rows = self.infra.db.read().query_all_raw(statement(self.infra.db.read(), sql, [])).await.expect("rows");
        rows.iter().map(|row| row.try_get("", "value").expect("a value")).collect()
    }

    /// Runs a statement behind everybody's back.
    async fn run(&self, sql: &str) {
        let run = self.infra.write(Author::PLATFORM, async |change| {
            change.unaudited("a test");
            change.execute_unprepared(sql).await?;
            Ok::<_, DbError>(())
        });
        run.await.expect(sql);
    }

    /// Waits until it is so, in real time.
    async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let waiting = async {
            while !is_so().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.expect(what);
    }

    async fn told(&self) -> Vec<String> {
        self.column("SELECT kind AS value FROM outbox ORDER BY event_id").await
    }

    /// Everything that the database holds of deliveries and notifications, as text.
    async fn stored(&self) -> String {
        let sql = "SELECT COALESCE(n.sealed_variables, '') || n.variables || COALESCE(d.subject, '') || \
                   COALESCE(d.content, '') || COALESCE(d.html_content, '') AS value \
                   FROM notifications n JOIN deliveries d ON d.notification_id = n.id";
        self.column::<String>(sql).await.concat()
    }
}

fn configuration(directory: &std::path::Path) -> InfraConfig {
    let none = || Secret::new("");
    InfraConfig {
        data_dir: directory.to_owned(),
        namespace: "test".to_owned(),
        database: DatabaseConfig { url: none(), max_connections: 4, acquire_timeout_ms: 5000 },
        redis: RedisConfig { url: none() },
        amqp: AmqpConfig { url: none() },
        mail: MailConfig { from: "ORION <orion@example.com>".to_owned(), smtp_url: none(), timeout_ms: 1000 },
        secrets: SecretsConfig { master_key: none(), internal_secret: none() },
        egress: EgressConfig::default(),
        objects: ObjectsConfig::default(),
        peers: PeersConfig {
            gateway_url: String::new(),
            auth_url: String::new(),
            users_url: String::new(),
            notifications_url: String::new(),
            admin_url: String::new(),
            timeout_ms: 1000,
        },
    }
}

#[tokio::test]
async fn a_new_user_finds_one_welcome_however_often_the_event_comes() {
    let ledger = Ledger::open([]).await;
    let user_id: UserId = ledger.infra.random.id(&ledger.infra.clock);
    let user = UserFacts {
        user_id,
        email: "ada@example.com".parse().expect("an address"),
        display_name: Some("Ada".to_owned()),
        locale: "fr".to_owned(),
        is_verified: false,
        status: UserStatus::PendingVerification,
        roles: vec!["user".to_owned()],
    };
    let event = ledger.event(&UserCreated { user });
    ledger.take(&event).await;
    ledger.take(&event).await;
    let inbox = ledger.notifications.inbox(user_id, None, 10).await.expect("an inbox");
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].subject.as_deref(), Some("Welcome to Acme & Co"), "English where there is no French");
    assert!(inbox[0].content.starts_with("Hello Ada,"), "{}", inbox[0].content);
    assert_eq!(ledger.told().await, ["notification.delivered"]);
}

#[tokio::test]
async fn a_link_is_sent_in_the_persons_language_and_never_stored_in_the_clear() {
    let ledger = Ledger::open([]).await;
    ledger.take(&ledger.verification_requested()).await;
    assert!(!ledger.stored().await.contains("s3cret"), "sealed while it waits");
    let delivery = ledger.work().await;
    let mail = ledger.provider.received.lock().expect("no panic").remove(0);
    assert_eq!((mail.id, mail.to.as_str()), (delivery.id.0, "ada@example.com"));
    assert_eq!(mail.subject, "Willkommen bei Acme & Co: Bestätigen Sie Ihre E-Mail-Adresse");
    let html = mail.html.expect("an HTML part");
    assert!(mail.text.contains(LINK) && html.contains("verify?token&#x3D;s3cret"), "{html}");
    assert!(html.contains("Acme &amp; Co") && mail.text.contains("Acme & Co"));
    assert_eq!((delivery.state, delivery.attempts.len()), (NotificationStatus::Sent, 1));
    assert!(delivery.content.expect("content").contains("••••••••"));
    let stored = ledger.stored().await;
    assert!(
        !stored.contains("s3cret") && !stored.contains("purpose"),
        "masked, and the sealed secret erased: {stored}"
    );
    assert_eq!(ledger.told().await, ["notification.sent"]);
    assert!(ledger.column::<uuid::Uuid>("SELECT id AS value FROM jobs").await.is_empty());
}

#[tokio::test]
async fn a_mail_that_is_not_accepted_is_tried_again_under_the_same_id() {
    let ledger = Ledger::open([Answer::NotNow, Answer::NotNow]).await;
    ledger.take(&ledger.verification_requested()).await;
    let delivery = ledger.work().await;
    let outcomes: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    use DeliveryAttemptStatus::{Failure, Success};
    assert_eq!((delivery.state, outcomes), (NotificationStatus::Sent, vec![Failure, Failure, Success]));
    assert_eq!(delivery.attempts[0].error_message.as_deref(), Some("451 later"));
    let received = ledger.provider.received.lock().expect("no panic");
    assert!(received.iter().all(|mail| mail.id == delivery.id.0 && mail.text.contains(LINK)));
}

#[tokio::test]
async fn after_the_last_attempt_a_delivery_has_failed_with_a_reason() {
    let ledger = Ledger::open([Answer::NotNow, Answer::NotNow, Answer::NotNow]).await;
    ledger.take(&ledger.verification_requested()).await;
    let delivery = ledger.work().await;
    assert_eq!((delivery.state, delivery.attempts.len()), (NotificationStatus::Failed, 3));
    assert_eq!(delivery.error_message.as_deref(), Some("451 later"));
    assert!(!ledger.stored().await.contains("purpose"), "its secret is erased");
    assert_eq!(ledger.told().await, ["notification.failed"]);
}

#[tokio::test]
async fn a_refused_mail_is_not_tried_again() {
    let ledger = Ledger::open([Answer::Refuse]).await;
    ledger.take(&ledger.verification_requested()).await;
    let delivery = ledger.work().await;
    assert_eq!((delivery.state, delivery.attempts.len()), (NotificationStatus::Failed, 1));
    assert_eq!((delivery.channel, delivery.error_code.as_deref()), (Channel::Email, Some("refused")));
}

#[tokio::test]
async fn a_worker_that_dies_during_the_call_loses_nothing() {
    let ledger = Ledger::open([Answer::Silence]).await;
    ledger.take(&ledger.verification_requested()).await;
    let (worker, _) = ledger.start_worker();
    while ledger.provider.received.lock().expect("no panic").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    worker.abort();
    let pending = ledger.delivery().await;
    assert_eq!(pending.attempts[0].status, DeliveryAttemptStatus::Pending, "recorded before the call");
    let delivery = ledger.work().await;
    let outcomes: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.error_code.as_deref()).collect();
    assert_eq!((delivery.state, outcomes), (NotificationStatus::Sent, vec![Some("worker_lost"), None]));
    let received = ledger.provider.received.lock().expect("no panic");
    assert_eq!((received.len(), received[0].id), (2, received[1].id));
}

#[tokio::test]
async fn a_delivery_that_kills_every_worker_is_given_up() {
    let ledger = Ledger::open([Answer::Silence, Answer::Silence, Answer::Silence]).await;
    ledger.take(&ledger.verification_requested()).await;
    for calls in 1..=3 {
        let (worker, _) = ledger.start_worker();
        while ledger.provider.received.lock().expect("no panic").len() < calls {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        worker.abort();
        ledger.clock.advance(Duration::from_secs(200));
    }
    let delivery = ledger.work().await;
    assert_eq!((delivery.state, delivery.attempts.len()), (NotificationStatus::Failed, 3));
    assert_eq!(delivery.error_code.as_deref(), Some("worker_lost"));
}

#[tokio::test]
async fn a_job_for_a_delivery_that_has_ended_sends_nothing() {
    let ledger = Ledger::open([]).await;
    ledger.take(&ledger.verification_requested()).await;
    let delivery = ledger.work().await;
    let again = ledger.infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        change.enqueue(Deliver { delivery_id: delivery.id });
        Ok::<_, DbError>(())
    });
    again.await.expect("enqueued");
    let (worker, stop) = ledger.start_worker();
    let done = async {
        while !ledger.column::<uuid::Uuid>("SELECT id AS value FROM jobs").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), done).await.expect("the job ended");
    stop.cancel();
    worker.await.expect("the worker ended");
    assert_eq!(ledger.provider.received.lock().expect("no panic").len(), 1);
}
