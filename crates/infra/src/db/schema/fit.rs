//! Whether entities fit the tables that migrations make. A value that SQLite declares to be of another kind than the entity
//! reads is not found there, silently: so each entity is looked at by a test.

use super::{Column, Schema};
use crate::db::Migrations;
use sea_orm::sea_query::{ColumnDef, ColumnType, SqliteQueryBuilder, Table};
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic, Iterable};
use std::path::Path;

/// Holds entities against the tables of a service.
pub struct EntityFit {
    schema: Schema,
    checked: usize,
    faults: Vec<String>,
}

impl EntityFit {
    /// Against the tables that these migrations make.
    pub fn of(migrations: &Migrations) -> Self {
        Self { schema: migrations.schema(), checked: 0, faults: Vec::new() }
    }

    /// Looks at one entity: its table has each of its columns, of the kind that it reads.
    #[must_use]
    pub fn entity<E: EntityTrait>(mut self) -> Self {
        self.checked += 1;
        let table = E::default().table_name().to_owned();
        for column in E::Column::iter() {
            let definition = column.def();
            let (kind, null) = (definition.get_column_type(), definition.is_null());
            let made = self.schema.columns(&table).find(|made| made.name == column.as_str());
            if let Some(fault) = fault(kind, null, made) {
                self.faults.push(format!("{table}.{}: {fault}", column.as_str()));
            }
        }
        self
    }

    /// What does not fit, an entity of the crate in `folder` that was not looked at included.
    pub fn faults(mut self, folder: impl AsRef<Path>) -> std::io::Result<Vec<String>> {
        let declared = count_entities(&folder.as_ref().join("src"))?;
        if declared != self.checked {
            self.faults.push(format!("{declared} entities are declared, but {} were looked at", self.checked));
        }
        Ok(self.faults)
    }
}

fn fault(kind: &ColumnType, null: bool, made: Option<&Column>) -> Option<String> {
    let Some(made) = made else { return Some("no migration makes it".to_owned()) };
    if matches!(
        kind,
        ColumnType::TinyInteger
            | ColumnType::SmallInteger
            | ColumnType::Integer
            | ColumnType::TinyUnsigned
            | ColumnType::SmallUnsigned
            | ColumnType::Unsigned
            | ColumnType::BigUnsigned
    ) {
        return Some(format!("{kind:?} is not read on SQLite; use i64"));
    }
    if null != made.is_null() {
        return Some(format!("the entity's may be null: {null}, the table's: {}", made.is_null()));
    }
    let (read, declared) = (family(kind), made.kind().map(family).unwrap_or_default());
    (read != declared).then(|| format!("the entity reads {read}, the table declares {declared}"))
}

/// The type that SQLite declares, without what makes no difference to how a value is read.
fn family(kind: &ColumnType) -> String {
    let column = ColumnDef::new_with_type("c", kind.clone());
    let table = Table::create().table("t").col(column).to_string(SqliteQueryBuilder);
    let declared = table.split_once("\"c\" ").map_or("", |(_, rest)| rest).trim_end_matches([' ', ')']);
    let declared = declared.split('(').next().unwrap_or_default();
    match declared {
        "varchar" | "char" | "text" => "text",
        "blob" | "varbinary_blob" => "blob",
        other => other,
    }
    .to_owned()
}

fn count_entities(folder: &Path) -> std::io::Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            count += count_entities(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = std::fs::read_to_string(path)?;
            let derives = code.lines().filter(|line| line.trim_start().starts_with("#[derive("));
            count += derives.filter(|line| line.contains("DeriveEntityModel")).count();
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::EntityFit;
    use crate::db::Migrations;
    use crate::db::schema::{Migration, Schema, big_integer, string_len, text_null, timestamp_with_time_zone};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "things")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) name: String,
        pub(super) note: String,
        pub(super) small: i32,
        pub(super) large: i64,
        pub(super) made_at: DateTimeUtc,
        pub(super) missing: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    fn up(schema: &mut Schema) {
        schema.table(
            "things",
            [
                string_len("id", 36).primary_key(),
                string_len("name", 9),
                text_null("note"),
                big_integer("small"),
                big_integer("large"),
                timestamp_with_time_zone("made_at"),
            ],
        );
    }

    /// A crate with one entity.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("src/store")).expect("made");
        let code = "#[derive(Clone, DeriveEntityModel)]\nstruct Model;";
        std::fs::write(folder.path().join("src/store/things.rs"), code).expect("written");
        folder
    }

    #[test]
    fn what_an_entity_would_not_read_is_found() {
        let fit = EntityFit::of(&Migrations(|| vec![Migration::new("0001_things", up)])).entity::<Entity>();
        assert_eq!(
            fit.faults(folder().path()).expect("read"),
            [
                "things.id: the entity reads uuid_text, the table declares text",
                "things.note: the entity's may be null: false, the table's: true",
                "things.small: Integer is not read on SQLite; use i64",
                "things.missing: no migration makes it",
            ]
        );
    }

    #[test]
    fn an_entity_that_nobody_looked_at_is_found() {
        let faults = EntityFit::of(&Migrations(Vec::new)).faults(folder().path()).expect("read");
        assert_eq!(faults, ["1 entities are declared, but 0 were looked at"]);
    }
}
