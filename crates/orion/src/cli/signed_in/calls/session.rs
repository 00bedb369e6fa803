//! How a sign-in goes on: its tokens are renewed, proven anew, and made to act for an organisation. What is kept of it is written over by
//! calls of the same sign-in alone.

use super::super::keep::{Held, Kept};
use super::super::refusals::Refused;
use super::super::requests::ask;
use super::super::token::claims;
use super::super::{login, prompt};
use super::{ANOTHER, Calls, NOBODY};
use crate::cli::Failure;
use crate::config::TOKEN_VARIABLE;
use orion_contracts::auth::{ActFor, ActingFor, BeginFlowRequest, FlowPurpose, RefreshRequest, TokenResponse};
use orion_contracts::{OrganisationId, Secret};

impl Calls {
    /// Acts for an organisation from now on, or for none.
    pub(in crate::cli) async fn act_for(&mut self, organisation_id: Option<OrganisationId>) -> Result<(), Failure> {
        let path = "/api/v1/auth/sessions/current/organisation";
        let acting: ActingFor = self.set(path, &ActFor { organisation_id }).await?;
        let mut held = Held::open()?;
        // Of somebody who has signed in meanwhile the sign-in stays as it is.
        if let Some(kept) = held.read()?.filter(|kept| self.is_kept && self.is_ours(kept)) {
            held.write(Some(&kept.for_organisation(&acting)))?;
        }
        self.token = acting.access_token;
        Ok(())
    }

    /// Looks whether the platform still takes the token, where it is one that `orion login` keeps.
    pub(in crate::cli) async fn check(&mut self) -> Result<(), Failure> {
        match self.is_kept || self.acting.is_some() {
            true => self.get::<serde_json::Value>("/api/v1/auth/me").await.map(drop),
            false => Ok(()),
        }
    }

    /// Another token in the place of one that is not taken, unless the sign-in is over.
    pub(super) async fn renew(&mut self) -> Result<(), Failure> {
        if let Some((whom, _)) = &self.acting {
            return Err(not_any_more(whom));
        }
        if !self.is_kept {
            let variable = self.variable.unwrap_or(TOKEN_VARIABLE);
            let words = format!(
                "{} does not take what {variable} holds, or not any more: set it to another one, or unset it and begin with `orion login`",
                self.url
            );
            return Err(words.into());
        }
        let mut held = Held::open()?;
        let kept = held.read()?.ok_or(NOBODY)?;
        if !self.is_ours(&kept) {
            return Err(ANOTHER.into());
        }
        let is_refreshed = kept.access_token.expose() != self.token.expose();
        let kept = if is_refreshed { kept } else { refreshed(&self.client, &mut held, kept).await? };
        self.token = kept.access_token;
        Ok(())
    }

    /// Whether what is kept is still the session that these calls are made in. Its tokens may be newer ones.
    pub(in crate::cli) fn is_ours(&self, kept: &Kept) -> bool {
        let is_same = kept.access_token.expose() == self.token.expose();
        kept.url == self.url
            && (is_same || session_of(&kept.access_token).is_some_and(|sid| session_of(&self.token) == Some(sid)))
    }

    /// Proves once more who they are, where somebody can be asked.
    pub(super) async fn step_up(&mut self) -> Result<(), Failure> {
        if !self.is_kept {
            return Err("this needs a sign-in of the last five minutes; set ORION_TOKEN to a token of one".into());
        }
        if !prompt::is_possible() {
            let words = "this needs a sign-in of the last five minutes; sign in again with `orion login` (password and codes \
                         may come line by line by a pipe), and run the command again";
            return Err(words.into());
        }
        prompt::say("This needs a sign-in of the last five minutes.");
        let begin = BeginFlowRequest { purpose: FlowPurpose::StepUp, device_token: None };
        let request = self.client.post(format!("{}/api/v1/auth/flows", self.url)).bearer_auth(self.token.expose());
        let flow = ask(request.json(&begin), &self.url).await?;
        let tokens = login::go_on(&self.client, &self.url, flow).await?;
        let mut held = Held::open()?;
        // Somebody may have signed in, or out, while the questions were answered: their sign-in stays as it is.
        if let Some(kept) = held.read()?.filter(|kept| self.is_ours(kept)) {
            held.write(Some(&kept.renewed(&tokens)))?;
        }
        self.token = tokens.access_token.clone();
        Ok(())
    }
}

/// What is said where somebody acted as somebody else, and that is over.
pub(super) fn not_any_more(whom: &str) -> Failure {
    format!("you do not act as {whom} any more; go on as yourself by `orion user impersonate --stop`").into()
}

/// The session that an access token names.
fn session_of(token: &Secret) -> Option<String> {
    Some(claims(token.expose())?.get("sid")?.as_str()?.to_owned())
}

pub(super) async fn refreshed(client: &reqwest::Client, held: &mut Held, kept: Kept) -> Result<Kept, Failure> {
    let order = RefreshRequest { refresh_token: kept.refresh_token.clone() };
    let request = client.post(format!("{}/api/v1/auth/refresh", kept.url)).json(&order);
    match ask::<TokenResponse>(request, &kept.url).await {
        Ok(tokens) => {
            let kept = kept.renewed(&tokens);
            held.write(Some(&kept))?;
            Ok(kept)
        }
        Err(Refused::Problem(problem)) if problem.status == 401 => {
            Err(format!("the sign-in of {} at {} is over; sign in again with `orion login`", kept.email, kept.url)
                .into())
        }
        Err(refused) => Err(refused.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn token(sid: &str, jti: u8) -> Secret {
        let claims = serde_json::json!({ "sid": sid, "jti": jti }).to_string();
        Secret::new(format!("e30.{}.s", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn tokens_are_written_over_those_of_their_own_session_alone() {
        let url = "http://127.0.0.1:3000";
        let kept = |url: &str, access_token: Secret| Kept {
            url: url.to_owned(),
            email: "ada@example.com".to_owned(),
            access_token,
            refresh_token: Secret::new("r"),
            stale_at: 0,
            device_token: None,
            acting: None,
        };
        let calls = |token| Calls {
            client: reqwest::Client::new(),
            url: url.to_owned(),
            token,
            is_kept: true,
            variable: None,
            acting: None,
        };
        let ours = calls(token("one", 1));
        assert!(ours.is_ours(&kept(url, token("one", 1))));
        assert!(ours.is_ours(&kept(url, token("one", 2))), "another command has refreshed it");
        assert!(!ours.is_ours(&kept(url, token("two", 1))), "somebody signed in anew");
        assert!(!ours.is_ours(&kept("http://127.0.0.1:4000", token("one", 1))), "elsewhere");
        // What cannot be read is nobody's but the same.
        let unread = calls(Secret::new("a"));
        assert!(unread.is_ours(&kept(url, Secret::new("a"))) && !unread.is_ours(&kept(url, Secret::new("b"))));
    }
}
