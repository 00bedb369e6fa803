//! The jobs of all services. Each keeps its own; here they are asked, and told what an operator wants.

use futures_util::future::join_all;
use orion_contracts::internal::{CancelJob, FindJob, ListJobs, Nothing, ReplayJob};
use orion_contracts::jobs::{JobInfo, JobOrder, JobPage, JobQuery};
use orion_contracts::{Author, JobId, Page, Problem, ServiceName};
use orion_http::page;
use orion_infra::peers::PeerError;
use orion_infra::{Infra, audit};
use std::cmp::Reverse;

/// A page of the jobs of all services, newest first. Those that do not answer are named.
pub(crate) async fn list(infra: &Infra, query: JobQuery) -> Result<JobPage, Problem> {
    let limit = page::limit(query.limit)?;
    page::decode::<JobId>(query.cursor.as_deref())?;
    let asked = ServiceName::ALL.into_iter().filter(|service| query.service.is_none_or(|only| only == *service));
    // Each service knows itself.
    let query = &JobQuery { service: None, ..query.clone() };
    let answers =
        join_all(asked.map(async |service| (service, infra.peers.to(service).call(&ListJobs {}, query).await)));
    let (mut items, mut unavailable, mut next) = (Vec::new(), Vec::new(), None);
    for (service, answer) in answers.await {
        match answer {
            Ok(page) => {
                items.extend(page.items);
                next = page.next_cursor.or(next);
            }
            Err(PeerError::Problem { problem, .. }) if problem.status < 500 => return Err(*problem),
            Err(error) => {
                tracing::warn!(%service, %error, "its jobs are not known");
                unavailable.push(service);
            }
        }
    }
    items.sort_unstable_by_key(|job| Reverse(job.id));
    // Where one service has more and all others have none, its cursor is that of the page.
    let next = next.filter(|_| items.len() == limit as usize);
    let Page { items, next_cursor } = page::page(items, limit, |job| job.id);
    Ok(JobPage { items, next_cursor: next_cursor.or(next), unavailable })
}

/// One job.
pub(crate) async fn find(infra: &Infra, service: ServiceName, id: JobId) -> Result<JobInfo, Problem> {
    Ok(infra.peers.to(service).call(&FindJob { id }, &Nothing {}).await?)
}

/// What an operator may want of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wish {
    /// That it is not done.
    Cancel,
    /// That it is done again.
    Replay,
}

/// Tells a service what is wanted of its job, and by whom; the entry in the audit log is the service's.
pub(crate) async fn order(
    infra: &Infra,
    author: Author,
    (service, id): (ServiceName, JobId),
    wish: Wish,
) -> Result<JobInfo, Problem> {
    // The service does it in a change of its own: what was decided here stands in the log before.
    audit::write_noted(infra).await?;
    let (peer, order) = (infra.peers.to(service), JobOrder { author });
    Ok(match wish {
        Wish::Cancel => peer.call(&CancelJob { id }, &order).await?,
        Wish::Replay => peer.call(&ReplayJob { id }, &order).await?,
    })
}
