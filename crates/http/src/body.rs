//! Bodies that are bytes.

use crate::caller::Caller;
use crate::problem::ApiProblem;
use crate::service::Context;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use http::header;
use orion_contracts::Problem;

/// The body of a request, which has so many bytes at most, whatever the bound of others is. Its caller is asked for once more when it
/// has come, as with all bodies.
pub async fn sent(request: Request, most: usize) -> Result<Bytes, ApiProblem> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > most) {
        return Err(too_large(most).into());
    }
    let extensions = request.extensions();
    let caller = extensions.get::<Caller>().cloned().zip(extensions.get::<Context>().cloned());
    let bytes = whole(request.into_body(), most).await?;
    if let Some((caller, context)) = caller {
        context.identity.refuse_ended(&caller).await?;
    }
    Ok(bytes)
}

/// All of a body, which has so many bytes at most.
pub(crate) async fn whole(body: Body, most: usize) -> Result<Bytes, ApiProblem> {
    to_bytes(body, most).await.map_err(|error| match is_too_large(&error) {
        true => too_large(most).into(),
        false => Problem::bad_request().detail("The body broke off.").into(),
    })
}

fn too_large(most: usize) -> Problem {
    Problem::payload_too_large().detail(format!("It may have {most} bytes at most."))
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
