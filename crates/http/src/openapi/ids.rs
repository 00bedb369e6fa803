//! What client generators name a call by: its method and path, as `get_users_by_id_roles`. A handler's own name says what it
//! is among its neighbours, and is not the only `list` of a service.

use utoipa::openapi::OpenApi;

/// Names every operation; two have never one name.
pub(super) fn give(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        let named = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
            ("head", &mut item.head),
            ("options", &mut item.options),
        ];
        for (method, operation) in named {
            if let Some(operation) = operation {
                operation.operation_id = Some(id(method, path));
            }
        }
    }
}

fn id(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/api/v1").split(['/', '-', '.']).filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |id, word| match word.strip_prefix('{') {
        Some(parameter) => format!("{id}_by_{}", parameter.trim_end_matches('}')),
        None => format!("{id}_{word}"),
    })
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn a_call_is_named_by_its_method_and_path() {
        assert_eq!(id("get", "/api/v1/users/{id}/roles/{role}"), "get_users_by_id_roles_by_role");
        assert_eq!(id("post", "/api/v1/auth/verify-email"), "post_auth_verify_email");
        assert_eq!(id("get", "/.well-known/jwks.json"), "get_well_known_jwks_json");
    }
}
