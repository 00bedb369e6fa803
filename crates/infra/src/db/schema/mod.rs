//! Migrations as data: what a migration makes, collected, and rendered for a database as one script.

mod columns;
mod fit;

pub use columns::*;
pub use fit::EntityFit;
pub use sea_orm::sea_query::Expr;

use sea_orm::DbBackend;
use sea_orm::sea_query::{
    ConditionalStatement, Index, IndexCreateStatement, IndexDropStatement, IndexOrder, InsertStatement,
    PostgresQueryBuilder, Query, QueryBuilder, SchemaBuilder, SqliteQueryBuilder, Table, TableAlterStatement,
    TableCreateStatement, TableDropStatement, Value,
};

/// One step of a service's schema.
#[derive(Clone, Copy)]
pub struct Migration {
    /// `0001_accounts`: a number and what it is about, unique within the service's list. Never changed once released.
    pub name: &'static str,
    /// What it makes.
    pub up: fn(&mut Schema),
    /// Whether versions before it cannot run on the schema that it leaves.
    pub contracting: bool,
}

impl Migration {
    /// One that adds, so that the version before runs on its schema too.
    pub const fn new(name: &'static str, up: fn(&mut Schema)) -> Self {
        Self { name, up, contracting: false }
    }

    /// It takes away or changes what the version before it uses: that one refuses to run from then on.
    #[must_use]
    pub const fn contracting(self) -> Self {
        Self { contracting: true, ..self }
    }

    pub(super) fn schema(&self) -> Schema {
        let mut schema = Schema::default();
        (self.up)(&mut schema);
        schema
    }
}

/// What migrations make, in their order.
#[derive(Default)]
pub struct Schema {
    steps: Vec<Step>,
    tables: Vec<(&'static str, Vec<Column>)>,
    undo: Vec<Undo>,
}

enum Step {
    Table(TableCreateStatement),
    Column(TableAlterStatement),
    Index(IndexCreateStatement),
    DropIndex(IndexDropStatement),
    Row(InsertStatement),
    Bytewise { table: &'static str, column: &'static str, length: u32 },
}

enum Undo {
    Table(TableDropStatement),
    Column(TableAlterStatement),
    Index(IndexDropStatement),
    DropIndex(IndexCreateStatement),
}

impl Schema {
    /// A table. Columns that are marked so are its primary key together.
    pub fn table(&mut self, name: &'static str, columns: impl IntoIterator<Item = Column>) {
        let columns: Vec<Column> = columns.into_iter().collect();
        self.steps.push(Step::Table(columns::create(name, &columns)));
        self.undo.push(Undo::Table(Table::drop().table(name).take()));
        self.tables.push((name, columns));
    }

    /// A table of one row at most, which a key of 1 sees to.
    pub fn one_row(&mut self, name: &'static str, columns: impl IntoIterator<Item = Column>) {
        self.table(name, std::iter::once(columns::only_one()).chain(columns));
    }

    /// A table of one row with a number that counts from 0. Whoever counts holds the row until their transaction ends:
    /// numbers have no gaps, and "all after n" never misses one that is committed late, as it would with a sequence.
    pub fn counter(&mut self, name: &'static str, column: &'static str) {
        self.one_row(name, [big_integer(column)]);
        self.first_row(name, [(column, 0_i64.into())]);
    }

    /// The row that a table of one row begins with.
    pub fn first_row(&mut self, name: &'static str, values: impl IntoIterator<Item = (&'static str, Value)>) {
        let mut row = vec![("id", Value::from(1_i64))];
        row.extend(values);
        self.row(name, row);
    }

    /// A column more for a table that is there. It may be null or has a default: the version before does not know it.
    pub fn add_column(&mut self, table: &'static str, column: Column) {
        self.steps.push(Step::Column(Table::alter().table(table).add_column(column.definition()).take()));
        self.undo.push(Undo::Column(Table::alter().table(table).drop_column(column.name).take()));
        self.tables.push((table, vec![column]));
    }

    /// Has a text of so many characters compared byte by byte, whatever language PostgreSQL's database sorts by, in which `a;`
    /// may come before `a:b`: for keys that are looked for by how they begin. SQLite compares so by itself.
    pub fn bytewise(&mut self, table: &'static str, column: &'static str, length: u32) {
        self.steps.push(Step::Bytewise { table, column, length });
    }

    /// An index over columns; `name DESC` is one that falls.
    pub fn index(&mut self, name: &'static str, table: &'static str, columns: &[&'static str]) {
        self.push_index(name, table, index(name, table, columns));
    }

    /// An index that lets each combination of the columns stand once. NULLs are never the same.
    pub fn unique(&mut self, name: &'static str, table: &'static str, columns: &[&'static str]) {
        self.push_index(name, table, index(name, table, columns).unique().take());
    }

    /// A unique index over the rows for which the condition holds.
    pub fn unique_where(&mut self, name: &'static str, table: &'static str, columns: &[&'static str], condition: Expr) {
        self.push_index(name, table, index(name, table, columns).unique().and_where(condition).take());
    }

    /// Takes an index away, which a migration before made over these columns. The version before finds the same without it, more slowly.
    pub fn drop_index(&mut self, name: &'static str, table: &'static str, columns: &[&'static str]) {
        self.steps.push(Step::DropIndex(Index::drop().name(name).table(table).to_owned()));
        self.undo.push(Undo::DropIndex(index(name, table, columns)));
    }

    /// It is taken back by itself: SQLite drops no column that an index still has.
    fn push_index(&mut self, name: &'static str, table: &'static str, made: IndexCreateStatement) {
        self.steps.push(Step::Index(made));
        self.undo.push(Undo::Index(Index::drop().name(name).table(table).to_owned()));
    }

    /// A row that is there from the start. Only for values that stand in the code: they become part of the script.
    pub(super) fn row(&mut self, table: &'static str, values: impl IntoIterator<Item = (&'static str, Value)>) {
        let (columns, values): (Vec<_>, Vec<_>) =
            values.into_iter().map(|(name, value)| (name, Expr::value(value))).unzip();
        let row = Query::insert().into_table(table).columns(columns).values_panic(values).take();
        self.steps.push(Step::Row(row));
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.steps.extend(other.steps);
        self.tables.extend(other.tables);
        self.undo.extend(other.undo);
    }

    /// The script that makes all of it.
    pub fn script(&self, backend: DbBackend) -> String {
        match backend {
            DbBackend::Postgres => {
                join(self.steps.iter().filter_map(|step| step.render::<PostgresQueryBuilder>(backend)))
            }
            _ => join(self.steps.iter().filter_map(|step| step.render::<SqliteQueryBuilder>(backend))),
        }
    }

    /// The script that takes all of it back, data and all.
    pub fn undo_script(&self, backend: DbBackend) -> String {
        match backend {
            DbBackend::Postgres => join(self.undo.iter().rev().map(Undo::render::<PostgresQueryBuilder>)),
            _ => join(self.undo.iter().rev().map(Undo::render::<SqliteQueryBuilder>)),
        }
    }

    /// The columns of a table; none when nothing made the table.
    pub(super) fn columns(&self, table: &str) -> impl Iterator<Item = &Column> {
        self.tables.iter().filter(move |(name, _)| *name == table).flat_map(|(_, columns)| columns)
    }
}

impl Step {
    /// None where the database needs none.
    fn render<B: SchemaBuilder + QueryBuilder + Default>(&self, backend: DbBackend) -> Option<String> {
        Some(match self {
            Self::Table(statement) => statement.to_string(B::default()),
            Self::Column(statement) => statement.to_string(B::default()),
            Self::Index(statement) => statement.to_string(B::default()),
            Self::DropIndex(statement) => statement.to_string(B::default()),
            Self::Row(statement) => statement.to_string(B::default()),
            Self::Bytewise { table, column, length } if backend == DbBackend::Postgres => {
                format!(r#"ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE varchar({length}) COLLATE "C""#)
            }
            Self::Bytewise { .. } => return None,
        })
    }
}

impl Undo {
    fn render<B: SchemaBuilder + Default>(&self) -> String {
        match self {
            Self::Table(statement) => statement.to_string(B::default()),
            Self::Column(statement) => statement.to_string(B::default()),
            Self::Index(statement) => statement.to_string(B::default()),
            Self::DropIndex(statement) => statement.to_string(B::default()),
        }
    }
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        match column.strip_suffix(" DESC") {
            Some(name) => index.col((name, IndexOrder::Desc)),
            None => index.col(*column),
        };
    }
    index
}

fn join(statements: impl Iterator<Item = String>) -> String {
    statements.map(|statement| statement + ";\n").collect()
}

#[cfg(test)]
mod tests {
    use super::{Migration, Schema, boolean, string_len, uuid};
    use sea_orm::DbBackend;

    fn up(schema: &mut Schema) {
        schema.table("parents", [uuid("id").primary_key()]);
        schema.table(
            "children",
            [uuid("parent_id").primary_key().belongs_to("parents"), string_len("name", 9).primary_key()],
        );
        schema.counter("children_sequence", "last");
        schema.add_column("parents", boolean("is_kind").default(true));
        schema.unique("children_name", "children", &["name"]);
    }

    #[test]
    fn a_migration_is_one_script() {
        let script = Migration::new("0001_family", up).schema().script(DbBackend::Sqlite);
        let lines: Vec<&str> = script.lines().collect();
        assert_eq!(
            lines,
            [
                r#"CREATE TABLE "parents" ( "id" uuid_text NOT NULL PRIMARY KEY );"#,
                r#"CREATE TABLE "children" ( "parent_id" uuid_text NOT NULL, "name" varchar(9) NOT NULL, PRIMARY KEY ("parent_id", "name"), FOREIGN KEY ("parent_id") REFERENCES "parents" ("id") ON DELETE CASCADE );"#,
                r#"CREATE TABLE "children_sequence" ( "id" integer NOT NULL PRIMARY KEY CHECK ("id" = 1), "last" integer NOT NULL );"#,
                r#"INSERT INTO "children_sequence" ("id", "last") VALUES (1, 0);"#,
                r#"ALTER TABLE "parents" ADD COLUMN "is_kind" boolean NOT NULL DEFAULT TRUE;"#,
                r#"CREATE UNIQUE INDEX "children_name" ON "children" ("name");"#,
            ]
        );
    }

    #[test]
    fn only_postgresql_is_told_to_compare_bytes() {
        let mut schema = Schema::default();
        schema.bytewise("children", "name", 9);
        assert_eq!(schema.script(DbBackend::Sqlite), "");
        let told = r#"ALTER TABLE "children" ALTER COLUMN "name" TYPE varchar(9) COLLATE "C";"#;
        assert_eq!(schema.script(DbBackend::Postgres).trim(), told);
    }

    #[test]
    fn an_index_makes_way_for_another_of_its_name_and_comes_back() {
        let mut schema = Schema::default();
        schema.drop_index("children_name", "children", &["name"]);
        schema.index("children_name", "children", &["name", "parent_id DESC"]);
        let (drop, made) =
            (r#"DROP INDEX "children_name";"#, r#"CREATE INDEX "children_name" ON "children" ("name");"#);
        let other = r#"CREATE INDEX "children_name" ON "children" ("name", "parent_id" DESC);"#;
        assert_eq!(schema.script(DbBackend::Postgres).lines().collect::<Vec<_>>(), [drop, other]);
        assert_eq!(schema.undo_script(DbBackend::Sqlite).lines().collect::<Vec<_>>(), [drop, made]);
    }

    #[test]
    fn what_was_made_is_taken_back_from_its_end() {
        let script = Migration::new("0001_family", up).schema().undo_script(DbBackend::Postgres);
        let lines: Vec<&str> = script.lines().collect();
        assert_eq!(
            lines,
            [
                r#"DROP INDEX "children_name";"#,
                r#"ALTER TABLE "parents" DROP COLUMN "is_kind";"#,
                r#"DROP TABLE "children_sequence";"#,
                r#"DROP TABLE "children";"#,
                r#"DROP TABLE "parents";"#,
            ]
        );
    }
}
