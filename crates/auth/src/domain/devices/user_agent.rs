//! What a device says of itself, in words that people know.

use orion_contracts::auth::DeviceKind;
use woothee::parser::Parser;

/// What is said where a device says nothing.
const UNKNOWN: &str = "Unknown device";
/// How long the name of a program is at most, in letters.
const LONGEST: usize = 40;
/// What the library says where it does not know.
const NOT_KNOWN: &str = "UNKNOWN";

/// The name of a device, such as "Firefox on Linux", and what kind of thing it is. Nothing of it is proven.
pub(in crate::domain) fn name_of(user_agent: Option<&str>) -> (String, DeviceKind) {
    let Some(agent) = user_agent.map(str::trim).filter(|agent| !agent.is_empty()) else {
        return (UNKNOWN.to_owned(), DeviceKind::Unknown);
    };
    let parsed = Parser::new().parse(agent).filter(|parsed| parsed.name != NOT_KNOWN);
    let kind = parsed.as_ref().map_or(DeviceKind::Program, |parsed| match parsed.category {
        "pc" => DeviceKind::Computer,
        "smartphone" | "mobilephone" => DeviceKind::Phone,
        _ => DeviceKind::Program,
    });
    match parsed.filter(|_| kind != DeviceKind::Program) {
        Some(parsed) => match system(parsed.os) {
            "" => (parsed.name.to_owned(), kind),
            system => (format!("{} on {system}", parsed.name), kind),
        },
        None => (program(agent), DeviceKind::Program),
    }
}

/// The name of a device that a browser on it says, in words that are ours; nothing of what another program says, for a mail in
/// our name must not carry somebody's words.
pub(in crate::domain) fn known_name_of(user_agent: Option<&str>) -> Option<String> {
    let (name, kind) = name_of(user_agent);
    matches!(kind, DeviceKind::Computer | DeviceKind::Phone).then_some(name)
}

/// An operating system as people say it.
fn system(os: &str) -> &str {
    match os {
        NOT_KNOWN => "",
        "Mac OSX" => "macOS",
        os if os.starts_with("Windows") => "Windows",
        os => os,
    }
}

/// The first product of a program's text (RFC 9110, section 10.1.5), without its version.
fn program(agent: &str) -> String {
    let product = agent.split(['/', ' ']).next().unwrap_or_default();
    let name: String = product.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    if name.is_empty() { UNKNOWN.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_as_people_call_them() {
        for (agent, name, kind) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
                "Firefox on Linux",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
                "Chrome on Windows",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge on Windows",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
                DeviceKind::Phone,
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
                DeviceKind::Phone,
            ),
            ("curl/8.14.1", "curl", DeviceKind::Program),
            ("orion/0.1.0", "orion", DeviceKind::Program),
            ("a\u{7}b", "ab", DeviceKind::Program),
        ] {
            assert_eq!(name_of(Some(agent)), (name.to_owned(), kind), "{agent}");
        }
        for nothing in [None, Some(""), Some("  "), Some("/")] {
            assert_eq!(name_of(nothing).0, UNKNOWN);
        }
    }
}
