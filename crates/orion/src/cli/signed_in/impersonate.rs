//! `orion user impersonate`: acting as another user. What was signed in stays beside it, and is what `--stop` goes back to.

use super::At;
use super::calls::{ANOTHER, Calls};
use super::keep::{Acting, Held, Kept};
use super::prompt;
use super::refusals::Refused;
use super::requests::{ask, client};
use super::who::Who;
use crate::cli::{Failure, Output, output};
use clap::Args;
use orion_contracts::auth::{BeginImpersonation, Impersonation};
use orion_contracts::users::User;
use serde_json::{Value, json};
use std::process::ExitCode;

const BEGIN: &str = "/api/v1/auth/impersonations";
const CURRENT: &str = "/api/v1/auth/impersonations/current";

/// As whom, and why; or that it is over.
#[derive(Args)]
pub(crate) struct Order {
    /// The user's e-mail address or id.
    #[arg(value_name = "EMAIL|ID", required_unless_present = "stop")]
    user: Option<Who>,
    /// Why; they are mailed it, and it stands in the audit log.
    #[arg(long, required_unless_present = "stop")]
    reason: Option<String>,
    /// Stop, and go on as yourself.
    #[arg(long, conflicts_with_all = ["user", "reason"])]
    stop: bool,
    #[command(flatten)]
    at: At,
}

impl Order {
    pub(super) fn at(&self) -> &At {
        &self.at
    }
}

pub(super) async fn run(order: &Order, output: Output) -> Result<ExitCode, Failure> {
    match (&order.user, &order.reason) {
        (Some(who), Some(reason)) => begin(who, reason, &order.at, output).await?,
        _ => stop(output).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn begin(who: &Who, reason: &str, at: &At, output: Output) -> Result<(), Failure> {
    let mut calls = Calls::open_in_person(at).await?;
    if !calls.is_kept() {
        let words = "the commands that follow act by a sign-in that is kept: unset ORION_TOKEN and ORION_API_KEY, and begin with \
                     `orion login`";
        return Err(words.into());
    }
    let order = BeginImpersonation { user_id: who.id(&mut calls).await?, reason: reason.to_owned() };
    let given: Impersonation = calls.post(BEGIN, &order).await.map_err(|failure| who.told(failure))?;
    let mut acts = calls.as_somebody(given.access_token.clone());
    let kept = match acts.get::<User>("/api/v1/users/me").await {
        Ok(user) => keep(&calls, &given, user.email.to_string()),
        Err(failure) => Err(failure),
    };
    let (kept, whom) = match kept {
        Ok(kept) => kept,
        Err(failure) => {
            // Nobody would have its token.
            let _ = acts.delete(CURRENT).await;
            return Err(failure);
        }
    };
    let until = given.expires_at.format(output::TIME);
    let text = format!(
        "You act as {whom} until {until}. The commands that follow are done as them, by {}; `orion user impersonate --stop` ends it.",
        kept.email
    );
    let told = json!({
        "user_id": given.user_id, "email": whom, "session_id": given.session_id, "expires_at": given.expires_at,
        "by": kept.email,
    });
    output::value(output, &text, &told)
}

/// Puts it beside the sign-in out of which it was begun, unless another one has taken the place of that.
fn keep(calls: &Calls, given: &Impersonation, email: String) -> Result<(Kept, String), Failure> {
    let mut held = Held::open()?;
    let kept = held.read()?.filter(|kept| calls.is_ours(kept)).ok_or(ANOTHER)?;
    let acting = Acting {
        user_id: given.user_id,
        email: email.clone(),
        access_token: given.access_token.clone(),
        until: given.expires_at,
    };
    let kept = Kept { acting: Some(acting), ..kept };
    held.write(Some(&kept))?;
    Ok((kept, email))
}

async fn stop(output: Output) -> Result<(), Failure> {
    let mut held = Held::open()?;
    let acting = held.read()?.and_then(|mut kept| Some((kept.acting.take()?, kept)));
    let Some((acting, own)) = acting else {
        return output::value(output, "You act as nobody else.", &json!({ "stopped": false }));
    };
    let request = client()?.delete(format!("{}{CURRENT}", own.url)).bearer_auth(acting.access_token.expose());
    match ask::<Value>(request, &own.url).await {
        Ok(_) => {}
        // It was over already.
        Err(Refused::Problem(problem)) if matches!(problem.status, 401 | 404) => {}
        Err(refused) => {
            let until = acting.until.format(output::TIME);
            prompt::say(&format!(
                "{refused}\nIts token is forgotten here; at the platform it is over by itself at {until}."
            ));
        }
    }
    held.write(Some(&own))?;
    let text = format!("You do not act as {} any more, and are {} again.", acting.email, own.email);
    let told = json!({ "stopped": true, "user_id": acting.user_id, "email": own.email });
    output::value(output, &text, &told)
}
