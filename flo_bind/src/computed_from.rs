//! Computeds of a tuple of sources, which need no clones and hold no right to write.

use crate::{
    bind_ref::BindRef,
    bound::{Bound, BoundExt},
    computed::{Computed, computed_over},
    guard::Guard,
};

/// Makes a computed of `sources`, a tuple of up to twelve references: no clones to write.
///
/// It holds the right to read its sources, not to write them, so followers of it end when the writers
/// are gone.
///
/// ```
/// use flo_bind::{BoundExt, bind, computed_from};
///
/// let (price, count) = (bind(5), bind(2));
/// let total = computed_from((&price, &count), |(price, count)| price * count);
/// count.set(3);
/// assert_eq!(total.get(), 15);
/// ```
#[track_caller]
pub fn computed_from<S, T, F>(sources: S, compute: F) -> Computed<T>
where
    S: Sources,
    T: PartialEq + Send + Sync + 'static,
    F: for<'a> Fn(<S::Handles as Handles>::Values<'a>) -> T + Send + Sync + 'static,
{
    let handles = sources.handles();
    computed_over(move || {
        let guards = handles.read();
        compute(S::Handles::values(&guards))
    })
}

/// A tuple of references to readable things: what [`computed_from`] takes.
pub trait Sources {
    /// The right to read each of them.
    type Handles: Handles;

    /// Takes that right.
    fn handles(self) -> Self::Handles;
}

/// A tuple of [`BindRef`]s: what a [`computed_from`] holds.
pub trait Handles: Send + Sync + 'static {
    /// A tuple of [`Guard`]s.
    type Guards;
    /// A tuple of references: what the closure is given.
    type Values<'a>;

    /// Reads each of them, in order.
    fn read(&self) -> Self::Guards;

    /// What the guards guard.
    fn values(guards: &Self::Guards) -> Self::Values<'_>;
}

macro_rules! tuples {
    ($(($($source:ident $at:tt),+))+) => {$(
        impl<$($source),+> Sources for ($(&$source,)+)
        where
            $($source: BoundExt,)+
        {
            type Handles = ($(BindRef<$source::Value>,)+);

            fn handles(self) -> Self::Handles {
                ($(self.$at.read_only(),)+)
            }
        }

        impl<$($source: Send + Sync + 'static),+> Handles for ($(BindRef<$source>,)+) {
            type Guards = ($(Guard<$source>,)+);
            type Values<'a> = ($(&'a $source,)+);

            fn read(&self) -> Self::Guards {
                ($(self.$at.read(),)+)
            }

            fn values(guards: &Self::Guards) -> Self::Values<'_> {
                ($(&*guards.$at,)+)
            }
        }
    )+};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}
