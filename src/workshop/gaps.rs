//! What visitors asked in vain, by meaning.
