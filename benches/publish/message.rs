//! What is sent: a number in three sizes.

use std::{fmt::Write, sync::Arc};

/// A message that carries a number.
pub(crate) trait Message: Clone + Send + Sync + Unpin + std::fmt::Debug + 'static {
    const NAME: &'static str;

    fn new(number: u64) -> Self;

    fn number(&self) -> u64;
}

impl Message for u64 {
    const NAME: &'static str = "u64";

    fn new(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

/// 256 bytes: the number in 20 digits, and what fills it up.
impl Message for String {
    const NAME: &'static str = "String of 256 bytes";

    fn new(number: u64) -> Self {
        const FILL: &str = match str::from_utf8(&[b' '; 236]) {
            Ok(fill) => fill,
            Err(_) => unreachable!(),
        };
        let mut text = String::with_capacity(256);
        // What is measured is the way, not the making.
        _ = write!(text, "{number:0>20}");
        text.push_str(FILL);
        text
    }

    fn number(&self) -> u64 {
        self[..20].parse().expect("a number")
    }
}

impl Message for Arc<[u8]> {
    const NAME: &'static str = "Arc<[u8]>";

    fn new(number: u64) -> Self {
        number.to_le_bytes().into()
    }

    fn number(&self) -> u64 {
        u64::from_le_bytes(self[..8].try_into().expect("eight bytes"))
    }
}
