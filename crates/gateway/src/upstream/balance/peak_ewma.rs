//! The cheaper of two by chance, by [peak EWMA](crate::upstream::latency): the power of two choices (M. Mitzenmacher, 2001) with the cost of
//! Finagle and Linkerd. Two are enough to keep nearly all from the worst, and unlike the best of all they are not the same for everybody.

use super::choice::Choice;

/// Pairs that are drawn before all are looked at.
const PAIRS: usize = 8;

pub(super) fn pick(choice: &mut Choice<'_>) -> Option<usize> {
    let members = choice.members.len();
    if members < 2 {
        return choice.any();
    }
    for _ in 0..PAIRS {
        let first = choice.draws.below(members);
        let second = choice.draws.below(members - 1);
        // Another one than the first.
        let second = if second >= first { second + 1 } else { second };
        match (choice.takes(first), choice.takes(second)) {
            (true, true) => return Some(if cost(choice, second) < cost(choice, first) { second } else { first }),
            (true, false) => return Some(first),
            (false, true) => return Some(second),
            (false, false) => {}
        }
    }
    choice.any()
}

fn cost(choice: &Choice<'_>, index: usize) -> f32 {
    let endpoint = &choice.members[index].endpoint;
    endpoint.hot.latency.cost(endpoint.in_flight(), choice.rules.now) / choice.share(index)
}
