//! Whether an address is one of a network: what CEL itself has no function for.

use cel::ExecutionError;
use cel::extractors::This;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// What the function is called: `request.ip.inNetwork("10.0.0.0/8")`.
pub(crate) const IN_NETWORK: &str = "inNetwork";

/// A network, or a single address.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    network.ok_or_else(|| format!("\"{text}\" is no network such as 10.0.0.0/8"))
}

pub(crate) fn in_network(This(address): This<Arc<String>>, written: Arc<String>) -> Result<bool, ExecutionError> {
    let error = |message: String| ExecutionError::function_error(IN_NETWORK, message);
    let network = network(&written).map_err(error)?;
    let address: IpAddr = address.parse().map_err(|_| error(format!("\"{address}\" is no address")))?;
    Ok(network.contains(&address.to_canonical()))
}

#[cfg(test)]
mod tests {
    use crate::{Condition, Given, Values, Variables};
    use chrono::DateTime;
    use serde_json::json;

    fn compile(text: &str) -> Result<Condition, String> {
        let variables = Variables::default().with_anything("request").with_anything("now");
        Condition::compile(text, &variables).map_err(|error| error.to_string())
    }

    fn ask(text: &str, ip: serde_json::Value) -> Result<bool, String> {
        let values = Values::default().with("request", json!({ "ip": ip })).expect("values");
        compile(text).expect("a condition").holds(&values).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_is_in_its_network_and_in_no_other() {
        let inside = r#"request.ip.inNetwork("10.0.0.0/8")"#;
        assert_eq!(ask(inside, json!("10.1.2.3")), Ok(true));
        assert_eq!(ask(inside, json!("::ffff:10.1.2.3")), Ok(true), "the same address, written otherwise");
        assert_eq!(ask(inside, json!("11.1.2.3")), Ok(false));
        assert_eq!(ask(r#"request.ip.inNetwork("2001:db8::/32")"#, json!("2001:db8::1")), Ok(true));
        assert_eq!(ask(r#"request.ip.inNetwork("192.0.2.1")"#, json!("192.0.2.1")), Ok(true));
    }

    #[test]
    fn what_is_no_address_or_network_is_no_answer_and_is_found_when_it_is_saved() {
        let inside = r#"request.ip.inNetwork("10.0.0.0/8")"#;
        for ip in [json!(null), json!("somewhere"), json!(10)] {
            assert!(ask(inside, ip).is_err());
        }
        let refused = compile(r#"true && request.ip.inNetwork("10.0.0.0/33")"#).expect_err("refused");
        assert_eq!(refused, r#"line 1, column 30: "10.0.0.0/33" is no network such as 10.0.0.0/8"#);
        assert!(compile("request.ip.inNetwork()").is_err());
    }

    #[test]
    fn a_moment_has_an_hour_and_a_condition_knows_what_it_names() {
        let condition = compile("now.getHours() >= 8 && now.getHours() < 18").expect("a condition");
        let at = |text: &str| {
            let mut values = Values::default();
            values.set("now", &Given::moment(DateTime::parse_from_rfc3339(text).expect("a time").to_utc()));
            condition.holds(&values)
        };
        assert_eq!(at("2026-03-02T08:00:00Z"), Ok(true));
        assert_eq!(at("2026-03-02T18:00:00Z"), Ok(false));
        assert!(condition.names("now") && !condition.names("request"));
    }
}
