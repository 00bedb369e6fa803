//! The endpoint with the fewest requests under way for its share: `(under way + 1) / share`, as Envoy weighs it, so that of two idle ones
//! the larger is taken.
//!
//! Counts are those of all cores, so nobody's picture is old and the herd that per-worker counts cause does not come up.

use super::choice::Choice;

/// Endpoints that are compared, from one by chance on. The best of so many is as good as the best of all, and costs the same in a
/// cluster of any size.
const COMPARED: usize = 64;

pub(super) fn pick(choice: &mut Choice<'_>) -> Option<usize> {
    let members = choice.members.len();
    let start = choice.draws.below(members);
    let (mut best, mut alike) = (None, 0);
    for step in 0..members.min(COMPARED) {
        let index = (start + step) % members;
        if !choice.takes(index) {
            continue;
        }
        let cost = (choice.members[index].endpoint.in_flight() as f32 + 1.0) / choice.share(index);
        match best {
            Some((_, least)) if cost > least => {}
            // Of those that are alike each is as probable as the others.
            Some((_, least)) if cost == least => {
                alike += 1;
                if choice.draws.below(alike) == 0 {
                    best = Some((index, cost));
                }
            }
            _ => (best, alike) = (Some((index, cost)), 1),
        }
    }
    best.map(|(index, _)| index).or_else(|| choice.any())
}
