//! Statics, thread-locals and constant functions, as a model needs them.
//!
//! A model runs many executions in one process, and its threads are none of the system's. What is static must begin anew in
//! each execution, or one would see what the last one left; what belongs to a thread must belong to the model's. And
//! loom's primitives cannot be made by constants. Outside of models each of these macros is what it stands for, so it
//! costs nothing.

#[cfg(not(any(flo_loom, flo_shuttle)))]
pub use std::thread_local;

#[cfg(flo_shuttle)]
#[doc(hidden)]
pub use shuttle::lazy_static;
#[cfg(flo_shuttle)]
pub use shuttle::thread_local;

#[cfg(flo_loom)]
pub use crate::__flo_thread_local as thread_local;
#[cfg(flo_loom)]
#[doc(hidden)]
pub use loom::{lazy_static, thread_local as inner_thread_local};

pub use crate::{__flo_const_fn as const_fn, __flo_global as global};

/// `static NAME: T = value;`, begun anew in each execution of a model.
///
/// In a model it is a type of its own that dereferences to the value, so it is named where a reference to `T` is
/// taken by itself: in a method call or an index.
#[cfg(not(any(flo_loom, flo_shuttle)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __flo_global {
    ($(#[$attr:meta])* static $name:ident: $type:ty = $value:expr;) => {
        $(#[$attr])*
        static $name: $type = $value;
    };
}

/// See the other one.
#[cfg(any(flo_loom, flo_shuttle))]
#[doc(hidden)]
#[macro_export]
macro_rules! __flo_global {
    ($(#[$attr:meta])* static $name:ident: $type:ty = $value:expr;) => {
        $crate::sync::lazy_static! {
            $(#[$attr])*
            static ref $name: $type = $value;
        }
    };
}

/// A function that is `const` where the primitives can be made by constants: everywhere but under loom.
#[cfg(not(flo_loom))]
#[doc(hidden)]
#[macro_export]
macro_rules! __flo_const_fn {
    ($(#[$attr:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$attr])*
        $vis const fn $($rest)*
    };
}

/// See the other one.
#[cfg(flo_loom)]
#[doc(hidden)]
#[macro_export]
macro_rules! __flo_const_fn {
    ($(#[$attr:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$attr])*
        $vis fn $($rest)*
    };
}

/// `std`'s, of loom's thread-locals, which know no constant beginning.
#[cfg(flo_loom)]
#[doc(hidden)]
#[macro_export]
macro_rules! __flo_thread_local {
    ($(#[$attr:meta])* static $name:ident: $type:ty = const { $value:expr };) => {
        $crate::sync::inner_thread_local! { $(#[$attr])* static $name: $type = $value; }
    };
    ($(#[$attr:meta])* static $name:ident: $type:ty = $value:expr;) => {
        $crate::sync::inner_thread_local! { $(#[$attr])* static $name: $type = $value; }
    };
}
