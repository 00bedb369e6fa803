//! The tables of the auth service.

mod m0001_accounts;
mod m0002_sessions;
mod m0003_protection;
mod m0004_signing_keys;

use sea_orm_migration::{MigrationTrait, prelude::*};

/// All migrations, oldest first.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_accounts::Accounts),
        Box::new(m0002_sessions::Sessions),
        Box::new(m0003_protection::Protection),
        Box::new(m0004_signing_keys::SigningKeys),
    ]
}

/// The column holds one of these names, on both databases.
fn one_of(column: &'static str, names: &'static [&'static str]) -> SimpleExpr {
    Expr::col(column).is_in(names.iter().copied())
}

async fn create(
    manager: &SchemaManager<'_>,
    tables: impl IntoIterator<Item = TableCreateStatement>,
    indexes: impl IntoIterator<Item = IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}
