//! The keys: small, cheap to clone, and of a type each, so that none can be taken for another.

use std::{cmp::Ordering, fmt, sync::Arc};

/// Declares a key that is a text, shared by its clones.
macro_rules! text_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The key as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<Arc<str>> for $name {
            fn from(text: Arc<str>) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), &*self.0)
            }
        }
    };
}

text_key! {
    /// Names an order or a cancellation: its invoice number, `C` and all.
    OrderKey
}

text_key! {
    /// Names a product: its stock code.
    ProductKey
}

text_key! {
    /// Names a country.
    CountryKey
}

impl OrderKey {
    /// Whether this is a cancellation: its number begins with `C`.
    pub fn is_cancellation(&self) -> bool {
        self.0.starts_with('C')
    }

    /// The order that this cancellation takes back: the one with its number; `None` for an order.
    ///
    /// ```
    /// use order_desk::model::OrderKey;
    ///
    /// assert_eq!(OrderKey::from("C7").cancels(), Some(OrderKey::from("7")));
    /// assert_eq!(OrderKey::from("7").cancels(), None);
    /// ```
    pub fn cancels(&self) -> Option<Self> {
        self.0.strip_prefix('C').map(Self::from)
    }

    /// The cancellation that would take this order back.
    #[must_use]
    pub fn cancelled_by(&self) -> Self {
        Self(format!("C{}", self.0).into())
    }
}

/// Names a customer: a number.
///
/// Customers are sorted as names are, by their digits: `12` comes before `9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CustomerKey(pub u64);

impl CustomerKey {
    /// How many digits it is written with: 20 at most.
    fn digits(self) -> u32 {
        self.0.checked_ilog10().map_or(1, |log| log + 1)
    }
}

impl Ord for CustomerKey {
    fn cmp(&self, other: &Self) -> Ordering {
        // As many digits for both, zeros behind those of the shorter one; `1` comes before `10`.
        let (mine, its) = (self.digits(), other.digits());
        let widened = |number: u64, digits: u32| u128::from(number) * 10_u128.pow(20 - digits);
        widened(self.0, mine).cmp(&widened(other.0, its)).then(mine.cmp(&its))
    }
}

impl PartialOrd for CustomerKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_in_the_order_of_their_digits() {
        let numbers = [0, 1, 9, 10, 11, 12, 100, 101, 999, 1_000, 12_346, u64::MAX / 10, u64::MAX];
        for (a, b) in numbers.iter().flat_map(|a| numbers.iter().map(move |b| (*a, *b))) {
            let order = CustomerKey(a).cmp(&CustomerKey(b));
            assert_eq!(order, a.to_string().cmp(&b.to_string()), "{a} and {b}");
        }
    }
}
