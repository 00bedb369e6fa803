//! Who is meant, where a command is about somebody: by the address that they sign in by, or by their id. It is the same for every
//! command, and so is what is said where there is nobody.

use super::calls::Calls;
use super::lists::seen;
use super::refusals::{Refused, status_of};
use super::words::{besides, like};
use crate::cli::Failure;
use orion_contracts::page::MAX_LIMIT;
use orion_contracts::user_list::UserQuery;
use orion_contracts::users::User;
use orion_contracts::{Email, Page, UserId};

/// Whoever calls.
pub(super) const OWN: &str = "/api/v1/users/me";
/// How much of an address must be right for others like it to be found, in characters.
const BEGINNING: usize = 3;
/// The longest text that the platform searches for, in characters; an address may be longer.
const LONGEST_SEARCH: usize = 200;

/// Who is meant.
#[derive(Clone)]
pub(crate) enum Who {
    /// By id.
    Id(UserId),
    /// By address, which must be theirs to the letter.
    Email(Email),
    /// Whoever calls.
    Me,
}

impl std::str::FromStr for Who {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == "me" {
            return Ok(Self::Me);
        }
        let id = text.trim().parse().map(Self::Id).ok();
        let who = id.or_else(|| text.parse().map(Self::Email).ok());
        who.ok_or("must be a user's id, or an e-mail address such as ada@example.com; `me` is oneself")
    }
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Email(email) => email.as_str().fmt(f),
            Self::Me => f.write_str("me"),
        }
    }
}

impl Who {
    /// Their id. Who is named by it is not looked up: not everybody who may see a session may see users.
    pub(super) async fn id(&self, calls: &mut Calls) -> Result<UserId, Failure> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Email(_) | Self::Me => Ok(self.user(calls).await?.id),
        }
    }

    /// The user. Others may have an address, or a name, that begins with the address of this one.
    pub(super) async fn user(&self, calls: &mut Calls) -> Result<User, Failure> {
        let email = match self {
            Self::Id(id) => {
                return calls.get(&format!("/api/v1/users/{id}")).await.map_err(|failure| self.told(failure));
            }
            Self::Me => return calls.get(OWN).await,
            Self::Email(email) => email,
        };
        // Who one is oneself is known to everybody, also to who may not search for users.
        if let Some(own) = seen::<User>(calls, OWN).await?.filter(|own| own.email == *email) {
            return Ok(own);
        }
        let search = email.as_str().chars().take(LONGEST_SEARCH).collect();
        let mut query = UserQuery { search: Some(search), limit: Some(MAX_LIMIT), ..UserQuery::default() };
        loop {
            let page = page(calls, &query).await.map_err(unseen)?;
            if let Some(user) = page.items.into_iter().find(|user| user.email == *email) {
                return Ok(user);
            }
            let Some(next) = page.next_cursor else {
                let near = near(calls, email).await?;
                return Err(self.is_nobody(&near).into());
            };
            query.cursor = Some(next);
        }
    }

    /// Says it of the user, where what is not there is the user.
    pub(super) fn told(&self, failure: Failure) -> Failure {
        let is_nobody = matches!(failure.downcast_ref(), Some(Refused::Problem(problem)) if problem.is_no_such_user());
        if is_nobody { self.is_nobody("").into() } else { failure }
    }

    fn is_nobody(&self, near: &str) -> String {
        let said = format!("there is no such user as {self}, or none that you may see{near}");
        besides(&said, "`orion user list --search TEXT` finds users")
    }
}

/// An address that may have been meant: of those that begin as this one does, as far as a page goes.
async fn near(calls: &mut Calls, email: &Email) -> Result<String, Failure> {
    let search: String = email.as_str().chars().take_while(|letter| *letter != '@').take(BEGINNING).collect();
    let query = UserQuery { search: Some(search), limit: Some(MAX_LIMIT), ..UserQuery::default() };
    let known = page(calls, &query).await?.items.into_iter().map(|user| user.email.to_string()).collect();
    Ok(like(email.as_str(), &known))
}

/// Whose things a command is about: one's own, or those of a user who is named, which an administrator sees and changes.
pub(super) struct Account<'a> {
    who: Option<&'a Who>,
    /// Where they are.
    pub(super) path: String,
}

impl<'a> Account<'a> {
    /// One's own things are at `own`; a user's at `part` below them.
    pub(super) async fn of(calls: &mut Calls, who: Option<&'a Who>, own: &str, part: &str) -> Result<Self, Failure> {
        // Who names themselves needs no more than who names nobody.
        let others = who.filter(|who| !matches!(who, Who::Me));
        let id = id_of(calls, others).await?;
        let path = id.map_or_else(|| own.to_owned(), |id| format!("/api/v1/auth/admin/users/{id}/{part}"));
        Ok(Self { who, path })
    }

    /// The command that lists them.
    pub(super) fn list(&self, noun: &str) -> String {
        self.who.map_or_else(|| format!("orion {noun} list"), |who| format!("orion {noun} list --user {who}"))
    }

    /// What a command has come to, said of whoever was named.
    pub(super) fn told<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        outcome.map_err(|failure| match self.who {
            Some(who) => who.told(failure),
            None => failure,
        })
    }
}

/// The id of whoever is named, if anybody is.
pub(super) async fn id_of(calls: &mut Calls, who: Option<&Who>) -> Result<Option<UserId>, Failure> {
    match who {
        Some(who) => who.id(calls).await.map(Some),
        None => Ok(None),
    }
}

/// Users.
pub(super) async fn page(calls: &mut Calls, query: &UserQuery) -> Result<Page<User>, Failure> {
    calls.get(&format!("/api/v1/users?{}", serde_urlencoded::to_string(query)?)).await
}

/// Says what to do, where somebody may not search for users.
fn unseen(failure: Failure) -> Failure {
    match status_of(&failure) {
        Some(403) => format!("{failure} It is what finds users by their address: name the id instead.").into(),
        _ => failure,
    }
}
