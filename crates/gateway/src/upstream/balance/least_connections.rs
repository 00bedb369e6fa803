//! The endpoint with the fewest requests under way for its share: `(under way + 1) / share`, as Envoy weighs it, so that of two idle ones
//! the larger is taken.
//!
//! Counts are those of all cores, so nobody's picture is old and the herd that per-worker counts cause does not come up.

use super::choice::Choice;

/// Endpoints that are compared, from one by chance on: all of a small cluster. The best of so many is nearly as good as the best of all,
/// and costs the same in a cluster of any size.
const COMPARED: usize = 16;

/// Of those that are alike the first is taken; where the comparing begins is chance, so all get their part.
pub(super) fn pick(choice: &mut Choice<'_>) -> Option<usize> {
    let members = choice.members.len();
    let mut index = choice.draws.below(members);
    let mut best: Option<(usize, f32)> = None;
    for _ in 0..members.min(COMPARED) {
        if choice.takes(index) {
            let cost = (choice.members[index].endpoint.in_flight() as f32 + 1.0) / choice.share(index);
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((index, cost));
            }
        }
        index = if index + 1 == members { 0 } else { index + 1 };
    }
    best.map(|(index, _)| index).or_else(|| choice.any())
}
