//! Who did what: the audit table, as the desk writes and reads it.

use super::{Desk, DeskError};
use crate::store::{Act, AuditRow, Note};

impl Desk {
    /// Writes something down. What is done in a commit of its own writes its row in that commit instead.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn audit(&self, note: Note) -> Result<(), DeskError> {
        Ok(self.store.audit(note).await?)
    }

    /// Rows behind place `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn audit_rows(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, DeskError> {
        Ok(self.store.audit_rows(after, None, limit).await?)
    }

    /// Rows before place `before`, newest first, at most `limit`.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn audit_rows_before(&self, before: u64, limit: u32) -> Result<Vec<AuditRow>, DeskError> {
        Ok(self.store.audit_rows_before(before, limit).await?)
    }

    /// Writes down which content is in force, if it is another than `told`, and gives it.
    pub(super) async fn audit_content(&self, told: Option<String>) -> Option<String> {
        let version = &self.content().version;
        if told.as_deref() == Some(version) {
            return told;
        }
        let note = match &told {
            None => Note::server(self.now(), Act::Started, version).with(&self.options.configuration),
            Some(_) => Note::server(self.now(), Act::Content, version),
        };
        match self.store.audit(note).await {
            Ok(()) => Some(version.to_string()),
            Err(error) => {
                tracing::warn!(%error, "the audit table could not be written");
                told
            }
        }
    }
}
