//! What a newer program does to the templates of an older one.

use super::{publish, shipped};
use crate::domain::template::ShippedTemplate;
use crate::store;
use orion_contracts::notifications::TemplateInfo;
use orion_contracts::{Author, ServiceName};
use orion_infra::db::dialect::statement;
use orion_infra::testing::TestInfra;
use orion_infra::{Change, DbError, Infra};
use sea_orm::ConnectionTrait;

/// The shipped templates, all in this version.
fn in_version(version: i64) -> Vec<ShippedTemplate> {
    let shipped = shipped::templates().expect("readable templates");
    shipped.into_iter().map(|template| ShippedTemplate { version, ..template }).collect()
}

async fn seeded(versions: impl IntoIterator<Item = i64>) -> TestInfra {
    let test = Infra::for_test(ServiceName::Notifications, crate::MIGRATIONS).await;
    for version in versions {
        publish(&test.infra, &in_version(version)).await.expect("seeded");
    }
    test
}

/// The versions of the English welcome mail, and whether each is in use.
async fn welcome_mails(infra: &Infra) -> Vec<(i64, bool)> {
    let all = store::templates::list(infra.db.read(), None, 100).await.expect("templates");
    let is_welcome = |template: &TemplateInfo| {
        (&*template.name, template.channel.as_str(), &*template.locale) == ("welcome", "email", "en")
    };
    all.into_iter().filter(is_welcome).map(|template| (template.version, template.is_published)).collect()
}

/// Somebody writes a welcome of their own, and puts it to use.
async fn write_own(infra: &Infra) {
    let statements = [
        "UPDATE templates SET is_published = false",
        "UPDATE templates SET shipped_version = NULL, version = 2, is_published = true \
         WHERE name = 'welcome' AND shipped_version = 2",
    ];
    let written = infra.write(Author::PLATFORM, async |change: &mut Change| {
        change.unaudited("a test");
        for sql in statements {
            change.execute_raw(statement(change, sql, [])).await?;
        }
        Ok::<_, DbError>(())
    });
    written.await.expect("written");
}

#[tokio::test]
async fn a_newer_shipped_version_takes_the_place_of_the_older_one() {
    let test = seeded([1, 2]).await;
    assert_eq!(welcome_mails(&test.infra).await, [(1, false), (2, true)]);
}

#[tokio::test]
async fn a_version_that_is_there_is_written_once_and_an_older_program_takes_nothing_back() {
    let test = seeded([2, 2, 1]).await;
    assert_eq!(welcome_mails(&test.infra).await, [(2, true)]);
}

#[tokio::test]
async fn what_somebody_wrote_here_stays_in_use_and_the_newer_version_waits_beside_it() {
    let test = seeded([1, 2]).await;
    write_own(&test.infra).await;
    publish(&test.infra, &in_version(2)).await.expect("seeded");
    assert_eq!(welcome_mails(&test.infra).await, [(1, false), (2, true), (3, false)]);
}
