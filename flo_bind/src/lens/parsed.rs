//! A value as a text that is being typed.
//!
//! ```text
//!   source   500          7 typed            "7o" typed            somebody sets 9
//!   draft    —            "7" over 7         "7o" over 7, error    the same, and no longer over the source
//!   text     "500"        "7"                "7o"                  "9"
//! ```
//!
//! What was typed is kept beside the value that the source had then. While it still has that, the text is what was typed,
//! and otherwise what the source is formatted to: nothing must be cleared when somebody else sets the source.

use std::fmt;

use flo_core::sync::Arc;

use super::{BoundMut, Edit, Lens};
use crate::{
    binding::bind_with,
    bound::BoundExt,
    collections::list_transaction,
    computed::{Computed, computed_over},
    equality::Equality,
    transaction::untracked,
};

/// A value as a text that can be edited, also to what is no value: [`BoundMutExt::parsed`](crate::BoundMutExt::parsed).
///
/// A text that is a value sets the source. One that is none leaves the source at the last that was, and its error can be
/// read. The text is what was typed for as long as the source has the value that it had then, so that nobody's `0.50` becomes
/// `0.5` while he types; when the source comes to have another one, the text is that one's. What was typed is not forgotten by that: it
/// is the text again where the source comes back to the value that it was typed over. So what takes a text that is none back, a form's
/// reset, is [`reset`](Self::reset) and not a write of the source alone.
///
/// ```
/// use flo_bind::{BoundExt, BoundMutExt, bind};
///
/// let watts = bind(500);
/// let field = watts.parsed(ToString::to_string, |text| text.parse::<i32>().map_err(|why| why.to_string()));
/// field.text().set(String::from("5oo"));
/// watts.set(500);
/// assert_eq!(field.text().get(), "5oo", "it had that value all the time");
/// field.reset();
/// assert_eq!((field.text().get(), field.error().get()), (String::from("500"), None));
/// ```
///
/// A handle: clones stand for the same. Text and error are of one version.
pub struct Parsed<E> {
    text: Lens<String>,
    error: Computed<Option<E>>,
    forget: Arc<dyn Fn() + Send + Sync>,
}

/// What was typed last.
#[derive(Clone)]
struct Typed<T, E> {
    text: String,
    error: Option<E>,
    /// What the source had then.
    over: T,
}

impl<E> Parsed<E> {
    /// The text, to be read and written. A write parses it, once; again, where the source is a part of a collection and another
    /// thread has changed that meanwhile. Where there is nothing to write to, any text is [`Gone`](crate::Gone), whether it is a value or not.
    pub fn text(&self) -> Lens<String> {
        self.text.clone()
    }

    /// What is wrong with the text, if anything is.
    pub fn error(&self) -> Computed<Option<E>> {
        self.error.clone()
    }

    /// Forgets what was typed: the text is that of the source's value again, and there is no error. The source stays as it is.
    ///
    /// It is a write as that of a binding: it joins transactions and is taken back with them.
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run.
    ///
    /// ```
    /// use flo_bind::{BoundExt, BoundMutExt, bind};
    ///
    /// let watts = bind(500);
    /// let field = watts.parsed(ToString::to_string, |text| text.parse::<i32>().map_err(|why| why.to_string()));
    /// field.text().set(String::from("5oo"));
    /// assert!(field.error().get().is_some());
    /// field.reset();
    /// assert_eq!((field.text().get(), field.error().get(), watts.get()), (String::from("500"), None, 500));
    /// ```
    pub fn reset(&self) {
        (self.forget)();
    }
}

#[track_caller]
pub(super) fn parsed<B, E, F, P>(source: B, format: F, parse: P) -> Parsed<E>
where
    B: BoundMut + BoundExt,
    B::Value: Clone + PartialEq,
    E: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(&B::Value) -> String + Send + Sync + 'static,
    P: Fn(&str) -> Result<B::Value, E> + Send + Sync + 'static,
{
    let typed = bind_with(None::<Arc<Typed<B::Value, E>>>, Equality::Never);
    let current = {
        let (typed, source) = (typed.read_only(), source.read_only());
        // What was typed, unless the source has become something else.
        move || {
            let typed = typed.get()?;
            source.with(|value| *value == typed.over).then_some(typed)
        }
    };
    let error = computed_over({
        let current = current.clone();
        move || current().and_then(|typed| typed.error.clone())
    });
    let text = computed_over({
        let source = source.read_only();
        move || match current() {
            Some(typed) => typed.text.clone(),
            None => source.with(&format),
        }
    });
    let forget = {
        let typed = typed.clone();
        // A form's fields are many, and few of them were typed into.
        move || {
            typed.update_if(|typed| typed.take().is_some());
        }
    };
    let shown = text.clone();
    let write = move |mut edit: Edit<String>| {
        // The source may be an item of a list, which another thread edits meanwhile.
        list_transaction(|| {
            let mut text = untracked(|| shown.get());
            if !edit(&mut text) {
                return Ok(());
            }
            let error = match parse(&text) {
                Ok(value) => {
                    source.edit(Box::new(move |old| {
                        let is_change = *old != value;
                        old.clone_from(&value);
                        is_change
                    }))?;
                    None
                }
                Err(error) => {
                    // A text that is no value is kept over one that is there alone.
                    source.edit(Box::new(|_| false))?;
                    Some(error)
                }
            };
            let over = untracked(|| source.copied());
            typed.set(Some(Arc::new(Typed { text, error, over })));
            Ok(())
        })
    };
    Parsed { text: Lens::over(text.node, write), error, forget: Arc::new(forget) }
}

impl<E> Clone for Parsed<E> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            error: self.error.clone(),
            forget: Arc::clone(&self.forget),
        }
    }
}

impl<E: fmt::Debug + Send + Sync + 'static> fmt::Debug for Parsed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Parsed");
        shown.field("text", &self.text).field("error", &self.error).finish_non_exhaustive()
    }
}
