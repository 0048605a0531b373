//! Which right each frame needs, and how a frame is answered that its sender may never send.

use metrics::counter;

use super::session::{self, ID_BYTES, refused};
use super::wire;
use crate::desk::{Action, Actor, On, may};
use crate::protocol::{ClientFrame, ErrorCode, NoteBody, ServerFrame};

/// The right that a frame needs. Whether it may be used on what the frame names is asked where that is at hand.
pub(super) const fn action(frame: &ClientFrame) -> Action {
    match frame {
        ClientFrame::Hello(_) | ClientFrame::Ping { .. } => Action::Stay,
        ClientFrame::Send(_) | ClientFrame::Reopen { .. } => Action::Speak,
        ClientFrame::Fetch { .. } | ClientFrame::Read { .. } | ClientFrame::Typing { .. } => Action::See,
        ClientFrame::Handoff { .. } | ClientFrame::End { .. } => Action::End,
        ClientFrame::Identify { .. } | ClientFrame::Visit { .. } => Action::Identify,
        ClientFrame::Watch { .. } | ClientFrame::Open { .. } | ClientFrame::Look { .. } => Action::Watch,
        ClientFrame::Claim { force: Some(true), .. }
        | ClientFrame::Assign { .. }
        | ClientFrame::Note { body: NoteBody { whisper: true, .. }, .. }
        | ClientFrame::Presence { agent: Some(_), .. } => Action::Steer,
        ClientFrame::Claim { .. } | ClientFrame::Decline { .. } => Action::Claim,
        ClientFrame::Release { .. } | ClientFrame::Transfer { .. } | ClientFrame::Resolve { .. } => Action::Handle,
        ClientFrame::Note { .. } | ClientFrame::Mark { .. } => Action::Note,
        ClientFrame::Presence { .. } => Action::Serve,
    }
}

/// The frame, if somebody like this may ever send it; else the answer.
///
/// # Errors
/// What to answer instead.
pub(super) fn admit(actor: &Actor, frame: ClientFrame) -> Result<ClientFrame, Box<ServerFrame>> {
    if may(actor, action(&frame), On::Any) { Ok(frame) } else { Err(Box::new(denied(frame))) }
}

/// "Forbidden", in the form in which this frame is answered.
pub(super) fn denied(frame: ClientFrame) -> ServerFrame {
    match frame {
        ClientFrame::Fetch { rid, .. }
        | ClientFrame::Handoff { rid, .. }
        | ClientFrame::End { rid, .. }
        | ClientFrame::Identify { rid, .. }
        | ClientFrame::Watch { rid, .. }
        | ClientFrame::Open { rid, .. }
        | ClientFrame::Claim { rid, .. }
        | ClientFrame::Decline { rid, .. }
        | ClientFrame::Assign { rid, .. }
        | ClientFrame::Mark { rid, .. }
        | ClientFrame::Reopen { rid, .. }
        | ClientFrame::Release { rid, .. }
        | ClientFrame::Transfer { rid, .. }
        | ClientFrame::Resolve { rid, .. } => match session::is_rid(&rid) {
            true => ServerFrame::Res(Box::new(refused(rid, ErrorCode::Forbidden))),
            false => session::error(ErrorCode::Invalid),
        },
        ClientFrame::Send(crate::protocol::Send { cmid, .. }) | ClientFrame::Note { cmid, .. } => {
            let code = ErrorCode::Forbidden;
            counter!("nack_total", "code" => session::code_name(code)).increment(1);
            let cmid = if cmid.len() <= ID_BYTES { cmid } else { String::new() };
            let (retry, after_ms) = wire::retry(code);
            ServerFrame::Nack { cmid, code, retry, after_ms }
        }
        ClientFrame::Hello(_)
        | ClientFrame::Ping { .. }
        | ClientFrame::Read { .. }
        | ClientFrame::Typing { .. }
        | ClientFrame::Look { .. }
        | ClientFrame::Visit { .. }
        | ClientFrame::Presence { .. } => session::error(ErrorCode::Forbidden),
    }
}
