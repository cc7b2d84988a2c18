//! What holds across the crates of flo. The README is compiled and run as it stands.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
pub struct Readme;
