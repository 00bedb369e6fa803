//! What the readers of the two mails say to a change of an address, and the change itself.

use super::gives_way;
use crate::domain::unverified::remove_from;
use crate::domain::{Users, audited};
use crate::error::UsersError;
use crate::store;
use crate::store::email_changes::Model;
use crate::store::users::Model as UserModel;
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::email_changes::{AnswerEmailChange, EmailChangeFound, EmailChangeStatus, EmailSide};
use orion_contracts::events::UserEmailChanged;
use orion_contracts::users::{User, UserStatus};
use orion_contracts::{Author, Email, FieldCode, Secret, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;
use serde_json::json;

impl Users {
    /// What a link is good for. Changes nothing: mail programs open links by themselves.
    pub(crate) async fn email_change_of(&self, token: &Secret) -> Result<EmailChangeFound, UsersError> {
        let (db, hash) = (self.infra.db.read(), token_hash(token.expose()));
        let row = store::email_changes::find(db, &hash).await?.ok_or_else(refused)?;
        let user = store::users::find(db, UserId(row.user_id)).await?.ok_or_else(refused)?;
        refuse_dead(&row, &user, self.infra.clock.now())?;
        found(&row, &hash)
    }

    /// Confirms or refuses a change by the token of a link. The same answer again, within its life, finds it done.
    pub(crate) async fn answer_email_change(&self, order: &AnswerEmailChange) -> Result<EmailChangeFound, UsersError> {
        match self.try_answer(order).await {
            // Somebody took the address at this moment; the second look finds them.
            Err(UsersError::Db(error)) if error.is_unique_violation() => self.try_answer(order).await,
            outcome => outcome,
        }
    }

    async fn try_answer(&self, order: &AnswerEmailChange) -> Result<EmailChangeFound, UsersError> {
        let hash = token_hash(order.token.expose());
        // What is none costs no change.
        store::email_changes::find(self.infra.db.read(), &hash).await?.ok_or_else(refused)?;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let row = store::email_changes::find(change, &hash).await?.ok_or_else(refused)?;
                let user = store::users::lock(change, UserId(row.user_id)).await?.ok_or_else(refused)?;
                // Read again: whoever held the user's row may have ended it meanwhile.
                let row = store::email_changes::find(change, &hash).await?.ok_or_else(refused)?;
                refuse_dead(&row, &user, change.now())?;
                let side = row.side_of(&hash);
                if order.refuse && side == EmailSide::New {
                    return Err(UsersError::invalid(
                        "refuse",
                        FieldCode::Invalid,
                        "is for the address of now to say; without this link's confirmation nothing changes",
                    ));
                }
                let is_confirmed = match side {
                    EmailSide::Current => row.current_confirmed_at.is_some(),
                    EmailSide::New => row.new_confirmed_at.is_some(),
                };
                let is_done = row.status()? != EmailChangeStatus::Pending || (is_confirmed && !order.refuse);
                if is_done {
                    // What has ended is answered by what it came to, whatever is said of it now.
                    change.unaudited("it was answered before");
                    return found(&row, &hash);
                }
                change.made_by(Author::user(UserId(user.id), None));
                let row = match order.refuse {
                    true => refuse(change, row).await?,
                    false => confirm(change, row, side, user).await?,
                };
                found(&row, &hash)
            })
            .await
    }
}

async fn refuse(change: &mut Change, row: Model) -> Result<Model, UsersError> {
    let row = row.ended(EmailChangeStatus::Refused, change.now());
    store::email_changes::update(change, row.clone()).await?;
    let record =
        AuditRecord::new(AuditAction::Update, "user", "Refused another e-mail address by the mail to the old one");
    change.audit(record.on(UserId(row.user_id)).values(None, Some(json!({ "email": row.new_email }))));
    Ok(row)
}

/// Confirms a change at one of the addresses, and makes it once the other one has confirmed it too.
async fn confirm(change: &mut Change, row: Model, side: EmailSide, user: UserModel) -> Result<Model, UsersError> {
    let (now, id) = (change.now(), UserId(user.id));
    let (row, description) = match side {
        EmailSide::Current => (
            Model { current_confirmed_at: Some(now), ..row },
            "Confirmed another e-mail address by the mail to the old one",
        ),
        EmailSide::New => {
            (Model { new_confirmed_at: Some(now), ..row }, "Confirmed another e-mail address by the mail to it")
        }
    };
    change.audit(
        AuditRecord::new(AuditAction::Update, "user", description)
            .on(id)
            .values(None, Some(json!({ "email": row.new_email }))),
    );
    if row.current_confirmed_at.is_none() || row.new_confirmed_at.is_none() {
        store::email_changes::update(change, row.clone()).await?;
        return Ok(row);
    }
    let email = Email::stored(row.new_email.clone());
    if let Some(holder) = store::users::lock_by_email(change, &email).await? {
        if !gives_way(change, &holder).await? {
            let row = row.ended(EmailChangeStatus::Barred, now);
            store::email_changes::update(change, row.clone()).await?;
            return Ok(row);
        }
        let description = "Removed a user who never verified the address that somebody else has";
        remove_from(change, holder, description).await?;
    }
    let row = row.ended(EmailChangeStatus::Changed, now);
    store::email_changes::update(change, row.clone()).await?;
    move_address(change, user, email).await?;
    Ok(row)
}

/// Gives a user who is locked the address, which is free.
async fn move_address(change: &mut Change, before: UserModel, email: Email) -> Result<User, UsersError> {
    let now = change.now();
    let after = UserModel {
        email: email.to_string(),
        email_verified_at: Some(now),
        version: before.version + 1,
        updated_at: now,
        ..before.clone()
    };
    store::users::update(change, &after).await?;
    let old = store::users::complete(change, before, now).await?;
    store::email_verifications::void_of(change, old.id, now).await?;
    let user = after.with_roles(old.roles.clone())?;
    let record = AuditRecord::new(AuditAction::Update, "user", "Changed the e-mail address, confirmed at both");
    change.audit(record.on(user.id).values(Some(audited(&old)?), Some(audited(&user)?)));
    change.tell(user.id.0, user.version, UserEmailChanged { user: (&user).into(), previous_email: old.email });
    Ok(user)
}

/// Refuses what is expired, was withdrawn or has given way to another one, and what belongs to somebody who is not active any more.
fn refuse_dead(row: &Model, user: &UserModel, now: DateTime<Utc>) -> Result<(), UsersError> {
    let is_alive = match row.status()? {
        EmailChangeStatus::Pending => user.email == row.current_email && user.status()? == UserStatus::Active,
        EmailChangeStatus::Changed | EmailChangeStatus::Refused | EmailChangeStatus::Barred => true,
        EmailChangeStatus::Withdrawn | EmailChangeStatus::Replaced | EmailChangeStatus::Void => false,
    };
    if is_alive && now < row.expires_at { Ok(()) } else { Err(refused()) }
}

fn refused() -> UsersError {
    UsersError::invalid("token", FieldCode::Invalid, "is unknown, expired or void")
}

fn found(row: &Model, hash: &str) -> Result<EmailChangeFound, UsersError> {
    let side = row.side_of(hash);
    let confirmed_at = match side {
        EmailSide::Current => row.current_confirmed_at,
        EmailSide::New => row.new_confirmed_at,
    };
    Ok(EmailChangeFound {
        side,
        current: Email::stored(row.current_email.clone()),
        new: Email::stored(row.new_email.clone()),
        is_confirmed: confirmed_at.is_some(),
        status: row.status()?,
    })
}
