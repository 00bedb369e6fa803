//! A request's body for as many tries as it may take.

use super::body::RequestBody;
use super::exchange::Exchange;
use crate::edge;
use crate::policies::Kept;
use bytes::Bytes;
use http_body::Body;
use std::cell::RefCell;
use std::rc::Rc;

/// A request's body for one try after the other.
pub(super) struct Bodies {
    rest: edge::RequestBody,
    kept: Option<Rc<RefCell<Kept>>>,
    limit: u64,
    /// Whether it came without a length.
    is_open: bool,
}

impl Bodies {
    /// A body of at most `limit` bytes, of which `keep` may be kept for another try.
    pub(super) fn new(body: edge::RequestBody, limit: u64, keep: Option<usize>) -> Self {
        let is_open = body.size_hint().exact().is_none();
        Self { rest: body, kept: keep.map(|keep| Rc::new(RefCell::new(Kept::up_to(keep)))), limit, is_open }
    }

    /// The body of the next try, from its beginning; nothing when what was read of it is not there any more.
    pub(super) fn next(&self, exchange: &Exchange) -> Option<RequestBody> {
        let before = match &self.kept {
            None => (exchange.received.get() == 0).then(Bytes::new)?,
            Some(kept) => kept.borrow().read()?,
        };
        let counted = (exchange.received.clone(), self.limit);
        Some(RequestBody::of_try(self.rest.clone(), counted, before, self.kept.clone(), self.is_open))
    }

    /// Whether there is another one.
    pub(super) fn has_next(&self, exchange: &Exchange) -> bool {
        match &self.kept {
            None => exchange.received.get() == 0,
            Some(kept) => kept.borrow().is_whole(),
        }
    }

    /// The answer has begun: nothing needs to be kept any more.
    pub(super) fn let_go(&self) {
        if let Some(kept) = &self.kept {
            kept.borrow_mut().let_go();
        }
    }
}
