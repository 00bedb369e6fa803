//! The templates that ORION ships, written down and published where they are not there yet.

mod shipped;
#[cfg(test)]
mod tests;

pub(crate) use shipped::ships;

use crate::domain::template::ShippedTemplate;
use crate::store::templates::{self, NewVersion, Version};
use orion_contracts::{Author, Problem, TemplateId};
use orion_infra::{Change, DbError, Infra};

/// Writes down the shipped templates that are missing. A newer one takes the place of an older shipped one; what somebody
/// wrote here stays in use. Several processes may do it at once.
pub async fn seed(infra: &Infra) -> Result<(), Problem> {
    let shipped = shipped::templates().map_err(|error| Problem::internal().detail(error.to_string()))?;
    Ok(publish(infra, &shipped).await?)
}

async fn publish(infra: &Infra, shipped: &[ShippedTemplate]) -> Result<(), DbError> {
    infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited("templates come with the program");
            let known = templates::versions(change, shipped).await?;
            if shipped.iter().all(|template| is_known(template, &known)) {
                return Ok(());
            }
            templates::lock(change).await?;
            let known = templates::versions(change, shipped).await?;
            let missing = shipped.iter().filter(|template| !is_known(template, &known));
            let (replaced, new) = missing.map(|template| succession(template, &known)).unzip::<_, _, Vec<_>, Vec<_>>();
            templates::unpublish(change, replaced.into_iter().flatten().collect()).await?;
            templates::insert(change, new).await
        })
        .await
}

/// Whether this shipped version was written down before, or a newer one was.
fn is_known(template: &ShippedTemplate, known: &[Version]) -> bool {
    known.iter().filter(|version| version.is_of(template)).any(|old| old.shipped_version >= Some(template.version))
}

/// The published version that gives way to a newer shipped one, and how that one stands among the others.
fn succession<'a>(template: &'a ShippedTemplate, known: &[Version]) -> (Option<TemplateId>, NewVersion<'a>) {
    let versions = || known.iter().filter(|version| version.is_of(template));
    let published = versions().find(|version| version.is_published);
    let replaced = published.filter(|version| version.shipped_version.is_some());
    let next = versions().map(|old| old.version + 1).max().unwrap_or(1);
    let new = NewVersion {
        template,
        version: next.max(template.version),
        is_published: published.is_none() || replaced.is_some(),
    };
    (replaced.map(|version| TemplateId(version.id)), new)
}
