//! What can go wrong in the admin service, as problems.

use crate::store::one_time_links::Purpose;
use orion_contracts::{FieldCode, Problem};

/// Why the admin service does not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    /// The one-time link is not the newest of its kind, was used, or is too old.
    #[error("the one-time link is not valid")]
    LinkInvalid(Purpose),
    /// Somebody uses the one-time link at this moment; the seconds say when their turn is over at the latest.
    #[error("the one-time link is in use for {0} s")]
    LinkInUse(u64),
    /// The link has made an account of another address already, and broke off before it was used up.
    #[error("the one-time link has begun with another address")]
    SetupBegun,
    /// There is no console session, or it has ended.
    #[error("no console session")]
    NoSession,
    /// The session acts as somebody else by now than the page says.
    #[error("the session acts as somebody else")]
    ActsAsAnother,
    /// The session acts for another organisation by now than the page says.
    #[error("the session acts for another organisation")]
    ActsForAnother,
    /// The session acts as somebody else, and this is for its owner alone.
    #[error("not while acting as somebody else")]
    NotAsAnother,
    /// The account may not use the console.
    #[error("the account may not use the console")]
    ConsoleForbidden,
    /// The request carries no proof that it comes from the console's own page.
    #[error("{0}")]
    CrossSite(&'static str),
    /// There is no such key, or it is read at the start only.
    #[error("no such setting")]
    NoSuchSetting,
    /// All places for live sockets are taken.
    #[error("all live sockets are in use")]
    TooManySockets,
    /// All places for searches through the event log are taken, or their turn does not come.
    #[error("too many searches through the event log")]
    TooManySearches,
    /// So many searches of one person go on, which is all that they may have at once.
    #[error("{0} searches of one person go on")]
    TooManyOfOne(usize),
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::LinkInvalid(Purpose::Setup) => {
                Problem::setup_link_invalid().detail(
                    "It was used, is older than a day, or a newer one was printed since. Start ORION again \
                         (`orion up`) and open the link that it prints then; when it prints none, there is an \
                         administrator: sign in.",
                )
            }
            AdminError::LinkInUse(seconds) => {
                Problem::link_in_use()
                    .detail("Try again in a moment, unless the link has been used by then.")
                    .retry_after(seconds)
            }
            AdminError::SetupBegun => {
                Problem::setup_begun()
                    .detail(
                        "An earlier try broke off when the account was made already. Enter that address to finish; \
                         name and password may be other ones.",
                    )
                    .field("email", FieldCode::Invalid, "is not the address that the earlier try was made with")
            }
            AdminError::NoSession => {
                Problem::no_console_session()
                    .detail("There is no session of the console, or it has ended.")
            }
            AdminError::ActsAsAnother => {
                Problem::acts_as_another()
                    .detail("The session has begun or stopped to act as another user. X-ORION-As says as whom a page calls.")
            }
            AdminError::ActsForAnother => {
                Problem::acts_for_another()
                    .detail("Another organisation was chosen, or none. X-ORION-For says for which one a page calls.")
            }
            AdminError::NotAsAnother => {
                Problem::permission_denied().detail("Nobody does this while acting as somebody else.")
            }
            AdminError::LinkInvalid(Purpose::Reset) => {
                Problem::reset_link_invalid()
                    .detail("It was used, is too old, or a newer one was made. Make another: stop ORION, then orion admin reset EMAIL")
            }
            AdminError::ConsoleForbidden => {
                Problem::console_forbidden().detail(
                    "The console is for those who run ORION. An administrator can give you a role that opens it, \
                         such as moderator.",
                )
            }
            AdminError::NoSuchSetting => Problem::not_found().detail(
                "There is no key of this name that can be changed while ORION runs. GET /api/v1/settings lists those \
                 that can; all others are read at the start (docs/configuration.md).",
            ),
            AdminError::CrossSite(reason) => Problem::csrf().detail(reason),
            AdminError::TooManySockets => {
                Problem::unavailable().detail("Too many consoles are watching; see admin.max_sockets.").retry_after(5)
            }
            AdminError::TooManySearches => {
                Problem::unavailable().detail("Too many search through the event log at this moment.").retry_after(1)
            }
            AdminError::TooManyOfOne(many) => {
                let detail = format!("{many} of your searches go through the event log, which is all you may have at once.");
                Problem::rate_limited().detail(detail).retry_after(1)
            }
        }
    }
}
