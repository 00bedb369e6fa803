//! What runs beside the services. Nothing runs unwatched: a [`Supervisor`] starts every [`Task`] again that panics or ends
//! early, and what is down is seen in `/readyz`.

mod states;
mod supervisor;

pub use states::TaskStates;
pub use supervisor::Supervisor;

use crate::Clock;
use futures_util::future::BoxFuture;
use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a panic says.
pub(crate) fn panic_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words")
}

/// Something that runs until told to stop, and can be started again.
pub struct Task {
    name: Cow<'static, str>,
    run: Box<dyn Fn(CancellationToken) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Task {
    /// A task from an async function that returns once it is told to stop.
    pub fn new<F>(
        name: impl Into<Cow<'static, str>>,
        run: impl Fn(CancellationToken) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { name: name.into(), run: Box::new(move |stop| Box::pin(run(stop))) }
    }

    /// Does something again and again, for the first time after the pause. What is being done is finished at the end.
    pub fn every<F>(
        name: &'static str,
        clock: &Clock,
        pause: Duration,
        work: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::repeated(name, clock, [pause, pause], work)
    }

    /// Does something at once, and again and again after the pause. What is being done is finished at the end.
    pub fn now_and_every<F>(
        name: &'static str,
        clock: &Clock,
        pause: Duration,
        work: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::repeated(name, clock, [Duration::ZERO, pause], work)
    }

    fn repeated<F>(
        name: &'static str,
        clock: &Clock,
        [first, then]: [Duration; 2],
        work: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (clock, work) = (clock.clone(), Arc::new(work));
        Self::new(name, move |stop| {
            let (clock, work) = (clock.clone(), work.clone());
            async move {
                let mut pause = first;
                while stop.run_until_cancelled(clock.sleep(pause)).await.is_some() {
                    work().await;
                    pause = then;
                }
            }
        })
    }
}
