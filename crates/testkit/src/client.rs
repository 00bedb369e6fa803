//! A client of the platform, and what it is answered.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Sends requests to one base URL, as somebody or as nobody.
#[derive(Clone)]
pub struct Client {
    pub base: String,
    pub token: Option<String>,
    from: Option<String>,
    http: reqwest::Client,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Client {
    /// Nobody at this URL.
    pub fn new(base: impl Into<String>) -> Self {
        let http = reqwest::Client::builder()
            // Moving the clock ends idle connections; a test must not race with that.
            .pool_max_idle_per_host(0)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { base: base.into(), token: None, from: None, http }
    }

    /// The same client with a token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same client behind a trusted proxy that tells of this address.
    pub fn from(&self, address: &str) -> Self {
        Self { from: Some(address.to_owned()), ..self.clone() }
    }

    /// The same client at another URL.
    pub fn at(&self, base: impl Into<String>) -> Self {
        Self { base: base.into(), ..self.clone() }
    }

    /// A request to be finished by hand.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        let request = match &self.from {
            Some(address) => request.header("x-forwarded-for", address),
            None => request,
        };
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request("DELETE", path)).await
    }

    pub async fn post(&self, path: &str, body: impl Serialize) -> Answer {
        Answer::of(self.request("POST", path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: impl Serialize) -> Answer {
        Answer::of(self.request("PUT", path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: impl Serialize) -> Answer {
        Answer::of(self.request("PATCH", path).json(&body)).await
    }
}

impl Answer {
    /// Sends a request and reads the whole answer.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        Self::try_of(request).await.expect("an answer")
    }

    /// Sends a request to somebody who may not be there.
    pub async fn try_of(request: reqwest::RequestBuilder) -> Result<Self, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    /// The body as a value; fails the test when it is none, or the status is not a success.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!((200..300).contains(&self.status), "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body as JSON, whatever the status.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The stable name of the problem, when it is one.
    pub fn problem_name(&self) -> Option<String> {
        let kind = self.value().get("type")?.as_str()?.to_owned();
        kind.strip_prefix("urn:orion:problem:").map(str::to_owned)
    }

    /// The fields that the problem names.
    pub fn problem_fields(&self) -> Vec<String> {
        self.of_errors("field")
    }

    /// The codes of a problem's fields, in the same order.
    pub fn problem_codes(&self) -> Vec<String> {
        self.of_errors("code")
    }

    fn of_errors(&self, word: &str) -> Vec<String> {
        let value = self.value();
        let errors = value.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error.get(word)?.as_str().map(str::to_owned)).collect()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// Asserts the status, and gives the answer back.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}
