//! What the policies of a route make of a request before anybody is asked, and of the answer to it.

use super::body::{AnswerBody, AnswerError, Source};
use super::exchange::Exchange;
use super::headers::scheme;
use crate::observe::Outcome;
use crate::policies::{CodecFailed, Coding, Compressed, Cors, Facts, Wanted};
use crate::routing::{Asked, Policies, Route};
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use orion_contracts::Problem;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What the policies want of an answer, as its request said.
#[derive(Default)]
pub(super) struct Wants {
    /// Which origin may read it; outer `None` where nobody asks.
    cors: Option<Option<HeaderValue>>,
    compression: Option<Wanted>,
    /// What edits of its headers may say.
    facts: Option<Kept>,
}

/// Facts of a request that outlive it.
struct Kept {
    scheme: &'static str,
    authority: String,
    path: String,
    query: Option<String>,
    captures: Vec<String>,
    client: IpAddr,
}

/// Answers a request that goes no further; else keeps what is wanted of its answer.
pub(super) fn before(
    exchange: &mut Exchange,
    route: &Route,
    policies: &Policies,
    asked: &Asked<'_>,
    host: &str,
) -> Result<Option<Response<Source>>, Problem> {
    let mut wants = Wants::default();
    if let Some(cors) = &policies.cors {
        if Cors::is_preflight(asked.method, asked.headers) {
            let mut response = Response::new(Source::Full(Bytes::new().into()));
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.headers_mut() = cors.preflight(asked.headers)?;
            return Ok(Some(response));
        }
        wants.cors = Some(cors.allowed(asked.headers));
    }
    wants.compression = policies.compression.as_ref().map(|it| it.wanted(asked.method, asked.headers));
    let scheme = scheme(exchange, asked.headers);
    let captures = || {
        let captures = route.captures(asked.path);
        policies.names.iter().map(|name| captures.get(name).unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let kept = |captures| Kept {
        scheme,
        authority: host.to_owned(),
        path: asked.path.to_owned(),
        query: asked.query.map(str::to_owned),
        captures,
        client: exchange.address,
    };
    let facts =
        (policies.answer_headers.is_some() || policies.request_headers.is_some() || policies.redirect.is_some())
            .then(|| kept(captures()));
    // What is known of who asks is no concern of these three.
    let closed = policies.maintenance.as_ref();
    let closed = closed.and_then(|it| it.closed(exchange.proxy.core.wall_at(exchange.started), exchange.address));
    let redirected = match (&closed, &policies.redirect, &facts) {
        (None, Some(redirect), Some(facts)) => Some(facts.with(exchange, |facts| redirect.answer(facts))),
        _ => None,
    };
    wants.facts = facts;
    exchange.wants = Some(Box::new(wants));
    if let Some(problem) = closed {
        exchange.fails(Outcome::Shed);
        return Err(problem);
    }
    Ok(redirected.map(|(status, headers)| {
        let mut response = Response::new(Source::Full(Bytes::new().into()));
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        response
    }))
}

/// Does to an answer what the policies want; the coding by which its body is to be compressed.
pub(super) fn after(exchange: &mut Exchange, parts: &mut Parts, body: &Source) -> Option<Coding> {
    let wants = exchange.wants.take()?;
    let policies = exchange.route()?.policies.as_deref()?;
    let is_upstreams = matches!(body, Source::Upstream(_));
    if let (true, Some(edits), Some(facts)) = (is_upstreams, &policies.answer_headers, &wants.facts) {
        facts.with(exchange, |facts| edits.apply(&mut parts.headers, facts));
    }
    let coding = match (&policies.compression, wants.compression) {
        (Some(compression), Some(wanted)) if is_upstreams => {
            compression.begin(wanted, parts.status, &mut parts.headers, body.length())
        }
        _ => None,
    };
    if let (Some(cors), Some(allowed)) = (&policies.cors, wants.cors) {
        cors.answer(allowed, &mut parts.headers);
    }
    coding
}

impl Wants {
    /// Gives the facts that edits of a request's headers may say.
    pub(super) fn facts<T>(&self, exchange: &Exchange, use_them: impl FnOnce(&Facts<'_>) -> T) -> Option<T> {
        Some(self.facts.as_ref()?.with(exchange, use_them))
    }
}

impl Kept {
    fn with<T>(&self, exchange: &Exchange, use_them: impl FnOnce(&Facts<'_>) -> T) -> T {
        let captures: Vec<&str> = self.captures.iter().map(String::as_str).collect();
        use_them(&Facts {
            scheme: self.scheme,
            authority: &self.authority,
            path: &self.path,
            query: self.query.as_deref(),
            captures: &captures,
            request_id: exchange.request_id.to_str().unwrap_or_default(),
            client: self.client,
            user_id: exchange.identity.as_ref().and_then(|identity| identity.user_header.to_str().ok()),
        })
    }
}

impl From<CodecFailed> for AnswerError {
    fn from(failed: CodecFailed) -> Self {
        Self::Compression(failed)
    }
}

/// An answer's body as the client gets it.
#[expect(clippy::large_enum_variant, reason = "most bodies are plain, and a box for each would cost every request")]
pub enum SentBody {
    /// As it comes.
    Plain(AnswerBody),
    /// Compressed.
    Compressed(Box<Compressed<AnswerBody>>),
    /// It was to be compressed, and could not be.
    Failed(Option<CodecFailed>),
}

impl SentBody {
    /// A body by a coding, if it has one.
    pub(super) fn new(body: AnswerBody, coding: Option<Coding>) -> Self {
        match coding {
            None => Self::Plain(body),
            Some(coding) => {
                let length = body.size_hint().exact();
                match Compressed::new(body, coding, length) {
                    Ok(body) => Self::Compressed(Box::new(body)),
                    Err(failed) => Self::Failed(Some(failed)),
                }
            }
        }
    }
}

impl Body for SentBody {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        match self.get_mut() {
            Self::Plain(body) => Pin::new(body).poll_frame(context),
            Self::Compressed(body) => Pin::new(&mut **body).poll_frame(context),
            Self::Failed(failed) => Poll::Ready(failed.take().map(|failed| Err(failed.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Plain(body) => body.is_end_stream(),
            Self::Compressed(body) => body.is_end_stream(),
            Self::Failed(failed) => failed.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Plain(body) => body.size_hint(),
            Self::Compressed(body) => body.size_hint(),
            Self::Failed(_) => SizeHint::default(),
        }
    }
}
