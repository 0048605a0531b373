//! Edits of content files that leave everything else as it was, byte for byte.
