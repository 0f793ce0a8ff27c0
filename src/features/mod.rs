//! Terms in, numbers out: vocabulary, weights of terms, sparse rows.

mod bag;
mod columns;
pub mod counts;
pub mod gram;
mod known;
pub mod matrix;
mod table;
pub(crate) mod terms;
pub mod vectorizer;
pub mod vocabulary;
