//! Pictures of people. A file is noted before it is written and belongs to one upload alone, so that whatever becomes of a process,
//! what nobody shows is known, and deleted by a job.

use super::profile::as_oneself;
use super::ranks::{self, Subject};
use super::{Users, audited, picture};
use crate::error::UsersError;
use crate::store;
pub(crate) use crate::store::avatars::{hash_of, short};
use crate::store::users::Model as UserModel;
use bytes::Bytes;
use chrono::Duration;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::UserUpdated;
use orion_contracts::users::User;
use orion_contracts::{Author, Problem, UserId};
use orion_http::{Caller, Permitted};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::places::{Full, Place, Places};
use orion_infra::secrets::sha256_hex;
use orion_infra::versions::SeenVersions;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration as Span;
use tokio::sync::Semaphore;

/// How long a file may wait to be shown, from when it was noted: longer than any request.
const UNSHOWN: Duration = Duration::hours(1);
/// How many are sent at once, each of which stands in the memory.
const SENT_AT_ONCE: usize = 16;
/// How many of them by one person: whoever is slow with many takes no room from others.
const OF_ONE: usize = 1;
/// How many are drawn at once: what takes a core leaves some to others.
const DRAWN_AT_ONCE: usize = 2;
/// How long one waits to be drawn.
const PATIENCE: Span = Span::from_secs(5);
/// How many files are deleted at once.
const SLICE: u64 = 200;

/// The room that pictures have in a process.
pub(crate) struct Room {
    sent: Places,
    drawn: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self { sent: Places::new(SENT_AT_ONCE, OF_ONE), drawn: Arc::new(Semaphore::new(DRAWN_AT_ONCE)) }
    }
}

/// Somebody who sends a picture, until it is kept.
pub(crate) struct Sending {
    _place: Place,
    /// What it may have of bytes.
    pub(crate) most: usize,
}

/// The job that deletes what nobody shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DropAvatars {}

impl Users {
    /// Lets somebody send a picture of themselves, one at a time. What the change would refuse is refused before anything is sent, drawn or
    /// written, and asked again by the change.
    pub(crate) async fn admit_own_avatar(&self, caller: &Caller, seen: &SeenVersions) -> Result<Sending, UsersError> {
        let sending = self.admit_sender(caller)?;
        seen.check(self.person(caller.user_id()).await?.version)?;
        Ok(sending)
    }

    /// The same of a user whom the caller is not below.
    pub(crate) async fn admit_avatar(
        &self,
        caller: &Caller,
        id: UserId,
        seen: &SeenVersions,
    ) -> Result<Sending, UsersError> {
        let sending = self.admit_sender(caller)?;
        let person = self.person(id).await?;
        if id != caller.user_id() && self.standing(id, caller.user_id()).await?.is_above {
            return Err(UsersError::UserAboveCaller);
        }
        seen.check(person.version)?;
        Ok(sending)
    }

    fn admit_sender(&self, caller: &Caller) -> Result<Sending, UsersError> {
        let place = self.avatars.sent.take(caller.user_id()).map_err(|full| match full {
            Full::All => busy(),
            Full::OfOne => Problem::rate_limited().detail("You are sending another picture.").retry_after(2).into(),
        })?;
        Ok(Sending { _place: place, most: self.config.get().avatar_max_kib as usize * 1024 })
    }

    /// A user who is no service account: these have no pictures.
    async fn person(&self, id: UserId) -> Result<UserModel, UsersError> {
        let found = store::users::find(self.infra.db.read(), id).await?;
        found.filter(|user| !user.is_service_account).ok_or(UsersError::UserNotFound)
    }

    /// Makes this the caller's picture.
    pub(crate) async fn put_own_avatar(
        &self,
        caller: &Permitted,
        seen: &SeenVersions,
        sent: Bytes,
    ) -> Result<User, UsersError> {
        let name = self.keep(sent).await?;
        self.change_own_avatar(caller, seen, Some(&name), "Changed their picture").await
    }

    /// The same of a user whom the caller is not below.
    pub(crate) async fn put_avatar(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
        sent: Bytes,
    ) -> Result<User, UsersError> {
        let name = self.keep(sent).await?;
        self.change_avatar(caller, id, seen, Some(&name), "Changed the picture of a user").await
    }

    /// Takes the caller's picture away.
    pub(crate) async fn remove_own_avatar(&self, caller: &Permitted, seen: &SeenVersions) -> Result<User, UsersError> {
        self.change_own_avatar(caller, seen, None, "Removed their picture").await
    }

    /// The same of a user whom the caller is not below.
    pub(crate) async fn remove_avatar(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
    ) -> Result<User, UsersError> {
        self.change_avatar(caller, id, seen, None, "Removed the picture of a user").await
    }

    async fn change_own_avatar(
        &self,
        caller: &Permitted,
        seen: &SeenVersions,
        name: Option<&str>,
        description: &'static str,
    ) -> Result<User, UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let before = ranks::lock_own(change, caller).await?;
                show(change, before, seen, name, description).await.map(as_oneself)
            })
            .await
    }

    async fn change_avatar(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
        name: Option<&str>,
        description: &'static str,
    ) -> Result<User, UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let Subject { user: before, .. } = ranks::lock_person(change, caller, id).await?;
                show(change, before, seen, name, description).await
            })
            .await
    }

    /// The name of somebody's picture.
    pub(crate) async fn avatar(&self, id: UserId) -> Result<String, UsersError> {
        self.person(id).await?.avatar.ok_or(UsersError::NoAvatar)
    }

    /// The picture of this name.
    pub(crate) async fn picture(&self, name: &str) -> Result<Bytes, UsersError> {
        self.infra.objects.get(name).await.map_err(Problem::from)?.ok_or(UsersError::NoAvatar)
    }

    /// Draws what was sent, notes it and writes it; its name. Shown by nobody yet.
    async fn keep(&self, sent: Bytes) -> Result<String, UsersError> {
        let turn = tokio::time::timeout(PATIENCE, self.avatars.drawn.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        // It has its turn until it is drawn, also when whoever sent it has gone.
        let drawing = tokio::task::spawn_blocking(move || {
            let drawn = picture::drawn(&sent);
            drop(turn);
            drawn
        });
        let drawn = drawing.await.map_err(|error| {
            tracing::error!(%error, "a picture made its decoder panic");
            UsersError::from(Problem::validation().detail("This picture cannot be read."))
        })??;
        let hash = sha256_hex(&drawn);
        let name = self
            .infra
            .write(Author::PLATFORM, async |change| {
                change.unaudited("a place for a file; what is shown is audited");
                let id: UserId = change.id();
                let name = format!("avatars/{hash}-{id}.jpg");
                let (now, row) = (change.now(), name.clone());
                let row = store::avatars::Model { name: row, created_at: now, doomed_at: Some(now + UNSHOWN) };
                store::avatars::insert(change, row).await?;
                Ok::<_, UsersError>(name)
            })
            .await?;
        self.infra.objects.put(&name, drawn.into()).await.map_err(Problem::from)?;
        Ok(name)
    }

    /// Deletes the files that nobody shows; how many.
    pub(crate) async fn drop_avatars(&self, is_stopped: impl Fn() -> bool) -> Result<u64, UsersError> {
        let mut dropped = 0;
        loop {
            let now = self.infra.believed_now().await?;
            let names = store::avatars::doomed(self.infra.db.read_aside(), now, SLICE).await?;
            if names.is_empty() || is_stopped() {
                return Ok(dropped);
            }
            let (mut gone, mut failure) = (Vec::new(), None);
            for name in names {
                if is_stopped() {
                    break;
                }
                match self.infra.objects.delete(&name).await {
                    Ok(()) => gone.push(name),
                    Err(error) => failure = Some(Problem::from(error)),
                }
            }
            self.infra
                .write(Author::PLATFORM, async |change| {
                    change.unaudited("files that nobody shows; that they were taken away is audited");
                    store::avatars::delete(change, &gone).await
                })
                .await?;
            dropped += gone.len() as u64;
            // One that cannot be deleted does not keep the others of its slice; the job is tried again.
            if let Some(failure) = failure {
                return Err(failure.into());
            }
        }
    }
}

/// Shows another picture of a user who is locked, or none.
async fn show(
    change: &mut Change,
    before: UserModel,
    seen: &SeenVersions,
    name: Option<&str>,
    description: &'static str,
) -> Result<User, UsersError> {
    seen.check(before.version)?;
    let now = change.now();
    if before.avatar.as_deref().map(hash_of) == name.map(hash_of) {
        // It looks as before; what was sent takes the place of a file that may have been lost.
        change.unaudited("it is what is shown already");
        let Some(name) = name else { return Ok(store::users::complete(change, before, now).await?) };
        if !store::avatars::keep(change, name, now).await? {
            return Err(busy());
        }
        forget(change, before.avatar.as_deref()).await?;
        let after = UserModel { avatar: Some(name.to_owned()), ..before };
        store::users::update(change, &after).await?;
        return Ok(store::users::complete(change, after, now).await?);
    }
    if let Some(name) = name
        && !store::avatars::keep(change, name, now).await?
    {
        return Err(busy());
    }
    forget(change, before.avatar.as_deref()).await?;
    let after =
        UserModel { avatar: name.map(str::to_owned), version: before.version + 1, updated_at: now, ..before.clone() };
    store::users::update(change, &after).await?;
    let old = store::users::complete(change, before, now).await?;
    let user = after.with_roles(old.roles.clone())?;
    let record = AuditRecord::new(AuditAction::Update, "user", description);
    change.audit(record.on(user.id).values(Some(audited(&old)?), Some(audited(&user)?)));
    change.tell(user.id.0, user.version, UserUpdated { user: (&user).into() });
    Ok(user)
}

/// Has a file deleted that is shown no more.
pub(super) async fn forget(change: &mut Change, name: Option<&str>) -> Result<(), UsersError> {
    if let Some(name) = name {
        store::avatars::doom(change, name, change.now()).await?;
        change.enqueue(DropAvatars {});
    }
    Ok(())
}

fn busy() -> UsersError {
    Problem::unavailable().detail("Too many pictures are sent at this moment.").retry_after(2).into()
}
