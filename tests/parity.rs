//! The sparse solver and `linfa-logistic` reach the same optimum.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "helpers of tests, small numbers"
)]

use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use ndarray::Array1;
use purport::features::matrix::DesignMatrix;
use purport::model::dense::fit_dense;
use purport::model::logistic::LogisticRegression;

/// Rows of length 1 and their classes, the same at every run.
fn problem(rows: usize, columns: usize, classes: usize, seed: u64) -> (DesignMatrix, Vec<usize>) {
    let mut state = seed;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut matrix = DesignMatrix::new(columns);
    let mut targets = Vec::new();
    for _ in 0..rows {
        let class = random() % classes;
        let mut indices: Vec<u32> = (0..=(random() % 8))
            .map(|i| {
                ((random() % columns + if i % 3 == 0 { class * 2 } else { 0 }) % columns) as u32
            })
            .collect();
        indices.sort_unstable();
        indices.dedup();
        let values: Vec<f32> = indices
            .iter()
            .map(|_| 1.0 + (random() % 5) as f32)
            .collect();
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        let values: Vec<f32> = values.iter().map(|v| v / length).collect();
        matrix.push_row(&indices, &values);
        targets.push(class);
    }
    (matrix, targets)
}

/// Objective and norm of the gradient, straight from the formulas on a dense matrix.
fn recomputed(
    matrix: &DesignMatrix,
    targets: &[usize],
    model: &LogisticRegression,
    alpha: f64,
) -> (f64, f64) {
    let k = model.intercept.len();
    let mut value = 0.0;
    let mut gradient: Vec<f64> = model
        .coefficients
        .iter()
        .map(|w| alpha * w)
        .chain(vec![0.0; k])
        .collect();
    for (i, &class) in targets.iter().enumerate() {
        let mut x = vec![0.0; matrix.columns()];
        let (indices, values) = matrix.row(i);
        for (&j, &v) in indices.iter().zip(values) {
            x[j as usize] = f64::from(v);
        }
        let z: Vec<f64> = (0..k)
            .map(|c| {
                model.intercept[c]
                    + (0..x.len())
                        .map(|j| x[j] * model.coefficients[j * k + c])
                        .sum::<f64>()
            })
            .collect();
        let sum: f64 = z.iter().map(|z| z.exp()).sum();
        value += sum.ln() - z[class];
        for c in 0..k {
            let residual = z[c].exp() / sum - f64::from(u8::from(c == class));
            for j in 0..x.len() {
                gradient[j * k + c] += x[j] * residual;
            }
            gradient[matrix.columns() * k + c] += residual;
        }
    }
    value += 0.5 * alpha * model.coefficients.iter().map(|w| w * w).sum::<f64>();
    (value, gradient.iter().map(|g| g * g).sum::<f64>().sqrt())
}

fn labels(model: &LogisticRegression, matrix: &DesignMatrix) -> Vec<usize> {
    let k = model.intercept.len();
    model
        .logits(matrix)
        .chunks(k)
        .map(|z| (0..k).max_by(|&a, &b| z[a].total_cmp(&z[b])).unwrap())
        .collect()
}

#[test]
fn both_solvers_reach_the_same_optimum() {
    for (rows, columns, classes, alpha, seed) in [
        (60, 12, 2, 1.0, 1),
        (200, 30, 3, 0.3, 2),
        (500, 60, 5, 0.1, 3),
        (1500, 150, 8, 2.0, 4),
    ] {
        let (matrix, targets) = problem(rows, columns, classes, seed);
        let dataset = DatasetBase::new(
            matrix.clone(),
            targets.iter().copied().collect::<Array1<_>>(),
        );
        let params = LogisticRegression::params(classes)
            .alpha(alpha)
            .tolerance(1e-8)
            .max_iterations(500)
            .check()
            .unwrap();
        let sparse = params.fit(&dataset).unwrap();
        let dense = fit_dense(&params, &dataset).unwrap();
        let (sparse_value, sparse_gradient) = recomputed(&matrix, &targets, &sparse, alpha);
        let (dense_value, dense_gradient) = recomputed(&matrix, &targets, &dense, alpha);
        assert!(sparse.convergence.converged);
        assert!(
            (sparse_value - dense_value).abs() < 1e-7 * sparse_value,
            "{sparse_value} {dense_value}"
        );
        assert!(
            sparse_gradient < 1e-5 && dense_gradient < 1e-2,
            "{sparse_gradient} {dense_gradient}"
        );
        // What the models say of themselves is what the formulas say.
        for (model, value, gradient) in [
            (&sparse, sparse_value, sparse_gradient),
            (&dense, dense_value, dense_gradient),
        ] {
            assert!((model.convergence.objective - value).abs() < 1e-9 * value);
            assert!((model.convergence.gradient_norm - gradient).abs() < 1e-6 * (1.0 + gradient));
        }
        assert_eq!(labels(&sparse, &matrix), labels(&dense, &matrix));
    }
}
