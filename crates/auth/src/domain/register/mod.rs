//! Registration. It is answered once it is written down as a job: up to there every call does the same work, whether or
//! not the address is taken, and what follows happens after the answer. Who owns the address learns the rest by mail.
//!
//! A call by somebody whom nobody knows changes nothing of an account that is there already, not even of one that was
//! never verified: it only brings its owner a mail. Whose account it is, and what its password is, is decided by who
//! opens a link from the mailbox (`verify_email.rs`).

mod carry_out;
mod invite;
mod limits;
mod pace;

pub(super) use pace::Pace;

use super::Auth;
use super::password::{Beside, Person};
use crate::error::AuthError;
use orion_contracts::auth::{RegisterRequest, RegisterResponse};
use orion_contracts::{Author, Email, UserId};
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the waiting registrations are sealed for.
const PURPOSE: &str = "registration";

/// The job that carries out a registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CarryOutRegistration {
    /// Of the user to be made, unless the address has one: each try orders the same.
    user_id: UserId,
    /// A [`Registration`] in JSON, sealed under the user's id.
    sealed: String,
}

/// What was asked for, and by whom.
#[derive(Serialize, Deserialize)]
struct Registration {
    email: Email,
    display_name: Option<String>,
    locale: Option<String>,
    password_hash: String,
    ip_address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    traceparent: Option<String>,
}

impl Auth {
    /// Takes a registration.
    pub(crate) async fn register(
        &self,
        request: &RegisterRequest,
        key: &IdempotencyKey,
    ) -> Result<RegisterResponse, AuthError> {
        let person = Person { email: request.email.as_str(), display_name: request.display_name.as_deref() };
        self.check_password(&request.password, person, Beside::Nothing).map_err(AuthError::RefusedPassword)?;
        // Keys of callers whom nobody knows are kept apart by address: a key that is easy to guess is in nobody's way.
        let mac = self.registration_mac(&request.email);
        let key = &key.within(&mac);
        if let Some(answer) = self.infra.answered(Author::ANONYMOUS, key).await? {
            return Ok(answer);
        }
        // Whoever would not be heard now has used nothing up.
        self.hashing.check_room_to_register()?;
        let counted = self.admit_registration(&request.email, &mac).await?;
        let is_new = AtomicBool::new(false);
        let taken = self.take(request, key, &is_new).await;
        if taken.is_err() || !is_new.into_inner() {
            self.give_back_counted(&counted).await;
        }
        taken
    }

    /// Takes a registration that was counted; `is_new` says afterwards whether no other call with the key was before it.
    async fn take(
        &self,
        request: &RegisterRequest,
        key: &IdempotencyKey,
        is_new: &AtomicBool,
    ) -> Result<RegisterResponse, AuthError> {
        self.check_leaked(&request.password).await.map_err(AuthError::RefusedPassword)?;
        self.registering.keep(&self.infra.clock).await;
        let password_hash = self.hashing.hash_to_register(&request.password).await?;
        let job = self.ordered(request, password_hash)?;
        let written = self
            .infra
            .write_once(Author::ANONYMOUS, key, async |change| {
                change.unaudited("the job that is ordered audits what comes of it");
                change.enqueue(job.clone());
                is_new.store(true, Ordering::Relaxed);
                Ok(RegisterResponse { status: "verification_sent".to_owned() })
            })
            .await;
        match written {
            // Another call with this key was answered meanwhile: this one is answered the same.
            Err(AuthError::Problem(problem)) if problem.status == 409 => {
                is_new.store(false, Ordering::Relaxed);
                self.infra.answered(Author::ANONYMOUS, key).await?.ok_or(AuthError::Problem(problem))
            }
            written => written,
        }
    }

    /// The job that carries it out.
    fn ordered(&self, request: &RegisterRequest, password_hash: String) -> Result<CarryOutRegistration, AuthError> {
        let told = RequestContext::current();
        let registration = Registration {
            email: request.email.clone(),
            display_name: request.display_name.clone(),
            locale: request.locale.clone(),
            password_hash,
            ip_address: told.ip_address.clone(),
            user_agent: told.user_agent.clone(),
            request_id: told.request_id.clone(),
            traceparent: told.traceparent.clone(),
        };
        let plain = serde_json::to_vec(&registration)
            .map_err(|error| AuthError::Defect(format!("a registration cannot be written as JSON: {error}")))?;
        let user_id: UserId = self.infra.random.id(&self.infra.clock);
        let sealed = self.infra.secrets.seal(Scope::AtRest, PURPOSE, &user_id.to_string(), &plain);
        Ok(CarryOutRegistration { user_id, sealed })
    }
}
