//! What is sent: a number in three sizes.

use std::sync::Arc;

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

/// 256 bytes: the number, and what fills it up.
impl Message for String {
    const NAME: &'static str = "String of 256 bytes";

    fn new(number: u64) -> Self {
        format!("{number:0>256}")
    }

    fn number(&self) -> u64 {
        self.trim_start_matches('0').parse().unwrap_or(0)
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
