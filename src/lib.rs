//! Reads news and says what each sentence does: passes on a reported claim, confirms, doubts, or
//! promotes; a sentence that does none of these is left without a label.
//!
//! Text is cut into sentences and sentences into terms (Snowball stems, n-grams, shape); a
//! multinomial logistic regression over them is calibrated on held-out articles, and a chain over
//! neighbouring sentences reads an article as a whole.
//!
//! ```
//! # #[cfg(feature = "builtin-model")] {
//! use purport::classifier::{Classifier, Context, Rule};
//!
//! let classifier = Classifier::builtin()?;
//! let sentences = ["Police confirmed the arrest.", "Subscribe to our newsletter."];
//! let scores = classifier.scorer().score(&sentences, Context::Chain);
//! for (i, sentence) in sentences.iter().enumerate() {
//!     let decision = classifier.decide(scores.probabilities(i), Rule::default());
//!     println!("{:?} {sentence}", classifier.label(decision.class));
//! }
//! # }
//! # Ok::<(), purport::classifier::file::LoadError>(())
//! ```
//!
//! Imports run one way; each layer hands on one type.
//!
//! | layer                       | in → out                          | hands on |
//! |-----------------------------|-----------------------------------|----------|
//! | [`io`]                      | files → bytes and text, safely    | |
//! | [`text`]                    | text → sentences, tokens, stems   | `Analyzer` |
//! | [`corpus`]                  | labelled CSV → rows               | `Corpus` |
//! | [`article`]                 | inputs of any format → texts      | `Article` |
//! | [`features`]                | terms → sparse rows               | `DesignMatrix` |
//! | [`model`]                   | rows → probabilities              | `LogisticRegression` |
//! | [`classifier`]              | the whole pipeline, its training and its file | `Classifier` |
//! | [`evaluation`]              | scores and labels → figures       | `Evaluation` |
//! | [`tuning`]                  | settings → the best of them       | `Tried` |
//! | [`audit`]                   | labelled rows → what is wrong or doubtful in them | `Audit` |
//! | [`report`]                  | figures → text                    | `String` |
#![cfg_attr(
    test,
    allow(
        clippy::float_cmp,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compare exact values and count small things"
    )
)]

pub mod article;
pub mod audit;
pub mod classifier;
pub mod corpus;
pub mod evaluation;
pub mod features;
pub mod io;
pub mod model;
pub mod report;
pub mod text;
pub mod tuning;
