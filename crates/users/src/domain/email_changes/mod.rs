//! Another address for somebody. It is asked for by themselves, or by an administrator for them, and takes the place of the one of
//! now once the mails to both were answered, in whichever order. The answer, and all that is shown while it waits, are the same
//! whether or not somebody has the new address: then no link goes there, and its owner gets a notice.

mod answer;

use super::Users;
use super::ranks::{self, Subject};
use crate::error::UsersError;
use crate::store;
use crate::store::email_changes::Model;
use crate::store::users::Model as UserModel;
use chrono::{DateTime, Duration, TimeDelta, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::email_changes::{EmailChange, EmailChangeState, EmailChangeStatus, RequestEmailChange};
use orion_contracts::events::{EmailChangeAsked, Sealed, UserFacts};
use orion_contracts::users::UserStatus;
use orion_contracts::{Email, FieldCode, Secret, UserId};
use orion_http::Permitted;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::secrets::{Scope, token_hash};
use serde_json::json;

/// What the tokens are sealed for, between users and auth.
const PURPOSE: &str = "email-change";
/// How many changes may be asked for of one user within [`WINDOW`].
const OF_ONE_USER: u64 = 5;
/// How many may be asked for to one address within it, whoever asks.
const TO_ONE_ADDRESS: u64 = 10;
const WINDOW: TimeDelta = TimeDelta::hours(1);

impl Users {
    /// The caller's address, and its change that waits.
    pub(crate) async fn own_email_change(&self, id: UserId) -> Result<EmailChangeState, UsersError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let user = store::users::find(db, id).await?.ok_or(UsersError::UserNotFound)?;
        let pending = store::email_changes::pending(db, id, now).await?;
        Ok(shown(user.email, pending))
    }

    /// The same of a user whom the caller may see.
    pub(crate) async fn email_change_as(&self, caller: &Permitted, id: UserId) -> Result<EmailChangeState, UsersError> {
        self.find_as(caller, id).await?;
        self.own_email_change(id).await
    }

    /// Asks for another address of one's own.
    pub(crate) async fn request_own_email_change(
        &self,
        caller: &Permitted,
        key: &IdempotencyKey,
        request: &RequestEmailChange,
    ) -> Result<EmailChangeState, UsersError> {
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let user = ranks::lock_own(change, caller).await?;
                self.request(change, user, caller.user_id(), request).await
            })
            .await
    }

    /// Asks for another address of a user whom the caller is not below. They confirm it themselves.
    pub(crate) async fn request_email_change(
        &self,
        caller: &Permitted,
        id: UserId,
        key: &IdempotencyKey,
        request: &RequestEmailChange,
    ) -> Result<EmailChangeState, UsersError> {
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let Subject { user, .. } = ranks::lock_person(change, caller, id).await?;
                self.request(change, user, caller.user_id(), request).await
            })
            .await
    }

    /// Withdraws the change of one's own address that waits. Withdrawn again, nothing changes.
    pub(crate) async fn withdraw_own_email_change(&self, caller: &Permitted) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                ranks::lock_own(change, caller).await?;
                withdraw(change, caller.user_id()).await
            })
            .await
    }

    /// The same of a user whom the caller is not below.
    pub(crate) async fn withdraw_email_change(&self, caller: &Permitted, id: UserId) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                ranks::lock_person(change, caller, id).await?;
                withdraw(change, id).await
            })
            .await
    }

    /// Ends what waits of a user, whoever asked for it.
    pub(crate) async fn void_email_change(&self, change: &Change, id: UserId) -> Result<(), UsersError> {
        if store::users::lock(change, id).await?.is_some() {
            store::email_changes::end_of(change, id, EmailChangeStatus::Void, change.now()).await?;
        }
        Ok(())
    }

    /// Writes down what is asked for of a user who is locked; only the newest counts.
    async fn request(
        &self,
        change: &mut Change,
        user: UserModel,
        by: UserId,
        request: &RequestEmailChange,
    ) -> Result<EmailChangeState, UsersError> {
        let (id, now, email) = (UserId(user.id), change.now(), &request.email);
        if user.status()? != UserStatus::Active || user.email_verified_at.is_none() {
            return Err(UsersError::NoEmailChange);
        }
        if user.email == email.as_str() {
            return Err(UsersError::invalid("email", FieldCode::Invalid, "is the address of now"));
        }
        refuse_too_many(
            store::email_changes::asked_of(change, id, now - WINDOW, OF_ONE_USER).await?,
            OF_ONE_USER,
            now,
        )?;
        let to_address = store::email_changes::asked_for(change, email, now - WINDOW, TO_ONE_ADDRESS).await?;
        refuse_too_many(to_address, TO_ONE_ADDRESS, now)?;
        // Done where nobody has it too: all of it costs the same.
        let holder = store::users::find_by_email(change, email).await?;
        let barred_by = match holder {
            Some(holder) if !gives_way(change, &holder).await? => Some(holder),
            _ => None,
        };
        store::email_changes::end_of(change, id, EmailChangeStatus::Replaced, now).await?;
        let tokens = [(); 2].map(|()| Secret::new(self.infra.random.token()));
        let [current_token, new_token] = &tokens;
        let row = Model {
            id: change.id(),
            user_id: id.0,
            current_email: user.email.clone(),
            new_email: email.to_string(),
            current_token_hash: token_hash(current_token.expose()),
            new_token_hash: token_hash(new_token.expose()),
            current_confirmed_at: None,
            new_confirmed_at: None,
            requested_by: by.0,
            created_at: now,
            expires_at: now + Duration::hours(i64::from(self.config.get().email_change_hours)),
            ended_at: None,
            outcome: None,
        };
        store::email_changes::insert(change, &row).await?;
        let user = store::users::complete(change, user, now).await?;
        let sealed = |token: &Secret| {
            Sealed(self.infra.secrets.seal(Scope::InMessages, PURPOSE, &id.to_string(), token.expose().as_bytes()))
        };
        let told = EmailChangeAsked {
            user: UserFacts::from(&user),
            new_email: email.clone(),
            current_token: sealed(current_token),
            new_token: sealed(new_token),
            expires_at: row.expires_at,
            barred_by: match barred_by {
                Some(holder) => Some(UserFacts::from(&holder.with_roles(Vec::new())?)),
                None => None,
            },
        };
        change.tell(id.0, user.version, told);
        let record = AuditRecord::new(AuditAction::Update, "user", "Asked for another e-mail address");
        let (old, new) = (json!({ "email": user.email }), json!({ "email": email }));
        change.audit(record.on(id).values(Some(old), Some(new)));
        Ok(shown(user.email.to_string(), Some(row)))
    }
}

async fn withdraw(change: &mut Change, id: UserId) -> Result<(), UsersError> {
    let Some(row) = store::email_changes::pending(change, id, change.now()).await? else {
        change.unaudited("nothing waited");
        return Ok(());
    };
    let row = row.ended(EmailChangeStatus::Withdrawn, change.now());
    let record = AuditRecord::new(AuditAction::Update, "user", "Withdrew the change of the e-mail address");
    change.audit(record.on(id).values(None, Some(json!({ "email": row.new_email }))));
    Ok(store::email_changes::update(change, row).await?)
}

/// Whether somebody leaves their address to who has proven that it is theirs: they never verified it, and nobody invited them.
async fn gives_way(change: &Change, holder: &UserModel) -> Result<bool, UsersError> {
    let is_pending = holder.status()? == UserStatus::PendingVerification;
    Ok(is_pending && store::invitations::find(change, UserId(holder.id)).await?.is_none())
}

/// Refuses one more where there are as many already as may be, and says when the oldest counts no more.
fn refuse_too_many(asked: Vec<DateTime<Utc>>, most: u64, now: DateTime<Utc>) -> Result<(), UsersError> {
    match asked.first() {
        Some(oldest) if asked.len() as u64 >= most => {
            let wait = (*oldest + WINDOW - now).num_seconds().clamp(1, WINDOW.num_seconds());
            Err(UsersError::AskedTooOften(wait.unsigned_abs()))
        }
        _ => Ok(()),
    }
}

fn shown(email: String, pending: Option<Model>) -> EmailChangeState {
    EmailChangeState {
        email: Email::stored(email),
        pending: pending.map(|row| EmailChange {
            email: Email::stored(row.new_email),
            requested_by: UserId(row.requested_by),
            requested_at: row.created_at,
            expires_at: row.expires_at,
            is_confirmed_at_current: row.current_confirmed_at.is_some(),
            is_confirmed_at_new: row.new_confirmed_at.is_some(),
        }),
    }
}
