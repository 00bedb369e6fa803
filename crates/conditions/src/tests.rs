use super::*;
use proptest::prelude::*;
use serde_json::json;

#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only its schema is read")]
struct Event {
    id: u32,
    #[schema(rename = "type")]
    kind: String,
    is_new: bool,
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

fn of(text: &str) -> Result<Condition, NoCondition> {
    Condition::compile(text, &Variables::default().with::<Event>("event"))
}

fn ask(text: &str) -> Result<bool, NoAnswer> {
    let data = json!({ "roles": ["guest", "user"], "version": 3, "at": "2030-01-01T00:00:00Z" });
    let event = json!({ "id": 1, "type": "user.created", "is_new": true, "data": data });
    let values = Values::default().with("event", event).expect("values");
    of(text).unwrap_or_else(|error| panic!("{text}: {error}")).holds(&values)
}

#[test]
fn a_condition_is_asked_of_what_it_names() {
    for (text, answer) in [
        ("event.type == 'user.created'", true),
        ("event.type.startsWith('user.') && event.data.version > 2", true),
        ("event.type in ['user.deleted', 'user.suspended']", false),
        ("has(event.data.email) && event.data.email.endsWith('@example.com')", false),
        ("event.data.roles.exists(role, role == 'guest')", true),
        ("size(event.data.roles) == 2 ? true : false", true),
        ("!(event.type == 'x')", true),
        ("event.is_new", true),
        ("event['type'] == 'user.created' && event[\"data\"]['version'] == 3", true),
        ("event.data.roles.filter(role, role != 'guest') == ['user']", true),
        ("event.data.roles.all(event, event.contains('u'))", true),
        ("{'a': event.is_new}.a", true),
    ] {
        assert_eq!(ask(text), Ok(answer), "{text}");
    }
}

#[test]
fn numbers_of_an_event_can_be_calculated_with() {
    for text in [
        "event.data.version + 1 == 4",
        "event.data.version % 2 == 1 && event.id - 1 == 0",
        "event.data.version * 2 > 5 && -event.data.version == -3",
    ] {
        assert_eq!(ask(text), Ok(true), "{text}");
    }
}

#[test]
fn what_a_text_holds_counts_for_no_bound() {
    let places = ["'10.0.0.1'"; MAX_ELEMENTS].join(", ");
    for text in [
        "event.type == 'https://example.com/a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t-u-v-w-x-y-z'".to_owned(),
        format!("event.type == '{}'", "in ".repeat(25)),
        format!("event.type == '{}'", "(".repeat(100)),
        format!("event.type in [{places}]"),
    ] {
        assert_eq!(ask(&text), Ok(false), "{text}");
    }
}

#[test]
fn each_function_can_be_asked() {
    for text in [
        "size('abc') == 3 && 'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c')",
        "int('1') == 1 && uint('1') == 1u && double('1') == 1.0 && string(1) == '1'",
        "timestamp(event.data.at) > timestamp('2029-12-31T00:00:00Z')",
        "timestamp(event.data.at) - timestamp('2029-12-31T00:00:00Z') == duration('24h')",
        "timestamp(event.data.at).getFullYear() == 2030 && timestamp(event.data.at).getMonth() == 0",
        "timestamp(event.data.at).getDate() == 1 && timestamp(event.data.at).getDayOfMonth() == 0",
        "timestamp(event.data.at).getDayOfYear() == 0 && timestamp(event.data.at).getDayOfWeek() == 2",
        "timestamp(event.data.at).getHours() == 0 && timestamp(event.data.at).getMinutes() == 0",
        "duration('90m').getHours() == 1 && duration('90m').getMinutes() == 90",
        "duration('1500ms').getSeconds() == 1 && duration('1500ms').getMilliseconds() > 0",
        "timestamp(event.data.at).getSeconds() == 0 && timestamp(event.data.at).getMilliseconds() == 0",
    ] {
        assert_eq!(ask(text), Ok(true), "{text}");
    }
}

#[test]
fn what_cannot_be_answered_is_no_yes_and_says_why() {
    for (text, why) in [
        ("event.data.nothing == 1", "nothing"),
        ("event.data.version", "true or false"),
        ("event.data.at > 3", ""),
        ("event.data.version ? true : 'x'", ""),
    ] {
        let refused = ask(text).expect_err(text).to_string();
        assert!(refused.contains(why), "{text}: {refused}");
    }
}

fn refused(cases: &[(&str, usize, &str)]) {
    for (text, column, why) in cases {
        let refused = of(text).expect_err(text);
        assert!(refused.message.contains(why), "{text}: {refused}");
        assert_eq!((refused.line, refused.column), (1, *column), "{text}: {refused}");
    }
}

#[test]
fn a_name_that_there_is_not_is_told_with_its_place_and_what_is_like_it() {
    refused(&[
        ("evnt.type == 'x'", 1, "there is no `evnt`; did you mean `event`?"),
        ("event.type == 'x' && uesr", 22, "there is no `uesr`"),
        ("event.typ == 'x'", 7, "there is no `event.typ`; did you mean `event.type`?"),
        ("'ä' == event.typ", 14, "did you mean `event.type`?"),
        ("event['typ'] == 'x'", 8, "there is no `event.typ`; did you mean `event.type`?"),
        ("has(event.typ)", 11, "did you mean `event.type`?"),
        ("event.name == 'x'", 7, "there is no `event.name`; it has data, id, is_new, type"),
        ("event.type.length == 3", 12, "`event.type` is a text, and has no field `length`"),
        ("event.is_new.not", 14, "`event.is_new` is true or false, and has no field `not`"),
        ("event.type.startsWith == 'x'", 12, "write `event.type.startsWith(…)`"),
        ("event.data.roles.exists(role, event.typ == role)", 37, "did you mean `event.type`?"),
        ("event.is_new == True", 17, "did you mean `true`?"),
        ("true && shell('x')", 9, "there is no function `shell`"),
        ("event.type.startswith('x')", 12, "did you mean `startsWith`?"),
        ("event.type.exists('x')", 12, "`exists` is written otherwise"),
        ("event.data.roles.exists(a, event.data.roles.exists(b, a == b))", 51, "within another"),
        ("", 1, "empty"),
    ]);
}

#[test]
fn what_can_be_neither_true_nor_false_is_no_condition() {
    refused(&[
        ("'user.created'", 1, "this is a text, not true or false"),
        ("event.type", 1, "`event.type` is a text, not true or false"),
        ("event['type']", 1, "`event.type` is a text, not true or false"),
        ("1", 1, "a number"),
        ("null", 1, "this is nothing, not true or false"),
        ("event.id + 1", 1, "a value that was calculated"),
        ("-event.id", 1, "a value that was calculated"),
        ("size(event.type)", 1, "a number"),
        ("event.type.size()", 1, "a number"),
        ("event", 1, "`event` is something with fields"),
        ("event.data", 1, "`event.data` is something with fields"),
        ("[true]", 1, "a list"),
        ("{'a': true}", 1, "something with fields"),
        ("event.data.roles.map(role, role == 'x')", 1, "a list"),
        ("event.data.roles.filter(role, role == 'x')", 1, "a list"),
        ("event.data.roles.exists(role, 'x')", 31, "a text"),
        ("event.type == 'a' || 'b'", 22, "this is a text, not true or false"),
        ("event.is_new && event.type", 17, "`event.type` is a text"),
        ("!event.type", 2, "`event.type` is a text"),
        ("event.type ? true : false", 1, "`event.type` is a text"),
        ("event.is_new ? 'a' : 'b'", 1, "a text"),
    ]);
}

#[test]
fn what_can_never_meet_is_no_condition() {
    refused(&[
        ("event.type > timestamp('2026-05-21T09:00:00Z')", 1, "write `timestamp(event.type)`"),
        ("timestamp('2026-05-21T09:00:00Z') < event.type", 1, "write `timestamp(event.type)`"),
        ("event.type == 5", 1, "`event.type` is a text, and what it is compared with is a number"),
        ("event.is_new && size(event.type) > 'a'", 17, "this is a number, and what it is compared with is a text"),
        ("event.is_new == 'true'", 1, "`event.is_new` is true or false"),
        ("event.type in 'user.created'", 15, "`in` looks into a list"),
        ("event.type.getFullYear() == 2026", 1, "write `timestamp(event.type).getFullYear()`"),
        ("event.id.startsWith('a')", 1, "`event.id` is a number: `startsWith` is asked of a text"),
        ("event.type.startsWith('a', 'b')", 12, "`startsWith` is written `….startsWith(…)`"),
        ("size() == 1", 1, "`size` is written `size(…)`"),
    ]);
    for text in [
        "event.type == null || event.type != event.data.kind",
        "event.id + 1 == 2 && event.data.roles == ['a', 'b'] || event.type in event.data.roles",
        "timestamp(event.data.at) > timestamp('2026-05-21T09:00:00Z')",
        "event.data == event.data && event.type + 'x' == 'y'",
    ] {
        of(text).expect(text);
    }
}

#[test]
fn a_list_is_no_longer_than_can_be_made_for_each_event() {
    let of_so_many = |many| format!("event.id in [{}]", vec!["1"; many].join(","));
    of(&of_so_many(MAX_ELEMENTS)).expect("as many as there may be");
    let refused = of(&of_so_many(MAX_ELEMENTS + 1)).expect_err("one more").to_string();
    assert!(refused.contains("line 1, column 13: the lists of a condition may have 100 elements"), "{refused}");
    let both = ["1"; 60].join(",");
    of(&format!("event.id in [{both}] || event.id in [{both}]")).expect_err("altogether");
}

#[test]
fn a_bomb_is_refused_before_it_is_read() {
    for text in [
        "(".repeat(100_000),
        format!("{}true{}", "(".repeat(200), ")".repeat(200)),
        format!("{}true", "!".repeat(1500)),
        format!("{}1 == 1", "-".repeat(1500)),
        "[".repeat(1000),
        "a".repeat(MAX_BYTES + 1),
        "true ? true : ".repeat(100) + "true",
        format!("event{}", ".a".repeat(900)),
    ] {
        assert!(of(&text).is_err(), "{}", &text[..20]);
    }
}

proptest! {
    #[test]
    fn no_text_ends_badly(text in "\\PC{0,200}") {
        no_bad_end(&text);
    }

    #[test]
    fn no_text_of_the_language_s_own_signs_ends_badly(text in "[a-e.()\\[\\]{}!<>=&|?:+*/%'\" 0-9-]{0,120}") {
        no_bad_end(&text);
    }

    #[test]
    fn no_text_of_the_language_s_own_words_ends_badly(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..24)
    ) {
        no_bad_end(&words.join(" "));
    }
}

const WORDS: &[&str] = &[
    "event", ".type", ".", "==", "=", "&&", "and", "!", "-", "(", ")", "[", "]", "{", "}", ",", "?", ":", "'x'", "'",
    "1", "in", "has", "exists", "if", "true", "\\", "\"", "size", "+", "ä", "#",
];

/// It is refused in plain words, at a place that there is, or can be asked.
fn no_bad_end(text: &str) {
    match of(text) {
        Ok(condition) => drop(condition.holds(&Values::default())),
        Err(refused) => {
            for word in ["yntax", "expecting", "token", "input", "UNKNOWN", "Context", "viable"] {
                assert!(!refused.message.contains(word) || text.contains(word), "{text}: {refused}");
            }
            let line = text.split('\n').nth(refused.line - 1).unwrap_or_else(|| panic!("{text}: {refused}"));
            assert!(refused.column <= line.chars().count() + 1, "{text}: {refused}");
        }
    }
}

/// What each bracket, and each operator, may hold within it.
const WITHIN: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{1: ", "}"),
    ("event[", "]"),
    ("size(", ")"),
    ("event.contains(", ")"),
    ("true ? (", ") : true"),
    ("event.exists(x, ", ")"),
    ("has(event[", "].a)"),
];
const LINKS: &[&str] = &["+1", "-1", "*1", "/1", "%1", "<1", "==1", " in [1]", "[0]", ".a", ">=1", "!=1", ".size()"];

/// A thread of the platform has 2 MiB of stack, and a debug build takes the most of it. What is written may be refused, or
/// asked; it may not end the process.
fn in_a_thread_of_the_platform(texts: Vec<String>) {
    let read = move || {
        let variables = Variables::default().with_anything("event");
        for text in texts {
            if let Ok(condition) = Condition::compile(&text, &variables) {
                let _ = condition.holds(&Values::default().with("event", 1).expect("a value"));
            }
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(read).expect("a thread").join().expect("no panic");
}

#[test]
fn a_chain_of_operators_is_refused_before_it_fills_a_stack() {
    let of = |link: &str, links| format!("event{}", link.repeat(links));
    for link in LINKS {
        let links = [MAX_CHAIN - 1, MAX_CHAIN / 2, 60, 200, 400];
        in_a_thread_of_the_platform(links.map(|links| of(link, links)).into());
        Condition::compile(&of(link, 400), &Variables::default().with_anything("event")).expect_err(link);
    }
    let flat = ["event == 1"; 60].join(" || ");
    let variables = Variables::default().with_anything("event");
    Condition::compile(&flat, &variables).expect("many of them beside each other are fine");
}

#[test]
fn what_stands_within_another_fills_no_stack() {
    for (open, close) in WITHIN {
        for link in ["", "+1", "!", "-", " in [1]", ".a", "event.a.a.a+"] {
            let texts = [4, 8, 16, MAX_DEPTH].map(|depth| {
                let (mut before, mut after) = (String::new(), String::new());
                for _ in 0..depth {
                    let links = link.repeat(MAX_CHAIN.min(1700 / depth / link.len().max(1)) / 2);
                    let (left, right) = if link.starts_with(['+', ' ', '.']) { ("", &*links) } else { (&*links, "") };
                    before += &format!("{left}{open}");
                    after = format!("{close}{right}{after}");
                }
                format!("{before}event{after}")
            });
            in_a_thread_of_the_platform(texts.into());
        }
    }
}

#[test]
fn brackets_that_are_not_closed_fill_no_stack() {
    let text = "[> 0<*)5[>=[][c?(d[=|(}3]c[e/[%&'d{*+!!]|:&]:8-[[[?[<?%[{{{c>b[>[ 4|:b0";
    in_a_thread_of_the_platform(vec![text.to_owned(), "([{".repeat(8), "[a(".repeat(8)]);
}

#[test]
fn of_several_each_has_its_own_answer_and_what_nobody_sees_is_in_none() {
    let texts = ["event.type == 'a'", "event.type ==", "true", "event.type == 'a\0'", "true \u{7}", "true\n\t && true"];
    let read: Vec<_> = Condition::compile_all(&texts, &Variables::default().with::<Event>("event"))
        .into_iter()
        .map(|read| read.is_ok())
        .collect();
    assert_eq!(read, [true, false, true, false, false, true]);
    let refused = of("true ||\n'\0' == 'x'").expect_err("NUL");
    assert_eq!((refused.line, refused.column), (2, 2));
    assert!(refused.message.contains("U+0000"), "{refused}");
}

#[test]
fn what_a_condition_reads_is_each_path_as_far_as_it_is_written() {
    let variables = || Variables::default().with::<Event>("event").with_anything("now");
    for (text, paths) in [
        ("true", vec![]),
        ("event.type == 'a' && event.type != 'b'", vec!["event.type"]),
        ("now.getHours() >= 8 || !event.is_new", vec!["event.is_new", "now"]),
        ("has(event.data.size) && size(event.data.size) > event.id", vec!["event.data.size", "event.id"]),
        ("event.data.roles.exists(role, role == event.type)", vec!["event.data.roles", "event.type"]),
        ("event.data['a'].b == event.data.list[event.id]", vec!["event.data.a.b", "event.data.list", "event.id"]),
        ("event.type in [event.data.one, 'x']", vec!["event.data.one", "event.type"]),
    ] {
        let condition = Condition::compile(text, &variables()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(condition.paths().into_iter().collect::<Vec<_>>(), paths, "{text}");
    }
}

#[test]
fn what_can_never_hold_is_refused_and_what_may_is_not() {
    #[derive(utoipa::ToSchema)]
    #[allow(dead_code, reason = "only its schema is read")]
    struct Request {
        #[schema(format = "ip")]
        ip: Option<String>,
        name: Option<String>,
    }
    let variables =
        || Variables::default().with::<Request>("request").with_moment("now").with_anything("other").for_keeping();
    for (text, told) in [
        ("request.ip == '10.0.0.0/8'", "write `request.ip.inNetwork(\"10.0.0.0/8\")`"),
        ("true && '10.0.0.0/8' == request.ip", "is a network, and never an address"),
        ("request.ip == 'localhost'", "is no address"),
        ("request.ip in ['10.0.0.0/8', '192.168.0.0/16']", "is a network"),
        ("now.getHours() > 25", "`getHours()` is from 0 to 23, so that this never holds"),
        ("24 <= now.getHours()", "never holds"),
        ("now.getHours() == 24 || true", "never holds"),
        ("now.getHours() < 0", "never holds"),
        ("now.getDate() == 0", "`getDate()` is from 1 to 31"),
        ("now.getDayOfWeek() in [7, 8]", "`getDayOfWeek()` is from 0 to 6"),
        ("timestamp(other.at).getMonth() == 12", "`getMonth()` is from 0 to 11"),
        ("now == 'today'", "is a time"),
    ] {
        let refused = Condition::compile(text, &variables()).expect_err(text);
        assert!(refused.message.contains(told), "{text}: {refused}");
    }
    for text in [
        "request.ip == '10.0.0.1' || request.ip in ['10.0.0.0/8', '2001:db8::1']",
        "request.ip != '10.0.0.0/8' && request.ip.startsWith('10.') && request.ip == request.name",
        "request.name == '10.0.0.0/8' && other.ip == '10.0.0.0/8'",
        "now.getHours() >= 23 && now.getMinutes() < 60 && now.getDayOfWeek() in [0, 6, 7]",
        "now.getHours() + 1 > 23 && now.getHours() * 2 == 46",
        "duration('90m').getMinutes() == 90 && duration(other.long).getHours() > 25",
        "other.at.getHours() > 25",
        "now - timestamp('2030-01-01T00:00:00Z') < duration('1h')",
    ] {
        if let Err(error) = Condition::compile(text, &variables()) {
            panic!("{text}: {error}");
        }
    }
    // What was kept before goes on: a denial that cannot be read would deny.
    let kept = Variables::default().with::<Request>("request").with_moment("now");
    assert!(Condition::compile("now.getHours() > 25 || request.ip == '10.0.0.0/8'", &kept).is_ok());
}

#[test]
fn a_constant_that_cannot_be_read_is_refused_where_it_stands_and_one_that_can_is_not() {
    let variables = || Variables::default().with_moment("now").with_anything("other");
    for (text, column, told) in [
        ("now < timestamp('2026-01-01')", 17, "\"2026-01-01\" is no moment such as 2030-01-01T00:00:00Z"),
        ("now < timestamp('2026-02-30T00:00:00Z')", 17, "is no moment"),
        ("true || now < timestamp('2026-01-01T00:00:00')", 25, "is no moment"),
        ("now - timestamp(other.at) > duration('1d')", 38, "\"1d\" is no duration such as 90m or 24h"),
        ("other.count > int('x')", 19, "\"x\" is no whole number"),
        ("other.count > uint('-1')", 20, "is no whole number such as 42, from 0 on"),
        ("other.count > double('x')", 22, "is no number"),
        ("other.all(one, timestamp(one) < timestamp('today'))", 43, "\"today\" is no moment"),
    ] {
        let refused = Condition::compile(text, &variables().for_keeping()).expect_err(text);
        assert!(refused.message.contains(told), "{text}: {refused}");
        assert_eq!((refused.line, refused.column), (1, column), "{text}: {refused}");
        // What was kept before goes on, as far as it has an answer.
        assert!(Condition::compile(text, &variables()).is_ok(), "{text}");
    }
    for text in [
        "now < timestamp('2026-01-01T00:00:00Z') || now > timestamp('2026-01-01T00:00:00.123456+02:00')",
        "now - timestamp(other.at) > duration('1h30m') && duration(other.long) < duration('-90s')",
        "other.count > int('-42') && other.count > int(4.2) && uint('42') == 42u && double('4.2') > double(4)",
    ] {
        if let Err(error) = Condition::compile(text, &variables().for_keeping()) {
            panic!("{text}: {error}");
        }
    }
}
