//! One by chance, by weight: Vose's alias method (M. D. Vose, "A linear algorithm for generating random numbers with a given
//! distribution", 1991). One draw says a column, another whether it is who stands in it or their alias; no cost grows with the number of
//! endpoints.

use super::Member;
use super::choice::Choice;

struct Column {
    /// How probable it is that the column's own endpoint is meant.
    own: f32,
    /// Who is meant otherwise.
    alias: u16,
}

/// A column for each endpoint.
pub(super) struct Alias(Box<[Column]>);

impl Alias {
    pub(super) fn new(members: &[Member]) -> Self {
        let total: f64 = members.iter().map(|member| f64::from(member.weight)).sum();
        let scale = members.len() as f64 / total.max(1.0);
        // What each has of an average column; those with less are filled up by those with more.
        let mut parts: Vec<f64> = members.iter().map(|member| f64::from(member.weight) * scale).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..parts.len()).partition(|index| parts[*index] < 1.0);
        let mut columns: Vec<Column> = (0..parts.len()).map(|index| Column { own: 1.0, alias: index as u16 }).collect();
        while let (Some(less), Some(more)) = (small.pop(), large.pop()) {
            columns[less] = Column { own: parts[less] as f32, alias: more as u16 };
            parts[more] -= 1.0 - parts[less];
            if parts[more] < 1.0 { small.push(more) } else { large.push(more) }
        }
        Self(columns.into())
    }

    pub(super) fn pick(&self, choice: &mut Choice<'_>) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        choice.by_turns(|draws| {
            let index = draws.below(self.0.len());
            let Column { own, alias } = self.0[index];
            if draws.fraction() < own { index } else { usize::from(alias) }
        })
    }
}
