//! To whose account something is done: to one's own, or by an administrator to that of somebody who stands not above them.

use super::Auth;
use crate::error::AuthError;
use orion_contracts::UserId;
use orion_contracts::internal::{FindStanding, Nothing};
use orion_http::{Caller, Permitted};

/// A person to whose account the caller may do something. The verbs that are for owners and administrators alike take nothing else, and
/// it is made here alone: so none of them forgets to ask who stands above whom.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    caller: &'a Caller,
    user_id: UserId,
}

impl<'a> Subject<'a> {
    /// The callers themselves.
    pub(crate) fn own(caller: &'a Caller) -> Self {
        Self { caller, user_id: caller.user_id() }
    }

    /// Who does it.
    pub(super) fn caller(self) -> &'a Caller {
        self.caller
    }

    /// To whom.
    pub(super) fn user_id(self) -> UserId {
        self.user_id
    }

    /// Whether they do it to themselves.
    pub(super) fn is_own(self) -> bool {
        self.caller.user_id() == self.user_id
    }
}

impl Auth {
    /// The user to whom an administrator does something, if they may.
    pub(crate) async fn subject<'a>(&self, caller: &'a Permitted, user_id: UserId) -> Result<Subject<'a>, AuthError> {
        self.refuse_above(caller, user_id).await?;
        Ok(Subject { caller, user_id })
    }

    /// Refuses to act on somebody who holds a role above the caller's own, or above that of who acts as the caller. The users service
    /// knows it, and by the same rule lets nobody change somebody above; while it does not answer, nobody is acted on. An account whose user
    /// it does not know stands above nobody, and can be acted on.
    pub(super) async fn refuse_above(&self, caller: &Caller, subject: UserId) -> Result<(), AuthError> {
        let own = Some(caller.user_id()).filter(|own| *own != subject);
        let really = caller.claims.act.as_ref().map(|really| really.sub);
        for actor in own.into_iter().chain(really) {
            let standing = self.infra.peers.call(&FindStanding { subject, actor }, &Nothing {}).await?;
            if standing.is_above {
                return Err(AuthError::UserAboveCaller);
            }
        }
        Ok(())
    }
}
