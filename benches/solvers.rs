//! The fit by our Newton method and by L-BFGS (argmin's, ten pairs kept, Moré–Thuente) to the same norm of the gradient:
//! CPU seconds and memory on few classes and on many.
//!
//! `cargo bench --bench solvers`, on the labels and on the subjects of `data/train`, or `cargo bench --bench solvers --
//! TRAIN.csv…` on the labels of other files. Each fit is a process of its own on one thread, so that its memory is
//! its own. Prints a table in Markdown.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for those who work on the solver"
)]

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use linfa::ParamGuard;
use ndarray::Array1;
use purport::corpus::{Corpus, CorpusOptions};
use purport::features::counts::Document;
use purport::features::vectorizer::VectorizerParams;
use purport::model::logistic::LogisticRegression;
use purport::model::objective::{Objective, Point, norm};
use purport::text::surroundings::Surroundings;

const ALPHA: f64 = 0.3;
const TOLERANCES: [&str; 2] = ["1e-3", "1e-6"];
const SOLVERS: [&str; 2] = ["newton", "lbfgs"];

/// The objective as argmin asks for it; a line search wants value and gradient at one place.
struct Asked<'o> {
    objective: Objective<'o>,
    last: RefCell<Option<(Array1<f64>, Point)>>,
}

impl Asked<'_> {
    fn at(&self, parameters: &Array1<f64>) -> Point {
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|(at, _)| at != parameters) {
            let point = self.objective.at(parameters.as_slice().unwrap());
            *last = Some((parameters.clone(), point));
        }
        last.as_ref().unwrap().1.clone()
    }
}

impl CostFunction for Asked<'_> {
    type Param = Array1<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Array1<f64>) -> Result<f64, Error> {
        Ok(self.at(parameters).value)
    }
}

impl Gradient for Asked<'_> {
    type Param = Array1<f64>;
    type Gradient = Array1<f64>;

    fn gradient(&self, parameters: &Array1<f64>) -> Result<Array1<f64>, Error> {
        let point = self.at(parameters);
        let gradient = self
            .objective
            .gradient(parameters.as_slice().unwrap(), &point);
        Ok(Array1::from_vec(gradient))
    }
}

/// How a fit ended.
struct End {
    steps: u64,
    value: f64,
    gradient: f64,
}

fn lbfgs(objective: Objective<'_>, tolerance: f64) -> End {
    let zero = vec![0.0; objective.dimension()];
    let target = tolerance * norm(&objective.gradient(&zero, &objective.at(&zero)));
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10)
        .with_tolerance_grad(target)
        .unwrap()
        .with_tolerance_cost(0.0)
        .unwrap();
    let asked = Asked {
        objective,
        last: RefCell::new(None),
    };
    let run = Executor::new(asked, solver)
        .configure(|state| state.param(Array1::from_vec(zero)).max_iters(10_000))
        .run()
        .unwrap();
    let state = run.state();
    let best = state.get_best_param().unwrap().as_slice().unwrap();
    let objective = &run.problem().problem.as_ref().unwrap().objective;
    let point = objective.at(best);
    End {
        steps: state.get_iter(),
        value: point.value,
        gradient: norm(&objective.gradient(best, &point)),
    }
}

/// One fit in this process, as a row of the table.
fn fit(solver: &str, tolerance: &str, label: &str, paths: &[String]) -> String {
    let options = CorpusOptions {
        label_column: Some(label.to_owned()),
        ..CorpusOptions::default()
    };
    let corpus = Corpus::from_csv_paths(paths, &options).unwrap();
    let documents: Vec<Document<'_>> = (0u32..)
        .zip(0..corpus.len())
        .map(|(article, row)| Document {
            text: corpus.text(row),
            article,
            around: Surroundings::default(),
        })
        .collect();
    let params = VectorizerParams::default();
    let counts = params.count(&documents).unwrap();
    let rows: Vec<usize> = (0..documents.len()).collect();
    let fitted = params.fit(&counts, &rows).unwrap();
    let classes_of: Vec<u32> = rows
        .iter()
        .map(|&row| corpus.label(row).unwrap().number())
        .collect();
    let classes = corpus.classes().len();
    let size = tolerance.parse().unwrap();
    let (before, start) = (memory(), cpu_seconds());
    let end = if solver == "newton" {
        let columns = fitted.columns(&counts, &rows);
        let params = LogisticRegression::params(classes)
            .alpha(ALPHA)
            .tolerance(size)
            .check()
            .unwrap();
        let model = params.fit_columns(&columns, &classes_of, &mut None, &|_| ());
        let how = model.unwrap().convergence;
        End {
            steps: how.iterations.unwrap().into(),
            value: how.objective,
            gradient: how.gradient_norm,
        }
    } else {
        let matrix = fitted.matrix(&counts, &rows);
        let weights = vec![1.0; classes];
        lbfgs(Objective::new(&matrix, &classes_of, &weights, ALPHA), size)
    };
    format!(
        "| {} rows, {classes} classes, {} terms | {tolerance} | {solver} | {} | {:.2} | {} | {:.4} | {:.1e} |",
        rows.len(),
        fitted.vocabulary.len(),
        end.steps,
        cpu_seconds() - start,
        memory().saturating_sub(before),
        end.value,
        end.gradient
    )
}

/// CPU seconds of this process, of the user and the system (proc(5): hundredths).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    fields[11..=12]
        .iter()
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

/// The most memory this process had, in MB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches("kB").trim();
    kilobytes.parse::<u64>().unwrap() >> 10
}

fn training_part() -> Vec<String> {
    let mut paths: Vec<PathBuf> = fs::read_dir("data/train")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}

fn main() {
    // What `cargo bench` passes to every bench.
    let mut args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    if args.first().is_some_and(|arg| arg == "one") {
        rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build_global()
            .unwrap();
        println!("{}", fit(&args[1], &args[2], &args[3], &args[4..]));
        return;
    }
    let mut jobs: Vec<(&str, Vec<String>)> =
        args.drain(..).map(|path| ("label", vec![path])).collect();
    if jobs.is_empty() {
        jobs = ["label", "subject"]
            .map(|column| (column, training_part()))
            .into();
    }
    println!(
        "| problem | tolerance | solver | steps | CPU s | MB beside the terms | objective | gradient |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (column, paths) in jobs {
        for tolerance in TOLERANCES {
            for solver in SOLVERS {
                let me = std::env::current_exe().unwrap();
                let job = Command::new(me)
                    .args(["one", solver, tolerance, column])
                    .args(&paths)
                    .output()
                    .unwrap();
                assert!(
                    job.status.success(),
                    "{}",
                    String::from_utf8_lossy(&job.stderr)
                );
                print!("{}", String::from_utf8_lossy(&job.stdout));
            }
        }
    }
}
