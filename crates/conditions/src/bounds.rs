//! Whether a condition is short and flat enough to be read.

use crate::{MAX_BYTES, MAX_CHAIN, MAX_DEPTH, NoCondition};

/// Whether it is short and flat enough to be read: the parser calls itself for everything that stands within another.
pub(crate) fn bounds(text: &str) -> Result<(), NoCondition> {
    if text.trim().is_empty() {
        return Err(NoCondition::at(text, 0, "it is empty"));
    }
    if text.len() > MAX_BYTES {
        return Err(NoCondition::at(text, 0, format!("it must have at most {MAX_BYTES} bytes")));
    }
    // Signs in texts count as well: a condition that has so many of them can be written otherwise.
    let (mut depth, mut signs) = (0_usize, 0_usize);
    // Of each bracket that is open: how many operators follow each other without `&&`, `||`, `,` or `?`. The parser puts each
    // within the next one, and calls itself for all of them.
    let mut chains = vec![0_usize];
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let (before, after) = (text.as_bytes().get(offset.wrapping_sub(1)), text.as_bytes().get(offset + 1));
        match byte {
            b'(' | b'{' => chains.push(0),
            b'[' => {
                *chains.last_mut().unwrap_or(&mut 0) += 1;
                chains.push(0);
            }
            b')' | b']' | b'}' if chains.len() > 1 => drop(chains.pop()),
            b'&' | b'|' | b',' | b'?' | b':' => *chains.last_mut().unwrap_or(&mut 0) = 0,
            b'=' if before.is_some_and(|before| b"=!<>".contains(before)) => {}
            b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'.' => {
                *chains.last_mut().unwrap_or(&mut 0) += 1;
            }
            b'i' if after == Some(&b'n') => *chains.last_mut().unwrap_or(&mut 0) += 1,
            _ => {}
        }
        if chains.last().is_some_and(|chain| *chain > MAX_CHAIN) {
            return Err(NoCondition::at(
                text,
                offset,
                format!("more than {MAX_CHAIN} operators follow each other here"),
            ));
        }
        signs = if matches!(byte, b'!' | b'-' | b'.' | b'?') { signs + 1 } else { signs };
        if depth > MAX_DEPTH || signs > 10 * MAX_DEPTH {
            return Err(NoCondition::at(text, offset, "too much stands within another here"));
        }
    }
    Ok(())
}
