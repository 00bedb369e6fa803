//! The examples of docs/gateway-policies.md are what can be saved.

use super::{CompressionConfig, CorsConfig, HeaderEditsConfig, MaintenanceConfig, RedirectConfig, RetryConfig, Side};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use toml::{Table, Value};

const DOCUMENT: &str = include_str!("../../../../docs/gateway-policies.md");

fn read<T: DeserializeOwned>(policy: &Value) -> T {
    policy.clone().try_into().unwrap_or_else(|error| panic!("{error}: {policy}"))
}

/// The names of the parts of a route's path.
fn captures(path: &str) -> Vec<&str> {
    let parts = path.split('{').skip(1).filter_map(|part| part.split('}').next());
    parts.map(|name| name.trim_end_matches("...")).collect()
}

#[test]
fn every_example_can_be_saved() {
    let mut seen = BTreeSet::new();
    for example in DOCUMENT.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let table: Table = example.parse().expect("TOML");
        for route in table["gateway"]["routes"].as_array().expect("routes") {
            let path = route["path"].as_str().expect("a path");
            let captures = captures(path);
            for (key, policy) in route.as_table().expect("a route").iter().filter(|(_, value)| value.is_table()) {
                let faults = match &**key {
                    "request_headers" => read::<HeaderEditsConfig>(policy).prepare(key, Side::Request, &captures).err(),
                    "answer_headers" => read::<HeaderEditsConfig>(policy).prepare(key, Side::Answer, &captures).err(),
                    "redirect" => read::<RedirectConfig>(policy).prepare(key, &captures).err(),
                    "maintenance" => read::<MaintenanceConfig>(policy).prepare(key).err(),
                    "cors" => read::<CorsConfig>(policy).prepare(key).err(),
                    "compression" => read::<CompressionConfig>(policy).prepare(key).err(),
                    "retries" => read::<RetryConfig>(policy).prepare(key).err(),
                    _ => panic!("{key} is no policy"),
                };
                assert_eq!(faults, None, "{key} of {path}");
                seen.insert(key.clone());
            }
        }
    }
    let all = ["answer_headers", "compression", "cors", "maintenance", "redirect", "request_headers", "retries"];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn what_is_saved_is_read_again_as_it_was() {
    fn again<T: serde::Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(config: &T) {
        let text = serde_json::to_string(config).expect("JSON");
        assert_eq!(&serde_json::from_str::<T>(&text).expect("what was written"), config);
    }
    again(&CorsConfig::default());
    again(&CompressionConfig::default());
    again(&RetryConfig::default());
    again(&MaintenanceConfig::default());
    again(&HeaderEditsConfig::default());
    again(&RedirectConfig { to: "/new".to_owned(), status: 308 });
}
