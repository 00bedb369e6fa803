//! What can go wrong in the admin service, as problems.

use orion_contracts::Problem;

/// Why the admin service does not do it.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The one-time link is not the current one, or was used.
    #[error("the one-time link is not valid")]
    SetupLinkInvalid,
    /// The link for a new password is not the newest, was used, or is too old.
    #[error("the link for a new password is not valid")]
    ResetLinkInvalid,
    /// There is no console session, or it has ended.
    #[error("no console session")]
    NoSession,
    /// The account may not use the console.
    #[error("the account may not use the console")]
    ConsoleForbidden,
    /// The request carries no proof that it comes from the console's own page.
    #[error("{0}")]
    CrossSite(&'static str),
    /// All places for live sockets are taken.
    #[error("all live sockets are in use")]
    TooManySockets,
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::SetupLinkInvalid => {
                Problem::new(403, "urn:orion:problem:setup-link-invalid", "The one-time link is not valid")
                    .detail("It was used, or a newer one was printed when the platform started again.")
            }
            AdminError::ResetLinkInvalid => {
                Problem::new(403, "urn:orion:problem:reset-link-invalid", "The link is not valid")
                    .detail("It was used, is too old, or a newer one was made. Make another: orion admin reset")
            }
            AdminError::NoSession => Problem::unauthenticated().detail("Sign in to the console."),
            AdminError::ConsoleForbidden => {
                Problem::permission_denied().detail("This account may not use the console: it needs console.use.")
            }
            AdminError::CrossSite(reason) => Problem::csrf().detail(reason),
            AdminError::TooManySockets => {
                Problem::unavailable().detail("Too many consoles are watching; see admin.max_sockets.").retry_after(5)
            }
        }
    }
}
