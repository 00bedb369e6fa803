//! What settings of notifications do.

use super::effects::{Scene, fresh};
use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{PASSWORD, TestPlatform, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

effects! {
    at Refusing::start;
    a_mail_that_is_refused_is_given_up_sooner: "notifications.delivery_attempts" = 1, is_given_up: false => true;
}

/// A platform whose mail server takes no mail.
struct Refusing {
    orion: TestPlatform,
    _server: SmtpServer,
}

impl Scene for Refusing {
    fn orion(&self) -> &TestPlatform {
        &self.orion
    }
}

impl Refusing {
    async fn start() -> Self {
        let server = SmtpServer::start().await;
        server.refuse_with(Some("451 later"));
        let orion = TestPlatform::builder().set("mail.smtp_url", server.url()).start().await;
        // Mails that will be tried again, or were given up.
        orion.leave_undelivered();
        Self { orion, _server: server }
    }
}

/// Whether a mail is given up that was refused once.
async fn is_given_up(at: &Refusing) -> Value {
    let email = fresh(&at.orion);
    let order = json!({ "email": email, "password": PASSWORD });
    at.orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    let db = at.orion.infra(ServiceName::Notifications).db.read();
    let tried = "SELECT d.state FROM deliveries d JOIN delivery_attempts a ON a.delivery_id = d.id \
                 WHERE d.recipient = $1 AND a.completed_at IS NOT NULL";
    let state = eventually("a try to send the mail", || async {
        let row = db.query_one_raw(statement(db, tried, [email.as_str().into()])).await.unwrap()?;
        Some(row.try_get::<String>("", "state").unwrap())
    })
    .await;
    json!(state == "failed")
}
