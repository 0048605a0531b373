//! Any text as a frame of a visitor or an agent: understood or refused, and what is understood is written as it was read.
#![no_main]

use deskbell::protocol::ClientFrame;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(frame) = serde_json::from_str::<ClientFrame>(text) {
        let written = serde_json::to_string(&frame).expect("what was read can be written");
        assert_eq!(serde_json::from_str::<ClientFrame>(&written).expect("what was written can be read"), frame);
    }
});
