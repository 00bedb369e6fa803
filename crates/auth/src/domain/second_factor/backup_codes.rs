//! Backup codes: for whoever has lost their app or passkey. They are kept like passwords, for they are short. The first letter of a code,
//! which no other of the person's has, says which hash to look at.

use super::{HOUR, OF_ONE_USER};
use crate::domain::Auth;
use crate::domain::flows::Factor;
use crate::domain::password::StoredHash;
use crate::domain::security_events::SecurityEvent;
use crate::domain::throttle::Moment;
use crate::error::AuthError;
use crate::store::{accounts, backup_codes as store, two_factor};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::BackupCodes;
use orion_contracts::{Password, Secret, SessionId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use uuid::Uuid;

/// How many a person gets.
const CODES: usize = 10;
/// Letters of a code; with 32 letters to choose from that is 50 bits.
const LENGTH: usize = 10;
/// Without those that are mistaken for others.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Codes and their hashes.
pub(in crate::domain) struct MadeCodes(Vec<(String, String)>);

impl MadeCodes {
    /// As the person sees them.
    pub(in crate::domain) fn shown(&self) -> BackupCodes {
        let shown = |code: &str| Secret::new(format!("{}-{}", &code[..LENGTH / 2], &code[LENGTH / 2..]));
        BackupCodes { codes: self.0.iter().map(|(code, _)| shown(code)).collect() }
    }
}

impl Drop for MadeCodes {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|(code, _)| zeroize::Zeroize::zeroize(code));
    }
}

impl Auth {
    /// New codes in place of all older ones.
    pub(crate) async fn renew_backup_codes(&self, caller: &Caller) -> Result<BackupCodes, AuthError> {
        let id = caller.user_id();
        self.demand_proven_session(self.infra.db.read(), caller).await?;
        let codes = self.make_backup_codes(id).await?;
        self.infra
            .write(caller, async |change| {
                accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                self.demand_proven_session(change, caller).await?;
                if self.second_factors(change, id.0).await?.is_empty() {
                    return Err(AuthError::NoSecondFactor);
                }
                self.put_backup_codes(change, id, &codes).await?;
                self.void_proofs(change, id.0, &[Factor::BackupCode], caller.session_id()).await?;
                self.note(change, SecurityEvent::BackupCodesRenewed, Some(id.0), None).await?;
                let description = "Made new backup codes; the old ones are void";
                change.audit(AuditRecord::new(AuditAction::Update, "second_factor", description).on(id));
                Ok(())
            })
            .await?;
        Ok(codes.shown())
    }

    /// Codes that count once they are written. Ten hashes in the line of those who register, for nobody waits for them to
    /// sign in.
    pub(in crate::domain) async fn make_backup_codes(&self, id: UserId) -> Result<MadeCodes, AuthError> {
        self.admit_moment(Moment::BackupCodes(id), HOUR, OF_ONE_USER).await?;
        let mut letters = *LETTERS;
        let mut codes = Vec::with_capacity(CODES);
        for at in 0..CODES {
            let random: [u8; LENGTH] = self.infra.random.bytes();
            // Each first letter is taken once.
            let rest = letters.len() - at;
            letters.swap(at, at + usize::from(random[0]) % rest);
            let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
            let code: String = std::iter::once(char::from(letters[at])).chain(random[1..].iter().map(letter)).collect();
            let hash = self.hashing.hash_to_register(&password(&code)?).await?;
            codes.push((code, hash));
        }
        Ok(MadeCodes(codes))
    }

    /// Puts codes in force with a new factor. Where others were left, those and what was proven by them are void, except for the
    /// session in which this is done.
    pub(in crate::domain) async fn replace_backup_codes(
        &self,
        change: &mut Change,
        (id, session): (UserId, Option<SessionId>),
        codes: &MadeCodes,
    ) -> Result<(), AuthError> {
        if store::count_unused(change, id.0).await? > 0 {
            self.void_proofs(change, id.0, &[Factor::BackupCode], session).await?;
            self.note(change, SecurityEvent::BackupCodesRenewed, Some(id.0), None).await?;
        }
        self.put_backup_codes(change, id, codes).await
    }

    pub(in crate::domain) async fn put_backup_codes(
        &self,
        change: &Change,
        id: UserId,
        codes: &MadeCodes,
    ) -> Result<(), AuthError> {
        let now = change.now();
        let rows = codes.0.iter().map(|(code, hash)| store::Model {
            id: change.id(),
            user_id: id.0,
            hint: code[..1].to_owned(),
            code_hash: hash.clone(),
            used_at: None,
            ip_address: None,
            user_agent: None,
            created_at: now,
        });
        store::replace(change, id.0, rows).await?;
        Ok(two_factor::renewed_codes(change, id.0, now).await?)
    }

    /// The code that this is, when it was not used. Always costs one hash.
    pub(in crate::domain) async fn backup_code_of(
        &self,
        user_id: Uuid,
        code: &Secret,
    ) -> Result<Option<Uuid>, AuthError> {
        let letters = code.expose().chars().filter(char::is_ascii_alphanumeric);
        let plain: String = letters.map(|letter| letter.to_ascii_uppercase()).take(LENGTH + 1).collect();
        let hint = plain.get(..1).unwrap_or("-");
        let found = store::find_unused(self.infra.db.read(), user_id, hint).await?;
        let stored = found.as_ref().and_then(|found| StoredHash::parse(&found.code_hash).ok());
        let measure = stored.clone().unwrap_or_else(|| self.unmatchable.clone());
        let typed = if plain.is_empty() { "-" } else { &plain };
        let matches = self.hashing.verify(&password(typed)?, measure).await?;
        Ok(found.filter(|_| matches && stored.is_some()).map(|found| found.id))
    }

    /// Uses a code up; `false` when somebody was quicker.
    pub(in crate::domain) async fn take_backup_code(
        &self,
        change: &mut Change,
        user_id: Uuid,
        code: Uuid,
    ) -> Result<bool, AuthError> {
        let (now, request) = (change.now(), RequestContext::current());
        if !store::take(change, code, now, request.ip_address.clone(), request.user_agent.clone()).await? {
            return Ok(false);
        }
        two_factor::touch(change, user_id, "backup_code", now).await?;
        self.note(change, SecurityEvent::BackupCodeUsed, Some(user_id), None).await?;
        Ok(true)
    }
}

fn password(code: &str) -> Result<Password, AuthError> {
    code.parse().map_err(|_| AuthError::Defect("a backup code is no text that can be hashed".to_owned()))
}
