//! Lists whose followers get differences.
#![cfg_attr(not(test), expect(dead_code, reason = "the lists are made of it"))]

mod tree;
