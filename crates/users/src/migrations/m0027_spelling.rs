//! Of which version of a row what it is searched and sorted by is. Versions before composed no letters, so that a name was found only by who
//! typed it with the same ones: their rows, and those that such a one changes beside this version, are found here and spelt anew.

use orion_infra::db::schema::{Expr, Schema, big_integer};
use sea_orm::ExprTrait;

pub(super) fn up(schema: &mut Schema) {
    for table in ["users", "organisations", "teams"] {
        // None was spelt as it is now: a row counts from 1.
        schema.add_column(table, big_integer("spelt_at").default(0_i64));
    }
    let (spelt, version) = (|| Expr::col("spelt_at"), || Expr::col("version"));
    // A version before spells a user also where it changes what they hold alone.
    let of_user = spelt().ne(version().add(Expr::col("grants_version")));
    schema.unique_where("users_to_spell", "users", &["id"], of_user);
    schema.unique_where("organisations_to_spell", "organisations", &["id"], spelt().ne(version()));
    schema.unique_where("teams_to_spell", "teams", &["id"], spelt().ne(version()));
}
