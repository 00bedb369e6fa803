//! What is known of the request that is being worked on, carried beside the call so that outbox events and audit
//! entries can tell it without every function passing it on.

use std::sync::Arc;

/// The request behind the current task.
#[derive(Debug, Clone, Default)]
pub struct RequestContext {
    /// The id that finds it in the logs.
    pub request_id: Option<String>,
    /// W3C trace context, this service's span as parent.
    pub traceparent: Option<String>,
    /// The client's address.
    pub ip_address: Option<String>,
    /// The client's program.
    pub user_agent: Option<String>,
}

tokio::task_local! {
    static CURRENT: Arc<RequestContext>;
}

impl RequestContext {
    /// The current task's context; an empty one in background work.
    pub fn current() -> Arc<Self> {
        CURRENT.try_with(Arc::clone).unwrap_or_default()
    }

    /// Runs a future with this context.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(Arc::new(self), future).await
    }
}
