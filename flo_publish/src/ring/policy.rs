//! What a subscriber does when it is slower than the publishers.

use super::claims::Kind;

/// What happens to a subscriber that is `capacity` messages behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// Publishers wait for it: [`Subscriber`](crate::Subscriber).
    Lossless,
    /// It loses the oldest messages, and is told how many:
    /// [`LossySubscriber`](crate::LossySubscriber).
    Lossy,
    /// It sees the newest message only: [`LatestSubscriber`](crate::LatestSubscriber).
    Latest,
    /// It ends there, and says so: [`subscribe_or_close`](crate::Publisher::subscribe_or_close).
    CutOff,
}

impl Policy {
    /// How it claims the messages that it has to read.
    pub(super) const fn claim(self) -> Kind {
        match self {
            Self::Lossless => Kind::Unread,
            Self::Lossy | Self::CutOff | Self::Latest => Kind::Pin,
        }
    }
}
