//! Where an answer sends who reads it: parts of the services' sentences that name a place of the API, or a switch. Clients that have words of
//! their own for the same put those there. They stand here, so that nobody words one of them anew and leaves the others behind.

/// Where permissions are listed.
pub const PERMISSIONS: &str = "GET /api/v1/permissions lists them";
/// Where the roles are listed that are held inside organisations.
pub const ROLES_INSIDE: &str = "GET /api/v1/roles lists them, with the scopes org and team";
/// Where an organisation gets another owner.
pub const TRANSFER: &str = "Hand it over at /api/v1/organisations/{id}/transfer";
/// Where roles inside organisations are given and taken.
pub const MEMBERS: &str = "It is given and taken at /api/v1/organisations/{id}/members";
/// Where somebody proves once more who they are.
pub const STEP_UP: &str = "Begin a step-up at POST /api/v1/auth/flows";
/// That what is held inside an organisation counts for who acts for it alone.
pub const NOT_ACTING: &str = "or you do not act for it at the moment";

/// How somebody who was deleted is brought back.
pub const RESTORE: &str = "by the status active";

/// All of them.
pub const ALL: [&str; 7] = [PERMISSIONS, ROLES_INSIDE, TRANSFER, MEMBERS, STEP_UP, NOT_ACTING, RESTORE];
