//! Who calls, and whom a request counts for.

use super::exchange::Exchange;
use crate::identity::{Rejected, Verified};
use crate::limits::{Decision, Quota};
use crate::routing::Route;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use orion_contracts::gateway::RouteAccess;
use orion_contracts::{Problem, Secret};
use orion_http::credential::{X_API_KEY, api_key};
use orion_http::identity::{Circumstances, KeyRefused};
use orion_http::server::client_network;
use std::rc::Rc;
use std::time::Duration;

/// Tokens of one address that turn out to be forged.
const UNVERIFIED: Quota = Quota::new(600, Duration::from_secs(60));
/// What they are counted for.
const UNVERIFIED_TOKENS: &str = "unverified tokens";

/// Who calls. On a public route a token that is no good says nothing: the client may have forgotten to renew it, or it is
/// meant for the service behind. What may be a token of ORION's is taken from the request, unless the route passes it on.
pub(super) fn caller(
    exchange: &Exchange,
    route: &Route,
    headers: &mut HeaderMap,
) -> Result<Option<Rc<Verified>>, Problem> {
    let proxy = &exchange.proxy;
    let now = proxy.core.wall_at(exchange.started).timestamp();
    let may_verify = || exhausted(exchange).is_none();
    let outcome = proxy.authenticator.authenticate(headers, now, may_verify);
    if let Err(Rejected::Unverified) = outcome {
        proxy.shared.limiter.check(address_key(exchange, UNVERIFIED_TOKENS), exchange.started, &UNVERIFIED);
    }
    if !route.forward_token && !matches!(outcome, Ok(None) | Err(Rejected::Foreign)) {
        headers.remove(AUTHORIZATION);
    }
    outcome.or_else(|rejected| match rejected {
        Rejected::Ambiguous => Err(Problem::bad_request().detail("There is more than one Authorization header.")),
        // Who calls cannot be told yet; saying "nobody" would be wrong as often as not.
        Rejected::NoKeys => Err(Problem::keys_unknown()),
        // The same: the token was not looked at, and may be a good one.
        Rejected::TooMany => Err(Problem::rate_limited().retry_after(exhausted(exchange).unwrap_or(1))),
        _ if route.access == RouteAccess::Public => Ok(None),
        Rejected::Foreign | Rejected::Ended | Rejected::Unverified => Err(Problem::invalid_token()),
    })
}

/// The same caller, unless somebody acts as them who may do so no more. ORION's own services ask that themselves; others cannot.
pub(super) async fn still_acting(
    exchange: &Exchange,
    route: &Route,
    found: Option<Rc<Verified>>,
) -> Result<Option<Rc<Verified>>, Problem> {
    let proxy = &exchange.proxy;
    let acting = found.as_ref().filter(|found| found.claims.act.is_some() && !route.reserved);
    let (Some(acting), Some(identity)) = (acting, &proxy.shared.identity) else { return Ok(found) };
    let client = exchange.address.to_string();
    let circumstances = Circumstances::of(&acting.claims, Some(&client), proxy.core.wall_at(exchange.started));
    let access = identity.access(&acting.claims).await?.under(circumstances);
    match access.is_actor_allowed() {
        true => Ok(found),
        false if route.access == RouteAccess::Public => Ok(None),
        false => Err(Problem::permission_denied().detail("Whoever acts as this user may not act as others any more.")),
    }
}

/// The API key of a request. It is taken from the request, unless the route passes it on.
pub(super) fn key_of(route: &Route, headers: &mut HeaderMap) -> Result<Option<Secret>, Problem> {
    let Some(key) = api_key(headers)?.map(Secret::new) else { return Ok(None) };
    if !route.forward_token {
        headers.remove(AUTHORIZATION);
        headers.remove(X_API_KEY);
    }
    Ok(Some(key))
}

/// Who calls with an API key. On a public route one that is no good says nothing, as a token does.
pub(super) async fn key_caller(
    exchange: &Exchange,
    route: &Route,
    key: &Secret,
) -> Result<Option<Rc<Verified>>, Problem> {
    let Some(identity) = &exchange.proxy.shared.identity else { return Err(Problem::invalid_api_key()) };
    let outcome = identity.api_key(key.expose(), || exhausted(exchange).is_none()).await;
    if let Err(KeyRefused::Unknown) = outcome {
        exchange.proxy.shared.limiter.check(address_key(exchange, UNVERIFIED_TOKENS), exchange.started, &UNVERIFIED);
    }
    match outcome {
        Ok(key) => {
            // ORION's own services count what they are sent.
            if !route.reserved {
                identity.used(&key);
            }
            Ok(Some(Rc::new(Verified::with_key(&key))))
        }
        Err(KeyRefused::TooMany) => Err(Problem::rate_limited().retry_after(exhausted(exchange).unwrap_or(1))),
        // Who calls cannot be told; saying "nobody" would be wrong as often as not.
        Err(refused @ KeyRefused::Unavailable) => Err(refused.into()),
        Err(_) if route.access == RouteAccess::Public => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}

/// Counts a request for the limit that its API key has by itself, on whatever route.
pub(super) fn limit_key_itself(exchange: &mut Exchange) -> Result<(), Problem> {
    let limited = exchange.identity.as_ref().and_then(|identity| Some((identity.claims.jti, identity.rate_limit?)));
    let Some((id, limit)) = limited else { return Ok(()) };
    let proxy = &exchange.proxy;
    let quota = Quota::new(limit, Duration::from_secs(60));
    let verdict = proxy.shared.limiter.check(proxy.hash.hash_one(("api key", id)), exchange.started, &quota);
    exchange.key_limit = Some((verdict, limit));
    match verdict {
        Decision::Limited { retry_after } => Err(Problem::rate_limited()
            .detail(format!("This API key may make {limit} requests a minute."))
            .retry_after(retry_after)),
        Decision::Allowed { .. } => Ok(()),
    }
}

/// For how many seconds no more tokens of the client's address are looked at, when too many were forged: looking at
/// signatures costs a core more than the rest of a request.
fn exhausted(exchange: &Exchange) -> Option<u64> {
    let key = address_key(exchange, UNVERIFIED_TOKENS);
    exchange.proxy.shared.limiter.exhausted(key, exchange.started, &UNVERIFIED)
}

/// Whom a request counts for: the user, else the client's address.
pub(super) fn limit_key(exchange: &Exchange, route: &str) -> u64 {
    match &exchange.identity {
        Some(identity) => exchange.proxy.hash.hash_one((route, identity.claims.sub)),
        None => address_key(exchange, route),
    }
}

/// The client's address for one purpose.
fn address_key(exchange: &Exchange, purpose: &str) -> u64 {
    exchange.proxy.hash.hash_one((purpose, client_network(exchange.address)))
}
