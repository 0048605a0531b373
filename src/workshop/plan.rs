//! Which answers change between two contents, by questions that visitors really asked.
