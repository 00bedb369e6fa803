//! What goes on when the browser hangs up, so that nothing is left half done by that.

use orion_contracts::Problem;
use orion_infra::request::RequestContext;

/// Does a piece of work to its end, also when nobody waits for it any more. What has to be waited for is waited for before, for that ends
/// with the request. `what` says in the log what panicked.
pub(super) async fn outlive<T: Send + 'static>(
    what: &'static str,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    let client = RequestContext::clone(&RequestContext::current());
    tokio::spawn(client.scope(work)).await.unwrap_or_else(|error| {
        tracing::error!(%error, "{what} ended badly");
        Err(Problem::internal())
    })
}
