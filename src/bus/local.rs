//! The bus of a single node: a function call.

use std::sync::OnceLock;

use super::{Bus, Hint, Sink};

/// Hands every hint to this process's own sink.
#[derive(Default)]
pub struct Local {
    sink: OnceLock<Sink>,
}

impl Bus for Local {
    fn publish(&self, hint: Hint) {
        if let Some(sink) = self.sink.get() {
            sink(hint);
        }
    }

    fn listen(&self, sink: Sink) {
        // A second listener would be a second desk in one process: the first stays.
        let _ = self.sink.set(sink);
    }
}
