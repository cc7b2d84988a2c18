//! What the test kit promises, by subject.

mod clock;
