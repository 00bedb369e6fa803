//! Calls to a platform: with the tokens that are kept, refreshed when they are stale, and stepped up where a call demands it
//! and a person sits before the terminal.

use super::At;
use super::keep::{Held, Kept};
use super::refusals::Refused;
use super::requests::{ask, away, client, trimmed};
use super::token::claims;
use super::{login, prompt};
use crate::cli::{Failure, output};
use crate::config::{API_KEY_VARIABLE, TOKEN_VARIABLE};
use orion_contracts::auth::{ActFor, ActingFor, BeginFlowRequest, FlowPurpose, RefreshRequest, TokenResponse};
use orion_contracts::{OrganisationId, Problem, Secret};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// And one to a file, which is on its way for a while.
const UPLOAD: Duration = Duration::from_secs(120);
/// And one that is a file.
const DOWNLOAD: Duration = Duration::from_secs(3600);
/// What a sign-in that is too long ago is told (RFC 9470).
const STEP_UP: &str = "insufficient-user-authentication";
/// What a token is told that is not taken: it is too old, or its session has ended elsewhere.
const NOT_TAKEN: &str = "invalid-token";

/// What is said where there is no sign-in.
const NOBODY: &str = "nobody is signed in; begin with `orion login`";

/// What is said where another sign-in has taken the place of the one that a command began with.
pub(super) const ANOTHER: &str =
    "somebody has signed in anew while this command ran; nothing was done as them: run it again";

/// Somebody who is signed in at a platform.
pub(super) struct Calls {
    client: reqwest::Client,
    url: String,
    token: Secret,
    /// Whether the tokens are those that `orion login` keeps.
    is_kept: bool,
    /// As whom whoever is signed in acts, and who that is, by their addresses.
    acting: Option<(String, String)>,
}

/// On which terms something is changed.
#[derive(Default)]
pub(super) struct Terms {
    /// Unless somebody else has changed it since this version.
    pub(super) seen: Option<i64>,
    /// The same call again does not do it again.
    pub(super) key: Option<String>,
}

impl Calls {
    /// As whoever is signed in, or as the owner of `ORION_TOKEN` or `ORION_API_KEY`.
    pub(super) async fn open(at: &At) -> Result<Self, Failure> {
        Self::open_as(at, true).await
    }

    /// The same, and nobody else, whomever they act as.
    pub(super) async fn open_in_person(at: &At) -> Result<Self, Failure> {
        Self::open_as(at, false).await
    }

    #[allow(clippy::disallowed_methods, reason = "a token for programs is in their environment")]
    async fn open_as(at: &At, acts: bool) -> Result<Self, Failure> {
        let client = client()?;
        let named = |name| Some((name, std::env::var(name).ok().filter(|token| !token.trim().is_empty())?));
        let given = [TOKEN_VARIABLE, API_KEY_VARIABLE].into_iter().filter_map(named).collect::<Vec<_>>();
        if given.len() > 1 {
            return Err(
                format!("{TOKEN_VARIABLE} and {API_KEY_VARIABLE} are both set: say by one of them who calls").into()
            );
        }
        if let Some((name, token)) = given.into_iter().next() {
            let missing = || format!("{name} is set: name the platform that gave it with --url");
            let url = at.url.clone().ok_or_else(missing)?;
            let token = Secret::new(token.trim());
            return Ok(Self { client, url: trimmed(&url), token, is_kept: false, acting: None });
        }
        let mut held = Held::open()?;
        let kept = held.read()?.ok_or(NOBODY)?;
        if let Some(url) = at.url.as_deref().map(trimmed).filter(|url| *url != kept.url) {
            return Err(
                format!("you are signed in at {}, not at {url}; use `orion login --url {url}`", kept.url).into()
            );
        }
        if let Some(acting) = kept.acting.clone().filter(|_| acts) {
            // What was meant as somebody else is not done as oneself.
            if acting.is_over() {
                return Err(not_any_more(&acting.email));
            }
            let until = acting.until.format(output::TIME);
            prompt::say(&format!("{} as {}, until {until}:", kept.email, acting.email));
            let (url, token) = (kept.url, acting.access_token);
            return Ok(Self { client, url, token, is_kept: false, acting: Some((acting.email, kept.email)) });
        }
        let kept = if kept.is_stale() { refreshed(&client, &mut held, kept).await? } else { kept };
        Ok(Self { client, url: kept.url, token: kept.access_token, is_kept: true, acting: None })
    }

    /// The same platform, with the token of somebody as whom they act.
    pub(super) fn as_somebody(&self, token: Secret) -> Self {
        Self { client: self.client.clone(), url: self.url.clone(), token, is_kept: false, acting: None }
    }

    /// Whether it is by a sign-in that `orion login` keeps.
    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Who really calls, where they act as somebody else.
    pub(super) fn really(&self) -> Option<&str> {
        self.acting.as_ref().map(|(_, really)| really.as_str())
    }

    /// Where the platform is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The token that calls are made with.
    pub(super) fn token(&self) -> &Secret {
        &self.token
    }

    pub(super) async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.call(Method::GET, path, None::<&()>).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&mut self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&mut self, path: &str) -> Result<(), Failure> {
        self.call::<serde_json::Value>(Method::PUT, path, None::<&()>).await.map(drop)
    }

    /// A PUT that says what something is from now on.
    pub(super) async fn set<T: DeserializeOwned>(&mut self, path: &str, to: &impl Serialize) -> Result<T, Failure> {
        self.call(Method::PUT, path, Some(to)).await
    }

    /// A PUT of a file that is not JSON.
    pub(super) async fn upload<T: DeserializeOwned>(&mut self, path: &str, bytes: Vec<u8>) -> Result<T, Failure> {
        self.repeated(|client, url| {
            let request = client.put(format!("{url}{path}")).header(CONTENT_TYPE, "application/octet-stream");
            request.body(bytes.clone()).timeout(UPLOAD)
        })
        .await
    }

    pub(super) async fn patch(&mut self, path: &str, body: &impl Serialize) -> Result<(), Failure> {
        self.call::<serde_json::Value>(Method::PATCH, path, Some(body)).await.map(drop)
    }

    /// A PATCH that says what has come of it.
    pub(super) async fn change<T: DeserializeOwned>(&mut self, path: &str, by: &impl Serialize) -> Result<T, Failure> {
        self.call(Method::PATCH, path, Some(by)).await
    }

    /// The same, unless somebody else has changed it since this version.
    pub(super) async fn change_seen<T: DeserializeOwned>(
        &mut self,
        path: &str,
        version: i64,
        by: &impl Serialize,
    ) -> Result<T, Failure> {
        let terms = Terms { seen: Some(version), ..Terms::default() };
        self.send(Method::PATCH, path, &terms, Some(by)).await
    }

    /// A DELETE that says what it has done.
    pub(super) async fn end<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.call(Method::DELETE, path, None::<&()>).await
    }

    pub(super) async fn delete(&mut self, path: &str) -> Result<(), Failure> {
        self.call::<serde_json::Value>(Method::DELETE, path, None::<&()>).await.map(drop)
    }

    /// Takes an answer piece by piece, however long it is; how many bytes it had. What breaks off is a failure.
    pub(super) async fn download(
        &mut self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        // Looks at the token first, and renews it: a long answer is not begun twice.
        self.check().await?;
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(self.token.expose());
        let broken = |error: reqwest::Error| Failure::from(away(&self.url, &error));
        let mut answer = request.timeout(DOWNLOAD).send().await.map_err(broken)?;
        if !answer.status().is_success() {
            let status = answer.status();
            return Err(match answer.json::<Problem>().await {
                Ok(problem) => Refused::Problem(Box::new(problem)).into(),
                Err(_) => {
                    format!("{} answered {status}, and not as ORION does; is it ORION's gateway?", self.url).into()
                }
            });
        }
        let mut bytes = 0;
        while let Some(piece) = answer.chunk().await.map_err(broken)? {
            take(&piece)?;
            bytes += piece.len() as u64;
        }
        Ok(bytes)
    }

    async fn call<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        self.send(method, path, &Terms::default(), body).await
    }

    /// A call on terms of its own.
    pub(super) async fn send<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        terms: &Terms,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        self.repeated(|client, url| {
            let request = client.request(method.clone(), format!("{url}{path}"));
            let request = match terms.seen {
                Some(version) => request.header(IF_MATCH, format!("\"{version}\"")),
                None => request,
            };
            let request = match &terms.key {
                Some(key) => request.header("idempotency-key", key),
                None => request,
            };
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        })
        .await
    }

    /// Sends a request as whoever calls, once more where they had to prove who they are, or their token was too old.
    async fn repeated<T: DeserializeOwned>(
        &mut self,
        request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> Result<T, Failure> {
        let (mut was_stepped_up, mut was_renewed) = (false, false);
        loop {
            let request = request(&self.client, &self.url).bearer_auth(self.token.expose());
            match ask(request, &self.url).await {
                Err(Refused::Problem(problem)) if problem.name() == STEP_UP && !was_stepped_up => {
                    self.step_up().await?;
                    was_stepped_up = true;
                }
                Err(Refused::Problem(problem)) if problem.name() == NOT_TAKEN && !was_renewed => {
                    self.renew().await?;
                    was_renewed = true;
                }
                answer => return Ok(answer?),
            }
        }
    }

    /// Acts for an organisation from now on, or for none.
    pub(super) async fn act_for(&mut self, organisation_id: Option<OrganisationId>) -> Result<(), Failure> {
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
    pub(super) async fn check(&mut self) -> Result<(), Failure> {
        match self.is_kept || self.acting.is_some() {
            true => self.get::<serde_json::Value>("/api/v1/auth/me").await.map(drop),
            false => Ok(()),
        }
    }

    /// Another token in the place of one that is not taken, unless the sign-in is over.
    async fn renew(&mut self) -> Result<(), Failure> {
        if let Some((whom, _)) = &self.acting {
            return Err(not_any_more(whom));
        }
        if !self.is_kept {
            return Err(format!("{} does not take the token of {TOKEN_VARIABLE}, or not any more", self.url).into());
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
    pub(super) fn is_ours(&self, kept: &Kept) -> bool {
        let is_same = kept.access_token.expose() == self.token.expose();
        kept.url == self.url
            && (is_same || session_of(&kept.access_token).is_some_and(|sid| session_of(&self.token) == Some(sid)))
    }

    /// Proves once more who they are, where somebody can be asked.
    async fn step_up(&mut self) -> Result<(), Failure> {
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
fn not_any_more(whom: &str) -> Failure {
    format!("you do not act as {whom} any more; go on as yourself by `orion user impersonate --stop`").into()
}

/// The session that an access token names.
fn session_of(token: &Secret) -> Option<String> {
    Some(claims(token.expose())?.get("sid")?.as_str()?.to_owned())
}

async fn refreshed(client: &reqwest::Client, held: &mut Held, kept: Kept) -> Result<Kept, Failure> {
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
        let calls =
            |token| Calls { client: reqwest::Client::new(), url: url.to_owned(), token, is_kept: true, acting: None };
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
