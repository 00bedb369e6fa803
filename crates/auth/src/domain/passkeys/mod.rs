//! Passkeys: keys that people's authenticators hold for them (WebAuthn). One whose authenticator verifies who uses it signs in
//! alone; every one is a second factor.

mod enrol;
mod relying_party;

pub(super) use enrol::Made;
pub(super) use relying_party::{Said, allowed, defect, read_assertion, text_of};

use super::Auth;
use super::security_events::{FactorKind, SecurityEvent};
use crate::error::AuthError;
use crate::store::{accounts, passkeys};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{Passkey, PasskeyList};
use orion_contracts::{PasskeyId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;

impl Auth {
    /// The passkeys of a person.
    pub(crate) async fn passkeys_of(&self, user_id: UserId) -> Result<PasskeyList, AuthError> {
        let found = passkeys::of(self.infra.db.read(), user_id.0).await?;
        Ok(PasskeyList { items: found.into_iter().map(shown).collect() })
    }

    /// Gives a passkey another name.
    pub(crate) async fn rename_passkey(
        &self,
        caller: &Caller,
        id: PasskeyId,
        name: &str,
    ) -> Result<Passkey, AuthError> {
        let user_id = caller.user_id().0;
        self.infra
            .write(caller, async |change| {
                accounts::lock(change, user_id).await?.ok_or(AuthError::UserNotFound)?;
                let found = passkeys::find(change, user_id, id.0).await?;
                let mut passkey = found.ok_or(AuthError::PasskeyNotFound)?;
                name.trim().clone_into(&mut passkey.name);
                passkeys::rename(change, id.0, &passkey.name).await?;
                change.audit(AuditRecord::new(AuditAction::Update, "passkey", "Renamed a passkey").on(id));
                Ok(shown(passkey))
            })
            .await
    }

    /// Takes a passkey away, unless a role demands the second factor that it is, or nothing else signs in.
    pub(crate) async fn remove_passkey(&self, caller: &Caller, id: PasskeyId) -> Result<(), AuthError> {
        let user_id = caller.user_id();
        self.infra
            .write(caller, async |change| {
                let account = accounts::lock(change, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
                self.demand_proven_session(change, caller).await?;
                passkeys::find(change, user_id.0, id.0).await?.ok_or(AuthError::PasskeyNotFound)?;
                passkeys::delete(change, id.0).await?;
                if !self.has_way_in(change, user_id.0).await? {
                    return Err(AuthError::OnlyWayIn);
                }
                self.removed_factor(change, caller, &account, FactorKind::Passkey).await?;
                change.audit(AuditRecord::new(AuditAction::Delete, "passkey", "Took a passkey away").on(id));
                Ok(())
            })
            .await
    }

    /// Writes what an authenticator said with a use of its passkey. What is not as before is told, and locks nobody out: a
    /// counter that went back may be a copy of the key, or a firmware's mistake.
    pub(super) async fn used_passkey(
        &self,
        change: &mut Change,
        mut passkey: passkeys::Model,
        said: &Said,
    ) -> Result<(), AuthError> {
        let owner = Some(passkey.user_id);
        if (said.sign_count > 0 || passkey.sign_count > 0) && said.sign_count <= passkey.sign_count {
            self.note(
                change,
                SecurityEvent::PasskeyCountedBack { before: passkey.sign_count, now: said.sign_count },
                owner,
                None,
            )
            .await?;
        }
        if (said.backup_eligible, said.backup_state) != (passkey.backup_eligible, passkey.backup_state) {
            let (backup_eligible, backed_up) = (said.backup_eligible, said.backup_state);
            self.note(change, SecurityEvent::PasskeyMoved { backup_eligible, backed_up }, owner, None).await?;
        }
        passkey.sign_count = said.sign_count;
        passkey.backup_eligible = said.backup_eligible;
        passkey.backup_state = said.backup_state;
        passkey.last_used_at = Some(change.now());
        Ok(passkeys::used(change, &passkey).await?)
    }
}

/// A passkey as its owner sees it.
fn shown(passkey: passkeys::Model) -> Passkey {
    Passkey {
        id: PasskeyId(passkey.id),
        name: passkey.name,
        aaguid: passkey.aaguid,
        is_backed_up: passkey.backup_state,
        created_at: passkey.created_at,
        last_used_at: passkey.last_used_at,
    }
}
