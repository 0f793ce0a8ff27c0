//! A truncated Newton method on the documents' side.
//!
//! At the optimum W = Xᵀ·A with A = −R/α, R = S(P − Y), so nothing is lost by looking for A, documents
//! × classes, instead of W, terms × classes (the representer theorem; Keerthi et al., *A Fast Dual
//! Algorithm for Kernel Logistic Regression*, 2005). With K = X·Xᵀ and logits Z = K·A + 1bᵀ,
//!
//! * the gradient is Xᵀ·G in W with G = R + αA, and the column sums of R in b;
//! * the Hessian takes the direction W' = Xᵀ·C, b' to Xᵀ·(Q + αC) and the column sums of Q, where row i
//!   of Q is sᵢ (pᵢ ∘ uᵢ − pᵢ (pᵢ·uᵢ)) with U = K·C + 1b'ᵀ;
//! * ⟨Xᵀ·C, Xᵀ·D⟩ = ⟨C, K·D⟩.
//!
//! So conjugate gradients cost one product with K a step and otherwise touch arrays of documents ×
//! classes only; they run in single precision, since a Newton direction need not be exact. What is
//! kept, A and Z, is double precision. The rows have length 1, so that the penalty is all the
//! preconditioning that pays: with the diagonal, 20 classes took 111 steps instead of 81.

use rayon::prelude::*;

use super::objective::{blocked_sum, dot, log_loss_of, residuals};
use crate::features::matrix::Columns;

/// Products with K that one direction may cost.
const MAX_INNER: usize = 200;

/// A direction is good enough when the residual is this share of the gradient. Of 0.1, 0.25 and 0.5
/// this took the fewest products to the end.
const FORCING: f64 = 0.25;

/// The problem: documents, their classes and weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem<'d> {
    /// Xᵀ.
    pub columns: &'d Columns,
    /// Class of each document.
    pub classes_of: &'d [u32],
    /// s.
    pub weights: &'d [f64],
    /// Number of classes.
    pub classes: usize,
    /// α.
    pub alpha: f64,
}

/// Where the search stands.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// A, documents × classes.
    pub dual: Vec<f64>,
    /// b.
    pub intercept: Vec<f64>,
    /// Z = K·A + 1bᵀ.
    logits: Vec<f64>,
    /// P.
    probabilities: Vec<f64>,
    /// The objective.
    pub value: f64,
}

/// The gradient.
#[derive(Debug, Clone)]
pub(crate) struct Gradient {
    /// G, documents × classes.
    dual: Vec<f64>,
    /// K·G.
    image: Vec<f32>,
    intercept: Vec<f64>,
    /// Its norm.
    pub norm: f64,
}

/// A direction.
struct Direction {
    /// C.
    dual: Vec<f64>,
    intercept: Vec<f64>,
    /// U = K·C + 1b'ᵀ.
    logits: Vec<f64>,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "conjugate gradients run in single precision"
)]
fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&x| x as f32).collect()
}

fn double(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

fn dot_single(a: &[f32], b: &[f32]) -> f64 {
    blocked_sum(a.len(), |i| f64::from(a[i]) * f64::from(b[i]))
}

fn column_sums(values: &[f64], classes: usize) -> Vec<f64> {
    let rows = values.len() / classes;
    (0..classes)
        .map(|c| blocked_sum(rows, |i| values[i * classes + c]))
        .collect()
}

/// Adds `intercept` to each row.
fn add_to_rows(logits: &mut [f64], intercept: &[f64]) {
    for row in logits.chunks_mut(intercept.len()) {
        for (z, b) in row.iter_mut().zip(intercept) {
            *z += b;
        }
    }
}

/// a ← a + scale · b.
fn add_scaled(a: &mut [f32], scale: f32, b: &[f32]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += scale * b;
    }
}

impl Problem<'_> {
    /// The point with W = 0.
    pub(crate) fn start(&self, intercept: Vec<f64>) -> State {
        let rows = self.classes_of.len();
        let logits = intercept.repeat(rows);
        self.at(vec![0.0; rows * self.classes], intercept, logits)
    }

    /// The point with W = Xᵀ·`dual`.
    pub(crate) fn resume(&self, dual: Vec<f64>, intercept: Vec<f64>) -> State {
        let mut logits = vec![0.0; dual.len()];
        self.columns.gram_product(&dual, self.classes, &mut logits);
        add_to_rows(&mut logits, &intercept);
        self.at(dual, intercept, logits)
    }

    fn at(&self, dual: Vec<f64>, intercept: Vec<f64>, logits: Vec<f64>) -> State {
        let k = self.classes;
        let mut probabilities = logits.clone();
        let loss = log_loss_of(&mut probabilities, self.classes_of, self.weights, k);
        // ‖W‖² = ⟨A, K·A⟩.
        let square = blocked_sum(dual.len(), |i| dual[i] * (logits[i] - intercept[i % k]));
        State {
            value: loss + 0.5 * self.alpha * square,
            dual,
            intercept,
            logits,
            probabilities,
        }
    }

    pub(crate) fn gradient(&self, state: &State) -> Gradient {
        let k = self.classes;
        let probabilities = state.probabilities.clone();
        let residuals = residuals(probabilities, self.classes_of, self.weights, k);
        let intercept = column_sums(&residuals, k);
        let mut dual = residuals;
        for (g, a) in dual.iter_mut().zip(&state.dual) {
            *g += self.alpha * a;
        }
        let mut image = vec![0.0; dual.len()];
        self.columns.gram_product(&single(&dual), k, &mut image);
        let square = blocked_sum(dual.len(), |i| dual[i] * f64::from(image[i]));
        Gradient {
            norm: (square.max(0.0) + dot(&intercept, &intercept)).sqrt(),
            dual,
            image,
            intercept,
        }
    }

    /// Q for U, which it replaces.
    fn curve(&self, probabilities: &[f32], logits: &mut [f32]) {
        let k = self.classes;
        logits
            .par_chunks_mut(k)
            .zip(probabilities.par_chunks(k))
            .zip(self.weights)
            .for_each(|((u, p), s)| {
                let mean: f64 = u
                    .iter()
                    .zip(p)
                    .map(|(u, p)| f64::from(*u) * f64::from(*p))
                    .sum();
                for (u, p) in u.iter_mut().zip(p) {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "conjugate gradients run in single precision"
                    )]
                    let q = (s * f64::from(*p) * (f64::from(*u) - mean)) as f32;
                    *u = q;
                }
            });
    }

    /// Solves H d = −g by conjugate gradients until the residual is below `enough`.
    fn direction(&self, state: &State, gradient: &Gradient, enough: f64) -> Direction {
        let probabilities = single(&state.probabilities);
        let mut walk = Walk::new(gradient);
        for _ in 0..MAX_INNER {
            if !walk.step(self, &probabilities) || walk.residual_norm() <= enough {
                break;
            }
        }
        let dual = double(&walk.sum);
        let mut logits = vec![0.0; dual.len()];
        self.columns.gram_product(&dual, self.classes, &mut logits);
        add_to_rows(&mut logits, &walk.sum_intercept);
        Direction {
            dual,
            intercept: walk.sum_intercept,
            logits,
        }
    }

    /// One Newton step; `None` if none lowers the objective in double precision: this is its bottom.
    /// `target` is the norm of the gradient that will do.
    pub(crate) fn step(&self, state: &State, gradient: &Gradient, target: f64) -> Option<State> {
        let enough = (FORCING * gradient.norm).max(0.5 * target);
        let direction = self.direction(state, gradient, enough);
        self.line_search(state, gradient, &direction)
    }

    /// The first of the steps 1, ½, ¼ … that lowers the objective by 10⁻⁴ of what the slope promises.
    fn line_search(
        &self,
        state: &State,
        gradient: &Gradient,
        direction: &Direction,
    ) -> Option<State> {
        let k = self.classes;
        let Direction {
            dual,
            intercept,
            logits,
        } = direction;
        let inner = blocked_sum(dual.len(), |i| {
            gradient.dual[i] * (logits[i] - intercept[i % k])
        });
        let slope = inner + dot(&gradient.intercept, intercept);
        if slope >= 0.0 {
            return None;
        }
        // Near the bottom the differences drown in rounding; allow as much as the sum may be off.
        let slack = 1e-14 * state.value.abs();
        let along = |from: &[f64], to: &[f64], step: f64| -> Vec<f64> {
            from.iter().zip(to).map(|(a, b)| a + step * b).collect()
        };
        let mut step = 1.0;
        for _ in 0..40 {
            let next = self.at(
                along(&state.dual, dual, step),
                along(&state.intercept, intercept, step),
                along(&state.logits, logits, step),
            );
            if next.value <= state.value + 1e-4 * step * slope + slack {
                return Some(next);
            }
            step *= 0.5;
        }
        None
    }
}

/// Conjugate gradients under way (Nocedal & Wright, *Numerical Optimization*, algorithm 7.1), each
/// vector as C, K·C and b'.
struct Walk {
    residual: Vec<f32>,
    residual_image: Vec<f32>,
    residual_intercept: Vec<f64>,
    path: Vec<f32>,
    path_image: Vec<f32>,
    path_intercept: Vec<f64>,
    /// The steps so far.
    sum: Vec<f32>,
    sum_intercept: Vec<f64>,
    /// Square of the residual's norm.
    square: f64,
    /// Room for Q and K·Q.
    curved: Vec<f32>,
    curved_image: Vec<f32>,
}

impl Walk {
    fn new(gradient: &Gradient) -> Self {
        let negative = |values: &[f32]| -> Vec<f32> { values.iter().map(|x| -x).collect() };
        let residual = negative(&single(&gradient.dual));
        let residual_image = negative(&gradient.image);
        let residual_intercept: Vec<f64> = gradient.intercept.iter().map(|x| -x).collect();
        Self {
            path: residual.clone(),
            path_image: residual_image.clone(),
            path_intercept: residual_intercept.clone(),
            sum: vec![0.0; residual.len()],
            sum_intercept: vec![0.0; residual_intercept.len()],
            square: gradient.norm * gradient.norm,
            curved: vec![0.0; residual.len()],
            curved_image: vec![0.0; residual.len()],
            residual,
            residual_image,
            residual_intercept,
        }
    }

    fn residual_norm(&self) -> f64 {
        self.square.max(0.0).sqrt()
    }

    /// One step; `false` if there is none to be made.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "conjugate gradients run in single precision"
    )]
    fn step(&mut self, problem: &Problem<'_>, probabilities: &[f32]) -> bool {
        let k = problem.classes;
        let alpha = problem.alpha as f32;
        for (q, image) in self.curved.chunks_mut(k).zip(self.path_image.chunks(k)) {
            for ((q, u), b) in q.iter_mut().zip(image).zip(&self.path_intercept) {
                *q = u + *b as f32;
            }
        }
        problem.curve(probabilities, &mut self.curved);
        let sums = column_sums(&double(&self.curved), k);
        // ⟨p, Hp⟩ = ⟨K·C + 1b'ᵀ, Q⟩ + α⟨C, K·C⟩.
        let curvature = dot_single(&self.path_image, &self.curved)
            + dot(&self.path_intercept, &sums)
            + problem.alpha * dot_single(&self.path, &self.path_image);
        if curvature.is_nan() || curvature <= 0.0 {
            return false;
        }
        let columns = problem.columns;
        columns.gram_product(&self.curved, k, &mut self.curved_image);
        let step = self.square / curvature;
        add_scaled(&mut self.sum, step as f32, &self.path);
        for i in 0..self.residual.len() {
            let (step, path, image) = (step as f32, self.path[i], self.path_image[i]);
            self.residual[i] -= step * (self.curved[i] + alpha * path);
            self.residual_image[i] -= step * (self.curved_image[i] + alpha * image);
        }
        for (c, sum) in sums.iter().enumerate() {
            self.sum_intercept[c] += step * self.path_intercept[c];
            self.residual_intercept[c] -= step * sum;
        }
        let square = dot_single(&self.residual, &self.residual_image)
            + dot(&self.residual_intercept, &self.residual_intercept);
        let ratio = square / self.square;
        self.square = square;
        for (path, residual) in [
            (&mut self.path, &self.residual),
            (&mut self.path_image, &self.residual_image),
        ] {
            for (p, r) in path.iter_mut().zip(residual) {
                *p = r + ratio as f32 * *p;
            }
        }
        for (p, r) in self.path_intercept.iter_mut().zip(&self.residual_intercept) {
            *p = r + ratio * *p;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::matrix::DesignMatrix;
    use crate::model::objective::{Objective, norm, tests::small_matrix};

    const ALPHA: f64 = 0.7;

    fn problem<'d>(columns: &'d Columns, classes_of: &'d [u32], weights: &'d [f64]) -> Problem<'d> {
        Problem {
            columns,
            classes_of,
            weights,
            classes: 3,
            alpha: ALPHA,
        }
    }

    fn small() -> (DesignMatrix, Vec<u32>, Vec<f64>, State) {
        let (matrix, y) = small_matrix();
        let weights: Vec<f64> = y.iter().map(|&c| [1.0, 2.0, 0.5][c as usize]).collect();
        let columns = matrix.transposed();
        let dual = (0..15)
            .map(|i| (f64::from(i * 7 % 11) - 5.0) / 3.0)
            .collect();
        let state = problem(&columns, &y, &weights).resume(dual, vec![0.3, -0.1, 0.2]);
        (matrix, y, weights, state)
    }

    /// W and b of a state, in one piece.
    fn flat(matrix: &DesignMatrix, state: &State) -> Vec<f64> {
        let mut w = vec![0.0; matrix.columns() * 3];
        matrix.transposed().product(&state.dual, 3, &mut w);
        w.extend(&state.intercept);
        w
    }

    #[test]
    fn value_and_gradient_are_those_of_the_coefficients() {
        let (matrix, y, weights, state) = small();
        let columns = matrix.transposed();
        let gradient = problem(&columns, &y, &weights).gradient(&state);
        let objective = Objective::new(&matrix, &y, &[1.0, 2.0, 0.5], ALPHA);
        let w = flat(&matrix, &state);
        let point = objective.at(&w);
        approx::assert_abs_diff_eq!(state.value, point.value, epsilon = 1e-12);
        let expected = objective.gradient(&w, &point);
        let mut found = vec![0.0; 12];
        columns.product(&gradient.dual, 3, &mut found);
        found.extend(&gradient.intercept);
        for (a, b) in found.iter().zip(&expected) {
            approx::assert_abs_diff_eq!(a, b, epsilon = 1e-12);
        }
        approx::assert_relative_eq!(gradient.norm, norm(&expected), max_relative = 1e-6);
    }

    /// The direction d solves H d = −g, where H d is a central difference of gradients.
    #[test]
    fn a_direction_solves_the_newton_equation() {
        let (matrix, y, weights, state) = small();
        let columns = matrix.transposed();
        let problem = problem(&columns, &y, &weights);
        let gradient = problem.gradient(&state);
        let direction = problem.direction(&state, &gradient, 1e-5 * gradient.norm);
        let objective = Objective::new(&matrix, &y, &[1.0, 2.0, 0.5], ALPHA);
        let shifted = |step: f64| {
            let dual: Vec<f64> = state
                .dual
                .iter()
                .zip(&direction.dual)
                .map(|(a, d)| a + step * d)
                .collect();
            let intercept = state
                .intercept
                .iter()
                .zip(&direction.intercept)
                .map(|(a, d)| a + step * d)
                .collect();
            let w = flat(&matrix, &problem.resume(dual, intercept));
            objective.gradient(&w, &objective.at(&w))
        };
        let h = 1e-5;
        let (up, down, here) = (shifted(h), shifted(-h), shifted(0.0));
        for i in 0..here.len() {
            approx::assert_abs_diff_eq!((up[i] - down[i]) / (2.0 * h), -here[i], epsilon = 2e-4);
        }
    }

    #[test]
    fn the_first_step_that_lowers_the_objective_enough_is_taken() {
        let (matrix, y, weights, state) = small();
        let columns = matrix.transposed();
        let problem = problem(&columns, &y, &weights);
        let gradient = problem.gradient(&state);
        let newton = problem.direction(&state, &gradient, 1e-5 * gradient.norm);
        let scaled = |by: f64| {
            let times = |values: &[f64]| values.iter().map(|d| by * d).collect();
            Direction {
                dual: times(&newton.dual),
                intercept: times(&newton.intercept),
                logits: times(&newton.logits),
            }
        };
        let uphill = problem.line_search(&state, &gradient, &scaled(-1.0));
        assert!(uphill.is_none());
        for length in [1.0, 16.0, 1024.0] {
            let far = scaled(length);
            let value = |step: f64| {
                let along = |from: &[f64], to: &[f64]| -> Vec<f64> {
                    from.iter().zip(to).map(|(a, d)| a + step * d).collect()
                };
                let dual = along(&state.dual, &far.dual);
                let intercept = along(&state.intercept, &far.intercept);
                problem.resume(dual, intercept).value
            };
            let next = problem.line_search(&state, &gradient, &far).unwrap();
            let step = (next.intercept[0] - state.intercept[0]) / far.intercept[0];
            approx::assert_abs_diff_eq!(step.log2(), step.log2().round(), epsilon = 1e-9);
            approx::assert_abs_diff_eq!(next.value, value(step), epsilon = 1e-9);
            let h = 1e-4 / length;
            let slope = (value(h) - value(-h)) / (2.0 * h);
            let enough = |step: f64| value(step) <= state.value + 1e-4 * step * slope;
            assert!(
                enough(step) && (step == 1.0 || !enough(2.0 * step)),
                "{step}"
            );
        }
    }
}
