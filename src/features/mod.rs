//! Terms in, numbers out: vocabulary, weights of terms, sparse rows.

pub mod counts;
pub mod matrix;
pub(crate) mod terms;
pub mod vectorizer;
pub mod vocabulary;
