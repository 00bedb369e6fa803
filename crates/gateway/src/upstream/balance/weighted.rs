//! Smooth weighted round robin: 5, 1 and 1 make a a b a c a a, and not a a a a a b c.
//!
//! The order is nginx's (`ngx_http_upstream_get_peer` in `ngx_http_upstream_round_robin.c`): in each turn everybody's credit grows by their
//! weight, who has most is taken, and pays all the weights. nginx keeps the credits under a lock for all workers. They come back to where
//! they were after as many turns as the weights sum up to, so here the turns are reckoned once, and cores share nothing but the number of
//! the turn.

use super::Member;
use super::choice::Choice;
use super::round_robin::Turn;

/// Turns that are reckoned at most, 2 bytes each. Weights that sum up to more are rounded.
const TURNS: u64 = 8192;

/// Whose turn it is, again and again.
pub(super) struct Schedule {
    turns: Box<[u16]>,
    turn: Turn,
}

impl Schedule {
    pub(super) fn new(members: &[Member]) -> Self {
        let turns = turns(&reduced(&members.iter().map(|member| u64::from(member.weight.max(1))).collect::<Vec<_>>()));
        Self { turns, turn: Turn::default() }
    }

    pub(super) fn pick(&self, choice: &mut Choice<'_>) -> Option<usize> {
        if self.turns.is_empty() {
            return None;
        }
        choice.by_turns(|_| usize::from(self.turns[self.turn.next(self.turns.len())]))
    }
}

/// The same weights in small numbers.
fn reduced(weights: &[u64]) -> Vec<i64> {
    let divisor = weights.iter().copied().fold(0, greatest_common_divisor).max(1);
    let total: u64 = weights.iter().sum::<u64>() / divisor;
    let reduce = |weight: &u64| {
        let weight = weight / divisor;
        if total <= TURNS { weight } else { ((weight * TURNS + total / 2) / total).max(1) }
    };
    weights.iter().map(|weight| reduce(weight).cast_signed()).collect()
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn turns(weights: &[i64]) -> Box<[u16]> {
    let total: i64 = weights.iter().sum();
    let mut credits = vec![0_i64; weights.len()];
    let next = |_| {
        let mut best = 0;
        for (index, weight) in weights.iter().enumerate() {
            credits[index] += weight;
            if credits[index] > credits[best] {
                best = index;
            }
        }
        credits[best] -= total;
        best as u16
    };
    (0..total).map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::{TURNS, reduced, turns};
    use proptest::prelude::*;

    fn order(weights: &[u64]) -> Vec<u16> {
        turns(&reduced(weights)).into_vec()
    }

    #[test]
    fn turns_come_in_the_order_of_nginx() {
        assert_eq!(order(&[5, 1, 1]), [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(order(&[50, 10, 10]), [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(order(&[1, 1, 1]), [0, 1, 2]);
        assert_eq!(order(&[4, 2]), [0, 1, 0]);
        assert_eq!(order(&[]), [0_u16; 0]);
    }

    #[test]
    fn large_weights_are_rounded_and_leave_nobody_out() {
        let order = order(&[1000, 999, 1, 997, 991, 983, 1000, 1000, 1000, 1000, 1000]);
        let of = |index: u16| order.iter().filter(|turn| **turn == index).count() as f64 / order.len() as f64;
        assert!(order.len() <= TURNS as usize + 11);
        assert!((of(0) - 1000.0 / 9971.0).abs() < 0.001 && of(2) > 0.0);
    }

    proptest! {
        #[test]
        fn every_part_of_the_turns_is_as_fair_as_the_whole(weights in proptest::collection::vec(1_u64..20, 1..12)) {
            let order = order(&weights);
            let total: u64 = weights.iter().sum();
            let mut had = vec![0_u64; weights.len()];
            for (turns, index) in order.iter().enumerate() {
                had[usize::from(*index)] += 1;
                for (weight, had) in weights.iter().zip(&had) {
                    let due = *weight as f64 * (turns + 1) as f64 / total as f64;
                    // How far nginx's order is ahead or behind at most grows with the number of endpoints, not with the turns.
                    prop_assert!((*had as f64 - due).abs() <= weights.len() as f64, "{} of {} in {:?}", had, due, order);
                }
            }
        }
    }
}
