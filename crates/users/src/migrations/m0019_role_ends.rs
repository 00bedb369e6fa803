//! Which end of a role others have been told of: whoever keeps the names of roles hears of none that nobody brings about. A row that is
//! prolonged is found again, also where a version before has prolonged it.

use orion_infra::db::schema::{Expr, Schema, timestamp_with_time_zone_null};
use sea_orm::ExprTrait;

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("user_roles", timestamp_with_time_zone_null("told_end"));
    let (told, end) = (|| Expr::col("told_end"), || Expr::col("expires_at"));
    let untold = end().is_not_null().and(told().is_null().or(told().ne(end())));
    schema.unique_where("user_roles_untold", "user_roles", &["expires_at", "id"], untold);
}
