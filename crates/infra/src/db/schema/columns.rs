//! The kinds of columns that tables have. There is one kind of integer, of 64 bits, and one of time, in UTC: on SQLite a
//! value that is read as another kind than the one that its column declares is not found.

use sea_orm::sea_query::{
    ColumnDef, ColumnType, Expr, ExprTrait, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, Table,
    TableCreateStatement,
};

/// A column of a table.
#[derive(Clone)]
pub struct Column {
    pub(super) name: &'static str,
    definition: ColumnDef,
    primary: bool,
    parent: Option<Parent>,
}

/// What a column's value is the `id` of.
#[derive(Clone, Copy)]
struct Parent {
    table: &'static str,
    on_delete: ForeignKeyAction,
}

/// A UUID.
pub fn uuid(name: &'static str) -> Column {
    Column::new(name, ColumnType::Uuid)
}

/// A UUID, or none.
pub fn uuid_null(name: &'static str) -> Column {
    uuid(name).nullable()
}

/// Text of so many characters at most. SQLite does not look at the length.
pub fn string_len(name: &'static str, length: u32) -> Column {
    Column::new(name, ColumnType::string(Some(length)))
}

/// Text of so many characters at most, or none.
pub fn string_len_null(name: &'static str, length: u32) -> Column {
    string_len(name, length).nullable()
}

/// Text of any length.
pub fn text(name: &'static str) -> Column {
    Column::new(name, ColumnType::Text)
}

/// Text of any length, or none.
pub fn text_null(name: &'static str) -> Column {
    text(name).nullable()
}

/// A whole number.
pub fn big_integer(name: &'static str) -> Column {
    Column::new(name, ColumnType::BigInteger)
}

/// A whole number, or none.
pub fn big_integer_null(name: &'static str) -> Column {
    big_integer(name).nullable()
}

/// Yes or no.
pub fn boolean(name: &'static str) -> Column {
    Column::new(name, ColumnType::Boolean)
}

/// A moment.
pub fn timestamp_with_time_zone(name: &'static str) -> Column {
    Column::new(name, ColumnType::TimestampWithTimeZone)
}

/// A moment, or none.
pub fn timestamp_with_time_zone_null(name: &'static str) -> Column {
    timestamp_with_time_zone(name).nullable()
}

/// JSON.
pub fn json(name: &'static str) -> Column {
    Column::new(name, ColumnType::Json)
}

/// JSON, or none.
pub fn json_null(name: &'static str) -> Column {
    json(name).nullable()
}

/// Bytes.
pub fn blob(name: &'static str) -> Column {
    Column::new(name, ColumnType::Blob)
}

/// The key of a table of one row.
pub(super) fn only_one() -> Column {
    let mut column = big_integer("id").primary_key();
    column.definition.check(Expr::col("id").eq(1_i64));
    column
}

impl Column {
    fn new(name: &'static str, kind: ColumnType) -> Self {
        let definition = ColumnDef::new_with_type(name, kind).not_null().take();
        Self { name, definition, primary: false, parent: None }
    }

    fn nullable(mut self) -> Self {
        self.definition.null();
        self
    }

    /// It is the primary key, or a part of it.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.primary = true;
        self
    }

    /// No value stands twice.
    #[must_use]
    pub fn unique_key(mut self) -> Self {
        self.definition.unique_key();
        self
    }

    /// What it is when an insert does not say it.
    #[must_use]
    pub fn default(mut self, value: impl Into<Expr>) -> Self {
        self.definition.default(value);
        self
    }

    /// It is the `id` of a row of that table, which cannot be deleted meanwhile.
    #[must_use]
    pub fn references(mut self, table: &'static str) -> Self {
        self.parent = Some(Parent { table, on_delete: ForeignKeyAction::NoAction });
        self
    }

    /// It is the `id` of a row of that table, and its own row is deleted with it.
    #[must_use]
    pub fn belongs_to(mut self, table: &'static str) -> Self {
        self.parent = Some(Parent { table, on_delete: ForeignKeyAction::Cascade });
        self
    }

    pub(super) fn definition(&self) -> ColumnDef {
        self.definition.clone()
    }

    pub(super) fn is_null(&self) -> bool {
        self.definition.get_column_spec().nullable == Some(true)
    }

    pub(super) fn kind(&self) -> Option<&ColumnType> {
        self.definition.get_column_type()
    }
}

pub(super) fn create(table: &'static str, columns: &[Column]) -> TableCreateStatement {
    let mut statement = Table::create().table(table).take();
    let keys: Vec<&Column> = columns.iter().filter(|column| column.primary).collect();
    for column in columns {
        let mut definition = column.definition();
        if column.primary && keys.len() == 1 {
            definition.primary_key();
        }
        statement.col(definition);
        if let Some(parent) = column.parent {
            statement.foreign_key(&mut foreign_key(table, column.name, parent));
        }
    }
    if keys.len() > 1 {
        let mut key = Index::create();
        for column in keys {
            key.col(column.name);
        }
        statement.primary_key(&mut key);
    }
    statement
}

fn foreign_key(table: &'static str, column: &'static str, parent: Parent) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(parent.table, "id").on_delete(parent.on_delete).take()
}
