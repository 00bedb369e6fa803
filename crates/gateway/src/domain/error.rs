//! What can go wrong when the gateway's document is changed, as problems.

use orion_contracts::{FieldCode, Problem};

/// Why the gateway does not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    /// Nothing of this name is kept or stands in the file.
    #[error("no such route")]
    NoSuchRoute,
    /// A route of this name is kept already.
    #[error("a route has this name")]
    NameTaken,
    /// It stands in the file, at this place of the list.
    #[error("the route stands in the file")]
    InFile(usize),
    /// What is kept of it cannot be read by this version.
    #[error("the route cannot be read: {0}")]
    Unread(String),
    /// There was no such version, or it is not kept any more.
    #[error("no such version")]
    NoSuchVersion,
}

impl From<GatewayError> for Problem {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::NoSuchRoute => {
                Self::not_found().detail("There is no route of this name. GET /api/v1/routes lists all.")
            }
            GatewayError::NameTaken => Self::conflict()
                .detail("There is a route of this name. PUT /api/v1/routes/{name} replaces it.")
                .field("name", FieldCode::Taken, "is that of another route"),
            GatewayError::InFile(at) => Self::conflict().detail(format!(
                "This route stands in the file of the gateway's process (gateway.routes[{at}]), and is changed there; the \
                 process applies the file when it is saved."
            )),
            GatewayError::Unread(why) => Self::conflict().detail(format!(
                "What is kept of this route cannot be read by this version of ORION: {why}. Replace or remove it."
            )),
            GatewayError::NoSuchVersion => Self::not_found().detail(
                "There is no such version, or it is not kept any more: those of the last 90 days are, and the last 200.",
            ),
        }
    }
}
