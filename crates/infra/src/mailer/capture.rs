//! The embedded mailer: mails are kept in a table and shown in the console instead of being sent.

use super::{Mail, MailError, MailReceipt, Mailer, Turn};
use crate::db::dialect::statement;
use crate::db::schema::{Schema, string_len, text, text_null, timestamp_with_time_zone, uuid};
use crate::jobs::{RetentionRule, days};
use crate::{Clock, Db, DbError};
use async_trait::async_trait;
use orion_contracts::CapturedMailId;
use orion_contracts::notifications::{CapturedMail, CapturedMailSummary};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

/// Captured mails are kept for a week.
pub const RETENTION: RetentionRule =
    RetentionRule { table: "captured_mails", key: "id", column: "captured_at", keep: days(7), only: None };

/// Keeps mails in the notifications database.
pub struct CaptureMailer {
    db: Db,
    clock: Clock,
    from: String,
}

impl CaptureMailer {
    /// Keeps mails as if sent by `from`.
    pub fn new(db: Db, clock: Clock, from: String) -> Self {
        Self { db, clock, from }
    }

    async fn keep(&self, mail: &Mail) -> Result<(), DbError> {
        let txn = self.db.transaction().await?;
        let insert = statement(
            txn.connection(),
            "INSERT INTO captured_mails (id, sender, recipient, subject, text_body, html_body, captured_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
            [
                mail.id.into(),
                self.from.as_str().into(),
                mail.to.as_str().into(),
                mail.subject.as_str().into(),
                mail.text.as_str().into(),
                mail.html.clone().into(),
                self.clock.now().into(),
            ],
        );
        txn.execute_raw(insert).await?;
        txn.commit().await
    }
}

#[async_trait]
impl Mailer for CaptureMailer {
    async fn send(&self, _: Turn, mail: &Mail) -> Result<MailReceipt, MailError> {
        self.keep(mail).await.map_err(|error| MailError::Transient(error.to_string()))?;
        Ok(MailReceipt { provider: "capture", provider_id: Some(mail.id.to_string()) })
    }

    async fn check(&self) -> Result<(), String> {
        self.db.ping().await.map_err(|error| error.to_string())
    }

    fn provider(&self) -> &'static str {
        "capture"
    }
}

/// Captured mails, newest first, after the given one; to one address, where it is given.
pub async fn list(
    db: &Db,
    to: Option<&str>,
    after: Option<CapturedMailId>,
    limit: u32,
) -> Result<Vec<CapturedMailSummary>, DbError> {
    // None is greater.
    let after = after.map_or(Uuid::max(), |id| id.0);
    let of = if to.is_some() { "AND recipient = $2" } else { "" };
    let sql = format!(
        "SELECT id, sender, recipient, subject, captured_at FROM captured_mails WHERE id < $1 {of} ORDER BY id DESC \
         LIMIT {limit}"
    );
    let values = std::iter::once(after.into()).chain(to.map(Into::into));
    let rows = db.read().query_all_raw(statement(db.read(), &sql, values)).await?;
    rows.iter()
        .map(|row| {
            Ok(CapturedMailSummary {
                id: CapturedMailId(row.try_get("", "id")?),
                from: row.try_get("", "sender")?,
                to: row.try_get("", "recipient")?,
                subject: row.try_get("", "subject")?,
                captured_at: row.try_get("", "captured_at")?,
            })
        })
        .collect()
}

/// One captured mail.
pub async fn find(db: &Db, id: CapturedMailId) -> Result<Option<CapturedMail>, DbError> {
    let select = statement(db.read(), "SELECT * FROM captured_mails WHERE id = $1", [id.0.into()]);
    let Some(row) = db.read().query_one_raw(select).await? else { return Ok(None) };
    Ok(Some(read(&row)?))
}

fn read(row: &QueryResult) -> Result<CapturedMail, DbErr> {
    Ok(CapturedMail {
        id: CapturedMailId(row.try_get("", "id")?),
        from: row.try_get("", "sender")?,
        to: row.try_get("", "recipient")?,
        subject: row.try_get("", "subject")?,
        text: row.try_get("", "text_body")?,
        html: row.try_get("", "html_body")?,
        captured_at: row.try_get("", "captured_at")?,
    })
}

/// Their table; a migration of the notifications service.
pub fn table(schema: &mut Schema) {
    schema.table(
        "captured_mails",
        [
            uuid("id").primary_key(),
            string_len("sender", 320),
            string_len("recipient", 320),
            text("subject"),
            text("text_body"),
            text_null("html_body"),
            timestamp_with_time_zone("captured_at"),
        ],
    );
    schema.index("captured_mails_age", "captured_mails", &["captured_at"]);
    schema.index("captured_mails_recipient", "captured_mails", &["recipient", "id"]);
}
