//! What the characters of a diagram stand for.

/// A type of which a single character names a value, so that no table is needed.
///
/// A `char` and a text are their name, a number is its digit, `()` has every name, and a `Result` is
/// `Ok` of what the name stands for; where a `Result` is expected, `#` is any `Err`.
#[diagnostic::on_unimplemented(
    message = "no character names a `{Self}`",
    note = "say what they stand for: `assert_marbles!(stream, \"-a-|\", {{ 'a' => value }})`"
)]
pub trait Marble: Sized {
    /// The value that `name` stands for, if it stands for one.
    fn named(name: char) -> Option<Self>;

    /// Whether `#` stands for some values of this type.
    const FAILS: bool = false;

    /// Whether this is a value that `#` stands for.
    fn is_failure(&self) -> bool {
        false
    }
}

impl Marble for char {
    fn named(name: char) -> Option<Self> {
        (name != '#').then_some(name)
    }
}

impl Marble for () {
    fn named(name: char) -> Option<Self> {
        (name != '#').then_some(())
    }
}

impl Marble for String {
    fn named(name: char) -> Option<Self> {
        char::named(name).map(String::from)
    }
}

impl Marble for &'static str {
    fn named(name: char) -> Option<Self> {
        const NAMES: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        NAMES.find(name).map(|at| &NAMES[at..=at])
    }
}

impl<T: Marble, E> Marble for Result<T, E> {
    const FAILS: bool = true;

    fn named(name: char) -> Option<Self> {
        T::named(name).map(Ok)
    }

    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

macro_rules! digits {
    ($($number:ty),+) => {$(
        impl Marble for $number {
            fn named(name: char) -> Option<Self> {
                let digit = u8::try_from(name.to_digit(10)?).ok()?;
                <$number>::try_from(digit).ok()
            }
        }
    )+};
}

digits!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);

/// Says which value a name in a diagram stands for.
///
/// A table `[('a', 1), ('b', 2)]` (an array, a vector, a slice), a closure `|name| value`, or [`Named`]
/// for types that need neither. The name `#` is that of an error item.
pub trait Values<T> {
    /// The value that `name` stands for; `None` where there is no entry.
    fn value(&mut self, name: char) -> Option<T>;

    /// Whether there is an entry for `name`.
    fn has(&mut self, name: char) -> bool {
        self.value(name).is_some()
    }

    /// Whether `item` is what `name` stands for.
    fn is_called(&mut self, item: &T, name: char) -> bool
    where
        T: PartialEq,
    {
        self.value(name).as_ref() == Some(item)
    }

    /// The names that are worth trying for an item that is none of those in the diagram.
    fn names(&self) -> Vec<char> {
        Vec::new()
    }
}

impl<T, F: FnMut(char) -> T> Values<T> for F {
    fn value(&mut self, name: char) -> Option<T> {
        Some(self(name))
    }
}

impl<T: Clone> Values<T> for &[(char, T)] {
    fn value(&mut self, name: char) -> Option<T> {
        self.iter().find(|(entry, _)| *entry == name).map(|(_, value)| value.clone())
    }

    fn names(&self) -> Vec<char> {
        self.iter().map(|(name, _)| *name).collect()
    }
}

impl<T: Clone, const N: usize> Values<T> for [(char, T); N] {
    fn value(&mut self, name: char) -> Option<T> {
        self.as_slice().value(name)
    }

    fn names(&self) -> Vec<char> {
        self.as_slice().names()
    }
}

impl<T: Clone> Values<T> for Vec<(char, T)> {
    fn value(&mut self, name: char) -> Option<T> {
        self.as_slice().value(name)
    }

    fn names(&self) -> Vec<char> {
        self.as_slice().names()
    }
}

/// The values of a type that needs no table: see [`Marble`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Named;

impl<T: Marble> Values<T> for Named {
    fn value(&mut self, name: char) -> Option<T> {
        T::named(name)
    }

    fn has(&mut self, name: char) -> bool {
        T::named(name).is_some() || (name == '#' && T::FAILS)
    }

    fn is_called(&mut self, item: &T, name: char) -> bool
    where
        T: PartialEq,
    {
        (name == '#' && item.is_failure()) || T::named(name).as_ref() == Some(item)
    }

    fn names(&self) -> Vec<char> {
        ('0'..='9').chain('A'..='Z').chain('a'..='z').chain(['#']).collect()
    }
}
