//! Calls to a platform: with the tokens that are kept, refreshed when they are stale, and stepped up where a call demands it
//! and a person sits before the terminal.

mod session;

use super::At;
use super::keep::Held;
use super::prompt;
use super::refusals::Refused;
use super::requests::{ask, away, client, trimmed};
use crate::cli::{Failure, output};
use crate::config::{API_KEY_VARIABLE, TOKEN_VARIABLE};
use orion_contracts::{Problem, Secret};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde::Serialize;
use serde::de::DeserializeOwned;
use session::{not_any_more, refreshed};
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
    /// The variable that the token came by, where one gave it.
    variable: Option<&'static str>,
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
            if !token.trim().bytes().all(|byte| byte.is_ascii_graphic()) {
                let words = "has a blank, a line break or a letter that no token and no key has: set it to that alone";
                return Err(format!("{name} {words}").into());
            }
            let token = Secret::new(token.trim());
            return Ok(Self { client, url: trimmed(&url), token, is_kept: false, variable: Some(name), acting: None });
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
            let acting = Some((acting.email, kept.email));
            return Ok(Self { client, url, token, is_kept: false, variable: None, acting });
        }
        let kept = if kept.is_stale() { refreshed(&client, &mut held, kept).await? } else { kept };
        Ok(Self { client, url: kept.url, token: kept.access_token, is_kept: true, variable: None, acting: None })
    }

    /// The same platform, with the token of somebody as whom they act.
    pub(super) fn as_somebody(&self, token: Secret) -> Self {
        Self { client: self.client.clone(), url: self.url.clone(), token, is_kept: false, variable: None, acting: None }
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
}
