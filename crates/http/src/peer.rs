//! Internal endpoints: only the services that are declared to call one get in.

use crate::service::Context;
use crate::valid::{self, ValidPath};
use crate::{ApiProblem, ValidQuery};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request, State};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router};
use http::request::Parts;
use orion_contracts::internal::{Endpoint, Method};
use orion_contracts::{Problem, ServiceName};
use orion_infra::peers::token;
use utoipa_axum::router::OpenApiRouter;

/// A call of an internal endpoint by a service that may. Who calls is proven by its 60-second token and looked at before
/// anything else is read; the values of the input are the domain's to check.
#[derive(Debug)]
pub struct FromPeer<E: Endpoint> {
    /// Who calls.
    pub caller: ServiceName,
    /// The parameters of the path.
    pub at: E,
    /// The query, or the body.
    pub input: E::Input,
}

impl<S: Send + Sync, E: Endpoint> FromRequest<S> for FromPeer<E> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        let (mut parts, body) = request.into_parts();
        let context = Context::from_request_parts(&mut parts, state).await?;
        let caller = proven(&parts, &context)?;
        if !E::CALLERS.contains(&caller) {
            let detail = format!("The {caller} service is not declared to call this.");
            return Err(Problem::permission_denied().detail(detail).into());
        }
        let ValidPath(at) = ValidPath::from_request_parts(&mut parts, state).await?;
        let input = match E::METHOD {
            Method::Get => ValidQuery::from_request_parts(&mut parts, state).await?.0,
            Method::Put | Method::Post => valid::json(Request::from_parts(parts, body), state).await?,
        };
        Ok(Self { caller, at, input })
    }
}

fn proven(parts: &Parts, context: &Context) -> Result<ServiceName, Problem> {
    let infra = &context.infra;
    let proof = parts.headers.get(token::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    token::verify(&infra.secrets, infra.service, proof, infra.clock.now())
        .map_err(|reason| Problem::peer_refused().detail(reason.to_string()))
}

/// Routers that answer internal endpoints. The public document does not show them.
pub trait Serve<S>: Sized {
    /// Answers the endpoint that the handler takes a call of: method, path, size and callers are those of its declaration.
    fn serve<E, F, A>(self, handler: F) -> Self
    where
        E: Endpoint + 'static,
        F: Fn(S, FromPeer<E>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<E::Output, ApiProblem>> + Send;
}

impl<S: Clone + Send + Sync + 'static> Serve<S> for Router<S> {
    fn serve<E, F, A>(self, handler: F) -> Self
    where
        E: Endpoint + 'static,
        F: Fn(S, FromPeer<E>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<E::Output, ApiProblem>> + Send,
    {
        self.route(E::PATH, answering(handler))
    }
}

impl<S: Clone + Send + Sync + 'static> Serve<S> for OpenApiRouter<S> {
    fn serve<E, F, A>(self, handler: F) -> Self
    where
        E: Endpoint + 'static,
        F: Fn(S, FromPeer<E>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<E::Output, ApiProblem>> + Send,
    {
        self.route(E::PATH, answering(handler))
    }
}

fn answering<S, E, F, A>(handler: F) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    E: Endpoint + 'static,
    F: Fn(S, FromPeer<E>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<E::Output, ApiProblem>> + Send,
{
    let method = match E::METHOD {
        Method::Get => MethodFilter::GET,
        Method::Put => MethodFilter::PUT,
        Method::Post => MethodFilter::POST,
    };
    let answer = move |State(state): State<S>, call: FromPeer<E>| {
        let answer = handler(state, call);
        async move { answer.await.map(Json) }
    };
    match E::MAX_BYTES {
        Some(bytes) => on(method, answer).layer(DefaultBodyLimit::max(bytes)),
        None => on(method, answer),
    }
}
