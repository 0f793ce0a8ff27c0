//! Invariants of training and of words on random problems, by their number in `tests/MATRIX.md`.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "tests on small numbers; equal means equal here"
)]

mod common;

use common::random_cases;
use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array1;
use proptest::prelude::*;
use purport::features::matrix::DesignMatrix;
use purport::model::logistic::LogisticRegression;
use purport::model::objective::{Objective, norm};
use purport::model::softmax::softmax_in_place;
use purport::text::normal::normalize;
use purport::text::word::tokens;
use unicode_normalization::UnicodeNormalization;

const TERMS: usize = 5;
const CLASSES: usize = 3;

/// How far two ends of one search may be apart: near it the objective is flat, and 1e-16 of it moves the coefficients
/// by about the root of that.
const END: f64 = 1e-5;

/// Rows of term and value, each with a class.
type Problem = Vec<(Vec<(u32, f32)>, u32)>;

fn problem() -> impl Strategy<Value = Problem> {
    let row = proptest::collection::btree_map(0..TERMS as u32, 0.1f32..2.0, 0..TERMS);
    let row = row.prop_map(|row| row.into_iter().collect::<Vec<_>>());
    proptest::collection::vec((row, 0..CLASSES as u32), 3..25)
}

fn matrix(problem: &Problem, terms: usize) -> (DesignMatrix, Vec<u32>) {
    let mut matrix = DesignMatrix::new(terms);
    for (row, _) in problem {
        let (indices, values): (Vec<u32>, Vec<f32>) = row.iter().copied().unzip();
        matrix.push_row(&indices, &values);
    }
    (matrix, problem.iter().map(|(_, class)| *class).collect())
}

fn fit_wide(problem: &Problem, terms: usize, alpha: f64) -> LogisticRegression {
    let (matrix, classes) = matrix(problem, terms);
    let targets = classes.iter().map(|&c| c as usize).collect::<Array1<_>>();
    LogisticRegression::params(CLASSES)
        .alpha(alpha)
        .tolerance(1e-11)
        .max_iterations(500)
        .fit(&DatasetBase::new(matrix, targets))
        .unwrap()
}

fn fit(problem: &Problem, alpha: f64) -> LogisticRegression {
    fit_wide(problem, TERMS, alpha)
}

/// Probabilities of each row, by the model.
fn probabilities(model: &LogisticRegression, problem: &Problem, terms: usize) -> Vec<f64> {
    let mut p = model.logits(&matrix(problem, terms).0);
    p.chunks_mut(CLASSES).for_each(|row| {
        softmax_in_place(row);
    });
    p
}

fn near(a: &[f64], b: &[f64], epsilon: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= epsilon)
}

fn loss(problem: &Problem, p: &[f64]) -> f64 {
    problem
        .iter()
        .zip(p.chunks(CLASSES))
        .map(|((_, class), p)| -p[*class as usize].ln())
        .sum()
}

proptest! {
    #![proptest_config(random_cases(60))]

    #[test]
    fn i10_the_order_of_rows_moves_nothing(rows in problem(), alpha in 0.05f64..5.0) {
        let turned: Problem = rows.iter().rev().cloned().collect();
        let (a, b) = (fit(&rows, alpha), fit(&turned, alpha));
        // Where a single class occurs the objective ends at zero, so that it is measured against its start.
        let start = rows.len() as f64 * (CLASSES as f64).ln();
        prop_assert!((a.convergence.objective - b.convergence.objective).abs() <= 1e-9 * start);
        prop_assert!(near(&a.coefficients, &b.coefficients, END));
    }

    #[test]
    fn i11_every_row_twice_is_half_the_penalty(rows in problem(), alpha in 0.05f64..5.0) {
        let twice: Problem = rows.iter().chain(&rows).cloned().collect();
        prop_assert!(near(&fit(&twice, 2.0 * alpha).coefficients, &fit(&rows, alpha).coefficients, END));
    }

    /// The gradient by the definition, slowly, at the end and at a random place.
    #[test]
    fn i12_i13_the_gradient_is_the_slope_and_nothing_at_the_end(
        rows in problem(), alpha in 0.05f64..5.0, at in proptest::collection::vec(-3.0f64..3.0, (TERMS + 1) * CLASSES),
    ) {
        let (matrix, classes) = matrix(&rows, TERMS);
        let objective = Objective::new(&matrix, &classes, &[1.0; CLASSES], alpha);
        let slow = |w: &[f64]| {
            let mut gradient = vec![0.0; w.len()];
            for (row, class) in &rows {
                let mut p: Vec<f64> = (0..CLASSES).map(|k| {
                    let terms: f64 = row.iter().map(|&(t, x)| f64::from(x) * w[t as usize * CLASSES + k]).sum();
                    terms + w[TERMS * CLASSES + k]
                }).collect();
                let most = p.iter().copied().fold(f64::MIN, f64::max);
                p.iter_mut().for_each(|z| *z = (*z - most).exp());
                let sum: f64 = p.iter().sum();
                for k in 0..CLASSES {
                    let error = p[k] / sum - f64::from(u8::from(*class as usize == k));
                    for &(t, x) in row {
                        gradient[t as usize * CLASSES + k] += error * f64::from(x);
                    }
                    gradient[TERMS * CLASSES + k] += error;
                }
            }
            for i in 0..TERMS * CLASSES {
                gradient[i] += alpha * w[i];
            }
            gradient
        };
        prop_assert!(near(&objective.gradient(&at, &objective.at(&at)), &slow(&at), 1e-9));
        let model = fit(&rows, alpha);
        let end = [model.coefficients, model.intercept].concat();
        if model.convergence.converged {
            prop_assert!(norm(&slow(&end)) <= model.convergence.target_norm * 1.01 + 1e-9);
        }
        // I-15: nothing nearby or far is lower.
        prop_assert!(objective.at(&end).value <= objective.at(&at).value + 1e-9);
    }

    #[test]
    fn i16_names_of_classes_permute_what_comes_out(rows in problem(), alpha in 0.05f64..5.0) {
        let turned: Problem = rows.iter().map(|(r, c)| (r.clone(), (c + 1) % 3)).collect();
        let (a, b) = (probabilities(&fit(&rows, alpha), &rows, TERMS), probabilities(&fit(&turned, alpha), &rows, TERMS));
        for (a, b) in a.chunks(CLASSES).zip(b.chunks(CLASSES)) {
            prop_assert!(near(a, &[b[1], b[2], b[0]], 1e-6), "{a:?} {b:?}");
        }
    }

    #[test]
    fn i17_a_term_that_never_occurs_weighs_nothing(rows in problem(), alpha in 0.05f64..5.0) {
        let (a, b) = (fit(&rows, alpha), fit_wide(&rows, TERMS + 1, alpha));
        prop_assert_eq!(&b.coefficients[TERMS * CLASSES..], &[0.0; CLASSES][..]);
        prop_assert!(near(&a.coefficients, &b.coefficients[..TERMS * CLASSES], 1e-7));
        // Two halves of a term weigh alike.
        let halves: Problem = rows.iter().map(|(row, class)| {
            let mut row = row.clone();
            if let Some((0, x)) = row.first().copied() {
                row.push((TERMS as u32, x));
            }
            (row, *class)
        }).collect();
        let c = fit_wide(&halves, TERMS + 1, alpha).coefficients;
        prop_assert!(near(&c[..CLASSES], &c[TERMS * CLASSES..], 1e-7));
    }

    #[test]
    fn i18_less_penalty_never_fits_worse_and_much_leaves_the_shares(rows in problem()) {
        let losses: Vec<f64> = [0.05, 0.5, 5.0, 50.0]
            .map(|alpha| loss(&rows, &probabilities(&fit(&rows, alpha), &rows, TERMS)))
            .to_vec();
        prop_assert!(losses.windows(2).all(|l| l[0] <= l[1] + 1e-7), "{losses:?}");
        let model = fit(&rows, 1e12);
        let n = rows.len() as f64;
        let shares: Vec<f64> = (0..CLASSES as u32).map(|k| rows.iter().filter(|r| r.1 == k).count() as f64 / n).collect();
        if shares.iter().all(|s| *s > 0.0) {
            // I-20: what is left is the intercept.
            for p in probabilities(&model, &rows, TERMS).chunks(CLASSES) {
                prop_assert!(near(p, &shares, 1e-6), "{p:?} {shares:?}");
            }
        }
    }

    #[test]
    fn i19_a_copy_with_its_label_never_makes_it_less_probable(rows in problem(), alpha in 0.05f64..5.0) {
        let (row, class) = rows[0].clone();
        let more: Problem = rows.iter().cloned().chain([(row, class)]).collect();
        let p = |model: &LogisticRegression| probabilities(model, &rows, TERMS)[class as usize];
        prop_assert!(p(&fit(&more, alpha)) >= p(&fit(&rows, alpha)) - 1e-7);
    }

    #[test]
    fn i02_words_are_the_same_in_every_normal_form(text in "[a-zA-Zéüñå0-9 .'’-]{0,60}") {
        let words = |text: &str| -> Vec<String> {
            tokens(text).map(|token| {
                let mut out = String::new();
                normalize(&token, &mut out);
                out
            }).collect()
        };
        let (composed, apart): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert_eq!(words(&composed), words(&apart));
    }
}
