//! Who is not written to any more, in whatever order that is heard.

use super::*;
use orion_contracts::auth::Severity;
use orion_contracts::events::{
    InvitationRequested, InvitationWithdrawn, SecurityNoted, UserDeleted, UserStatusChanged, Warned,
};

impl Ledger {
    fn user(&self) -> UserId {
        self.infra.random.id(&self.infra.clock)
    }

    fn facts(user_id: UserId, status: UserStatus) -> UserFacts {
        UserFacts {
            user_id,
            email: "ada@example.com".parse().expect("an address"),
            display_name: None,
            locale: "en".to_owned(),
            is_verified: true,
            status,
            roles: Vec::new(),
        }
    }

    /// Tells of a user at a version of theirs.
    async fn tell(&self, user: UserId, version: i64, told: &impl EventPayload) {
        let (clock, random) = (&self.infra.clock, &self.infra.random);
        let event = Event::of(random.id(clock), ServiceName::Users, (user.0, version), clock.now(), told);
        self.take(&event.expect("an event")).await;
    }

    async fn becomes(&self, user: UserId, version: i64, status: UserStatus) {
        self.tell(user, version, &UserStatusChanged { user: Self::facts(user, status) }).await;
    }

    fn link(&self, user: UserId) -> Sealed {
        Sealed(self.infra.secrets.seal(Scope::InMessages, "verification-link", &user.to_string(), LINK.as_bytes()))
    }

    async fn asks_for_a_link(&self, user_id: UserId) {
        let requested = VerificationRequested {
            user_id,
            email: "ada@example.com".parse().expect("an address"),
            display_name: None,
            locale: "en".to_owned(),
            link: self.link(user_id),
            expires_at: self.infra.clock.now() + TimeDelta::days(1),
        };
        self.tell(user_id, 1, &requested).await;
    }

    async fn is_invited(&self, user_id: UserId, version: i64) {
        let requested = InvitationRequested {
            user_id,
            email: "ada@example.com".parse().expect("an address"),
            display_name: None,
            locale: "en".to_owned(),
            link: self.link(user_id),
            expires_at: self.infra.clock.now() + TimeDelta::days(1),
            invited_by: None,
            organisation: None,
        };
        self.tell(user_id, version, &requested).await;
    }

    /// Where all deliveries stand, the oldest first.
    async fn states(&self) -> Vec<String> {
        self.column("SELECT state AS value FROM deliveries ORDER BY id").await
    }

    /// Works until no job is left.
    async fn work_off(&self) {
        let (worker, stop) = self.start_worker();
        self.until("no job is left", async || {
            self.column::<uuid::Uuid>("SELECT id AS value FROM jobs").await.is_empty()
        })
        .await;
        stop.cancel();
        worker.await.expect("the worker ended");
    }
}

#[tokio::test]
async fn what_waits_for_somebody_who_is_deleted_or_suspended_is_cancelled_and_says_why() {
    for (status, code) in [
        (UserStatus::Deleted, "recipient_deleted"),
        (UserStatus::Suspended, "recipient_suspended"),
        (UserStatus::Inactive, "recipient_inactive"),
    ] {
        let ledger = Ledger::open([]).await;
        let ada = ledger.user();
        ledger.asks_for_a_link(ada).await;
        assert_eq!(ledger.states().await, ["queued"]);
        ledger.becomes(ada, 2, status).await;
        let delivery = ledger.delivery().await;
        assert_eq!((delivery.state, delivery.error_code.as_deref()), (NotificationStatus::Cancelled, Some(code)));
        assert!(delivery.error_message.is_some() && delivery.next_attempt_at.is_none());
        assert_eq!(ledger.column::<String>("SELECT status AS value FROM notifications").await, ["cancelled"]);
        assert!(!ledger.stored().await.contains("purpose"), "its secret is erased");
        // What comes later is refused, and somebody else's is not.
        ledger.asks_for_a_link(ada).await;
        ledger.asks_for_a_link(ledger.user()).await;
        assert_eq!(ledger.states().await, ["cancelled", "queued"]);
        ledger.work_off().await;
        assert_eq!(ledger.provider.received(), 1);
    }
}

#[tokio::test]
async fn who_was_restored_is_written_to_again_whatever_is_heard_late() {
    let ledger = Ledger::open([]).await;
    let ada = ledger.user();
    ledger.becomes(ada, 3, UserStatus::Active).await;
    ledger.becomes(ada, 2, UserStatus::Deleted).await;
    ledger.asks_for_a_link(ada).await;
    assert_eq!(ledger.states().await, ["queued"]);
    ledger.tell(ada, 4, &UserDeleted { user: Ledger::facts(ada, UserStatus::Deleted) }).await;
    assert_eq!(ledger.states().await, ["cancelled"]);
    // They were told of when they were created, before this was heard: there is no inbox any more.
    ledger.tell(ada, 1, &UserCreated { user: Ledger::facts(ada, UserStatus::Active) }).await;
    assert!(ledger.notifications.inbox(ada, None, 10).await.expect("an inbox").is_empty());
}

#[tokio::test]
async fn of_the_security_of_their_account_everybody_is_told() {
    let ledger = Ledger::open([]).await;
    let ada = ledger.user();
    let noted = SecurityNoted {
        impersonation: None,
        user_id: Some(ada),
        kind: "password.changed".to_owned(),
        severity: Severity::High,
        session_id: None,
        device: None,
        reset_page: None,
        warned: Some(Warned {
            email: "ada@example.com".parse().expect("an address"),
            display_name: None,
            locale: "en".to_owned(),
        }),
    };
    ledger.tell(ada, 1, &noted).await;
    ledger.becomes(ada, 2, UserStatus::Deleted).await;
    ledger.tell(ada, 3, &noted).await;
    assert_eq!(ledger.states().await, ["queued", "queued"]);
    ledger.work_off().await;
    assert_eq!(ledger.provider.received(), 2);
}

#[tokio::test]
async fn what_was_being_sent_is_not_tried_again() {
    let ledger = Ledger::open([Answer::Late(Box::new(Answer::NotNow))]).await;
    let ada = ledger.user();
    ledger.asks_for_a_link(ada).await;
    let (worker, stop) = ledger.start_worker();
    ledger.until("the mail is with the provider", async || ledger.provider.received() == 1).await;
    ledger.becomes(ada, 2, UserStatus::Deleted).await;
    assert_eq!(ledger.states().await, ["processing"]);
    ledger.provider.answers_now.notify_one();
    ledger
        .until("it is cancelled", async || {
            ledger.clock.advance(Duration::from_secs(5));
            ledger.states().await == ["cancelled"]
        })
        .await;
    stop.cancel();
    worker.await.expect("the worker ended");
    assert_eq!(ledger.provider.received(), 1);
}

#[tokio::test]
async fn an_invitation_that_was_withdrawn_is_not_mailed_and_a_newer_one_is() {
    let ledger = Ledger::open([]).await;
    let ada = ledger.user();
    ledger.is_invited(ada, 1).await;
    ledger.tell(ada, 2, &InvitationWithdrawn { user_id: ada }).await;
    let delivery = ledger.delivery().await;
    let reason = delivery.error_code.as_deref();
    assert_eq!((delivery.state, reason), (NotificationStatus::Cancelled, Some("invitation_withdrawn")));
    // Invited anew, and withdrawn before that is heard.
    ledger.tell(ada, 4, &InvitationWithdrawn { user_id: ada }).await;
    ledger.is_invited(ada, 3).await;
    assert_eq!(ledger.states().await, ["cancelled"]);
    // And anew; the withdrawal of the one before is heard late.
    ledger.is_invited(ada, 7).await;
    ledger.tell(ada, 6, &InvitationWithdrawn { user_id: ada }).await;
    assert_eq!(ledger.states().await, ["cancelled", "queued"]);
    ledger.work_off().await;
    assert_eq!(ledger.provider.received(), 1);
}
