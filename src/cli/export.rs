//! `deskbell export`: the texts of a content as a table.
