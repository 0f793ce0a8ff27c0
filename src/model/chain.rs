//! Labels of neighbouring rows together: a first-order chain, read forward and backward.
//!
//! With calibrated probabilities p(yᵢ|xᵢ) and label shares π, the scaled likelihood of a row is
//! p(yᵢ|xᵢ)/π(yᵢ) (Bourlard & Morgan, *Connectionist Speech Recognition*, 1994), and a chain with
//! transitions A scores a labelling by π(y₁) Πᵢ p(yᵢ|xᵢ)/π(yᵢ) Πᵢ A(yᵢ₋₁→yᵢ). With w as the weight of
//! what neighbours say,
//!
//! > Πᵢ p(yᵢ|xᵢ) · Πᵢ₌₂ [A(yᵢ₋₁→yᵢ) / π(yᵢ)]ʷ
//!
//! is the same for w = 1, and leaves every row by itself for w = 0. A row without neighbours has no factor of the second
//! kind, so it keeps p. The posterior of each row is the normalised product of what is passed to
//! it from both sides (Rabiner, *A Tutorial on Hidden Markov Models*, 1989, eq. 27).
//!
//! Rows are counted at the same rates everywhere: π and A come from the labelled rows as they are,
//! which are also the rates the calibration aims at.

/// Transitions between the labels of neighbours, and how much they weigh.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// ln [A(a→b) / π(b)], classes × classes, row by row.
    ratios: Vec<f64>,
    /// w.
    weight: f64,
    classes: usize,
}

/// Longer sequences are read in blocks of so many rows.
pub const BLOCK_ROWS: usize = 4096;

/// Rows before and after a block that are read with it: what is farther away no longer changes a
/// posterior in double precision for any weight up to 1.
pub const OVERLAP_ROWS: usize = 128;

/// Pseudo-counts spread over each row of transitions by the shares.
const PRIOR: f64 = 5.0;

impl Chain {
    /// Transitions counted from `sequences` of the classes of neighbours; `None` breaks a pair.
    #[must_use]
    pub fn count(sequences: &[Vec<Option<u32>>], classes: usize, weight: f64) -> Self {
        let mut rows = vec![0; classes];
        let mut pairs = vec![0.0; classes * classes];
        for sequence in sequences {
            for class in sequence.iter().flatten() {
                rows[*class as usize] += 1;
            }
            for pair in sequence.windows(2) {
                if let [Some(a), Some(b)] = *pair {
                    pairs[a as usize * classes + b as usize] += 1.0;
                }
            }
        }
        let shares = shares(&rows);
        let mut ratios = vec![0.0; classes * classes];
        for a in 0..classes {
            let row = &pairs[a * classes..(a + 1) * classes];
            let from = row.iter().sum::<f64>() + PRIOR;
            for b in 0..classes {
                let transition = (row[b] + PRIOR * shares[b]) / from;
                ratios[a * classes + b] = libm::log(transition / shares[b]);
            }
        }
        Self {
            ratios,
            weight,
            classes,
        }
    }

    /// A chain from its parts; `ratios` is classes × classes.
    #[must_use]
    pub fn from_parts(ratios: Vec<f64>, weight: f64) -> Self {
        let classes = ratios.len().isqrt();
        Self {
            ratios,
            weight,
            classes,
        }
    }

    /// ln [A(a→b) / π(b)], row by row.
    #[must_use]
    pub fn ratios(&self) -> &[f64] {
        &self.ratios
    }

    /// Σᵦ A(a→b) of each label a, for labels of these shares π: 1, if they are those of the chain.
    pub(crate) fn row_sums(&self, shares: &[f64]) -> Vec<f64> {
        let transition = |(r, share): (&f64, &f64)| share * libm::exp(*r);
        self.ratios
            .chunks(self.classes)
            .map(|row| row.iter().zip(shares).map(transition).sum())
            .collect()
    }

    /// How much neighbours weigh: 0 not at all, 1 as a hidden Markov chain has it.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The same transitions at another weight.
    #[must_use]
    pub fn with_weight(&self, weight: f64) -> Self {
        Self {
            weight,
            ..self.clone()
        }
    }

    /// Replaces the probabilities of one sequence (rows × classes) by the posteriors.
    pub fn apply(&self, probabilities: &mut [f64]) {
        let k = self.classes;
        let rows = probabilities.len() / k;
        if rows < 2 || self.weight == 0.0 {
            return;
        }
        let factors: Vec<f64> = self
            .ratios
            .iter()
            .map(|r| libm::exp(self.weight * r))
            .collect();
        if rows <= BLOCK_ROWS {
            posteriors(probabilities, &factors, k);
            return;
        }
        let original = probabilities.to_vec();
        for start in (0..rows).step_by(BLOCK_ROWS) {
            let end = rows.min(start + BLOCK_ROWS);
            let from = start.saturating_sub(OVERLAP_ROWS);
            let to = rows.min(end + OVERLAP_ROWS);
            let mut block = original[from * k..to * k].to_vec();
            posteriors(&mut block, &factors, k);
            probabilities[start * k..end * k]
                .copy_from_slice(&block[(start - from) * k..(end - from) * k]);
        }
    }
}

/// π, for labels that so many rows have: as if each had one row more.
pub(crate) fn shares(rows: &[u64]) -> Vec<f64> {
    let seen = |&rows: &u64| rows as f64 + 1.0;
    let total: f64 = rows.iter().map(seen).sum();
    rows.iter().map(|rows| seen(rows) / total).collect()
}

/// Forward–backward over one block; `factors` is exp(w ln [A/π]).
fn posteriors(probabilities: &mut [f64], factors: &[f64], k: usize) {
    let rows = probabilities.len() / k;
    let mut forward = probabilities.to_vec();
    normalize(&mut forward[..k]);
    for i in 1..rows {
        let (before, row) = forward.split_at_mut(i * k);
        let before = &before[(i - 1) * k..];
        for b in 0..k {
            row[b] *= (0..k).map(|a| before[a] * factors[a * k + b]).sum::<f64>();
        }
        normalize(&mut row[..k]);
    }
    let mut backward = vec![1.0; k];
    for i in (0..rows).rev() {
        let own = probabilities[i * k..(i + 1) * k].to_vec();
        let row = &mut probabilities[i * k..(i + 1) * k];
        for b in 0..k {
            row[b] = forward[i * k + b] * backward[b];
        }
        normalize(row);
        let passed: Vec<f64> = (0..k)
            .map(|a| {
                (0..k)
                    .map(|b| factors[a * k + b] * own[b] * backward[b])
                    .sum()
            })
            .collect();
        backward = passed;
        normalize(&mut backward);
    }
}

/// Scales to sum 1; a row of zeros, which only underflow can make, becomes uniform.
fn normalize(row: &mut [f64]) {
    let sum: f64 = row.iter().sum();
    if sum > 0.0 {
        for p in row {
            *p /= sum;
        }
    } else {
        let share = 1.0 / row.len() as f64;
        row.fill(share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(weight: f64) -> Chain {
        let sequences = vec![
            vec![Some(0), Some(0), Some(1), Some(1), Some(1)],
            vec![Some(1), Some(1), None, Some(0), Some(0), Some(0)],
        ];
        Chain::count(&sequences, 2, weight)
    }

    /// Sums over all labellings.
    fn by_enumeration(chain: &Chain, probabilities: &[f64]) -> Vec<f64> {
        let k = chain.classes;
        let rows = probabilities.len() / k;
        let mut out = vec![0.0; probabilities.len()];
        for code in 0..k.pow(u32::try_from(rows).unwrap()) {
            let labels: Vec<usize> = (0..rows).map(|i| code / k.pow(i as u32) % k).collect();
            let mut score = 1.0;
            for i in 0..rows {
                score *= probabilities[i * k + labels[i]];
                if i > 0 {
                    score *= (chain.weight * chain.ratios[labels[i - 1] * k + labels[i]]).exp();
                }
            }
            for i in 0..rows {
                out[i * k + labels[i]] += score;
            }
        }
        out.chunks_mut(k).for_each(normalize);
        out
    }

    #[test]
    fn the_transitions_of_each_label_sum_to_one() {
        // The label 2 is never followed, and the label 3 never seen.
        let sequences = [
            vec![Some(0), Some(0), Some(1), None, Some(1), Some(2)],
            vec![None, Some(0)],
        ];
        let chain = Chain::count(&sequences, 4, 0.5);
        for sum in chain.row_sums(&shares(&[3, 2, 1, 0])) {
            approx::assert_abs_diff_eq!(sum, 1.0, epsilon = 1e-14);
        }
        assert!(
            chain
                .row_sums(&shares(&[2, 3, 1, 0]))
                .iter()
                .any(|sum| (sum - 1.0).abs() > 0.01)
        );
    }

    #[test]
    fn posteriors_are_those_of_all_labellings() {
        let chain = chain(0.7);
        let p = [0.9, 0.1, 0.4, 0.6, 0.5, 0.5, 0.2, 0.8, 0.7, 0.3];
        for p in [&p[..], &p[..4]] {
            let mut posteriors = p.to_vec();
            chain.apply(&mut posteriors);
            for (a, b) in posteriors.iter().zip(by_enumeration(&chain, p)) {
                approx::assert_abs_diff_eq!(*a, b, epsilon = 1e-12);
            }
        }
    }

    #[test]
    fn ratios_are_counted_from_pairs_and_shares() {
        let sequences = [
            vec![Some(0), Some(0), Some(0), Some(1)],
            vec![Some(0), None, Some(1), Some(0), Some(0)],
        ];
        let chain = Chain::count(&sequences, 2, 0.5);
        // 6 rows of label 0 and 2 of label 1, and one more of each; a gap breaks a pair.
        let shares = [0.7, 0.3];
        let transition = |pairs: f64, from: f64, to: usize| {
            (pairs + PRIOR * shares[to]) / (from + PRIOR) / shares[to]
        };
        let expected = [
            transition(3.0, 4.0, 0),
            transition(1.0, 4.0, 1),
            transition(1.0, 1.0, 0),
            transition(0.0, 1.0, 1),
        ];
        for (ratio, expected) in chain.ratios().iter().zip(expected) {
            approx::assert_abs_diff_eq!(*ratio, f64::ln(expected), epsilon = 1e-15);
        }
        assert_eq!(chain.weight(), 0.5);
        let heavier = chain.with_weight(2.0);
        assert_eq!(heavier.ratios(), chain.ratios());
        assert_eq!(heavier, Chain::from_parts(chain.ratios().to_vec(), 2.0));
    }

    #[test]
    fn a_row_that_underflows_is_uniform() {
        let mut row = [0.0, 0.0, 0.0, 0.0];
        normalize(&mut row);
        assert_eq!(row, [0.25; 4]);
    }

    #[test]
    fn a_row_alone_and_a_weight_of_zero_change_nothing() {
        let mut alone = vec![0.3, 0.7];
        chain(1.0).apply(&mut alone);
        assert_eq!(alone, [0.3, 0.7]);
        let mut rows = vec![0.3, 0.7, 0.6, 0.4];
        chain(0.0).apply(&mut rows);
        assert_eq!(rows, [0.3, 0.7, 0.6, 0.4]);
    }

    #[test]
    fn neighbours_of_one_label_pull_an_undecided_row() {
        let mut rows = vec![0.9, 0.1, 0.5, 0.5, 0.9, 0.1];
        chain(1.0).apply(&mut rows);
        assert!(rows[2] > 0.6, "{rows:?}");
    }

    /// Labels that know nothing of their neighbours: A(a→b) = π(b), so the division by the shares
    /// leaves no factor. Without it every row would count the prior once more.
    #[test]
    fn independent_labels_leave_the_prior_counted_once() {
        let mut sequence = Vec::new();
        for i in 0..4000u32 {
            // Every pair of draws from shares ¾, ¼ occurs in proportion.
            for class in [
                [0, 0],
                [0, 0],
                [0, 1],
                [1, 0],
                [0, 0],
                [0, 0],
                [0, 0],
                [0, 1],
            ][(i % 8) as usize]
            {
                sequence.push(Some(class));
            }
        }
        let chain = Chain::count(&[sequence], 2, 1.0);
        assert!(chain.ratios[0].abs() < 0.1, "{:?}", chain.ratios);
        let p = [0.75, 0.25, 0.75, 0.25, 0.75, 0.25];
        let mut rows = p.to_vec();
        chain.apply(&mut rows);
        for (a, b) in rows.iter().zip(p) {
            approx::assert_abs_diff_eq!(*a, b, epsilon = 0.05);
        }
        // ln A instead of ln A/π: the prior squared.
        let undivided = Chain::from_parts(
            vec![0.75f64.ln(), 0.25f64.ln(), 0.75f64.ln(), 0.25f64.ln()],
            1.0,
        );
        let mut rows = p.to_vec();
        undivided.apply(&mut rows);
        assert!(rows[2] > 0.85);
    }

    #[test]
    fn blocks_with_overlap_agree_with_the_whole() {
        let chain = chain(1.0);
        let rows = BLOCK_ROWS * 2 + 777;
        let p: Vec<f64> = (0..rows)
            .flat_map(|i| {
                let p = 0.1 + 0.8 * ((i * 37 % 101) as f64 / 101.0);
                [p, 1.0 - p]
            })
            .collect();
        let mut in_blocks = p.clone();
        chain.apply(&mut in_blocks);
        let factors: Vec<f64> = chain
            .ratios
            .iter()
            .map(|r| libm::exp(r * chain.weight))
            .collect();
        let mut whole = p;
        posteriors(&mut whole, &factors, 2);
        for (a, b) in in_blocks.iter().zip(&whole) {
            approx::assert_abs_diff_eq!(*a, *b, epsilon = 1e-12);
        }
    }
}
