//! `orion user email`: an address, and its change, which is confirmed at the old one and the new one.

use super::At;
use super::calls::Calls;
use super::who::{self, Who};
use crate::cli::{Failure, Output, output};
use clap::Args;
use orion_contracts::Email;
use orion_contracts::email_changes::{EmailChange, EmailChangeState, RequestEmailChange};

/// Whose address, and what to do with it.
#[derive(Args)]
pub(crate) struct Asked {
    /// Whose, by e-mail address or id; your own when nobody is named.
    #[arg(long, value_name = "EMAIL|ID")]
    user: Option<Who>,
    /// Ask for this address: mails go to it and to the one of now, and it changes once both are confirmed.
    #[arg(long, value_name = "EMAIL")]
    to: Option<Email>,
    /// Withdraw the change that waits: the links that were mailed lead nowhere.
    #[arg(long, conflicts_with = "to")]
    withdraw: bool,
    #[command(flatten)]
    pub(super) at: At,
}

pub(super) async fn run(calls: &mut Calls, asked: &Asked, output: Output) -> Result<(), Failure> {
    let who = asked.user.as_ref();
    let told = |failure: Failure| match who {
        Some(who) => who.told(failure),
        None => failure,
    };
    let whose = who::id_of(calls, who).await?.map_or_else(|| "me".to_owned(), |id| id.to_string());
    let path = format!("/api/v1/users/{whose}/email-change");
    if asked.withdraw {
        calls.delete(&path).await.map_err(told)?;
    }
    let state: EmailChangeState = match &asked.to {
        Some(email) => calls.post(&path, &RequestEmailChange { email: email.clone() }).await.map_err(told)?,
        None => calls.get(&path).await.map_err(told)?,
    };
    output::value(output, &text(&state), &state)
}

fn text(state: &EmailChangeState) -> String {
    let email = state.email.as_str();
    match &state.pending {
        None => format!("{email}. No other address waits to be confirmed."),
        Some(EmailChange { email: new, expires_at, is_confirmed_at_current, is_confirmed_at_new, .. }) => {
            let said = |is_confirmed: &bool| if *is_confirmed { "confirmed" } else { "waits for the link in its mail" };
            format!(
                "{email} changes to {new} once both are confirmed, until {}.\n{:<15}{}\n{:<15}{}",
                expires_at.format(output::TIME),
                "Address of now",
                said(is_confirmed_at_current),
                "New address",
                said(is_confirmed_at_new),
                new = new.as_str(),
            )
        }
    }
}
