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

/// 256 bytes: the number in ten letters of seven bits, and what fills it up. What is measured is the way
/// and not the making, so a number is not written in digits, which took longer than any way.
impl Message for String {
    const NAME: &'static str = "String of 256 bytes";

    fn new(number: u64) -> Self {
        const FILL: &str = match str::from_utf8(&[b' '; 246]) {
            Ok(fill) => fill,
            Err(_) => unreachable!(),
        };
        let mut text = String::with_capacity(256);
        let letter = |at: u32| char::from(number.unbounded_shr(7 * at).to_le_bytes()[0] & 0x7f);
        text.extend((0..10).map(letter));
        text.push_str(FILL);
        text
    }

    fn number(&self) -> u64 {
        self.bytes().take(10).rev().fold(0, |number, letter| number << 7 | u64::from(letter))
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
