//! Scored articles as one HTML page: the text itself, its sentences coloured by label.

use maud::{Markup, html};

use super::markup::{NAME, Page, SENTENCE, count, cut, label_name, label_tag, percent, tone};
use super::plot::share_bar;
use super::terminal::short_id;
use crate::article::{Article, Part};
use crate::classifier::{Classifier, Context, Decision, NONE, Rule, Scores};
use crate::text::surroundings::{Surroundings, surroundings};

const STYLE: &str = include_str!("assets/scored.css");

/// Sentences a page lists at most; all are counted.
pub const LISTED_SENTENCES: usize = 5_000;

/// A page of articles, which are added in order.
#[derive(Debug)]
pub struct ScoredPage<'c> {
    classifier: &'c Classifier,
    context: Context,
    rule: Rule,
    /// Terms shown for and against each label.
    terms: usize,
    articles: u64,
    sentences: u64,
    listed: usize,
    counts: Counts,
    titles: Vec<String>,
    body: String,
}

/// How often each value was given, and the surest sentence of each label.
#[derive(Debug, Default)]
struct Counts {
    given: Vec<u64>,
    withheld: u64,
    unknown: u64,
    surest: Vec<Option<Surest>>,
}

/// The sentence of a label that is labelled with most confidence.
#[derive(Debug, Clone)]
struct Surest {
    number: u64,
    confidence: f64,
    text: String,
    /// It is on the page.
    listed: bool,
}

/// A sentence and what was found.
struct Sentence<'s> {
    number: u64,
    text: &'s str,
    around: Surroundings<'s>,
    decision: Decision,
    probabilities: &'s [f64],
    known_words: u32,
}

impl<'c> ScoredPage<'c> {
    /// An empty page; each sentence will name the `terms` that weighed most for and against its label.
    #[must_use]
    pub fn new(classifier: &'c Classifier, context: Context, rule: Rule, terms: usize) -> Self {
        let labels = classifier.labels().len();
        Self {
            classifier,
            context,
            rule,
            terms,
            articles: 0,
            sentences: 0,
            listed: 0,
            counts: Counts {
                given: vec![0; labels],
                surest: vec![None; labels],
                ..Counts::default()
            },
            titles: Vec::new(),
            body: String::new(),
        }
    }

    /// Adds an article of the input `source` with its scores.
    pub fn add(&mut self, source: &str, article: &Article, scores: &Scores) {
        self.articles += 1;
        let around = match self.context {
            Context::Chain => surroundings(&article.texts().collect::<Vec<_>>()),
            Context::None => vec![Surroundings::default(); scores.len()],
        };
        let sentences: Vec<Sentence<'_>> = article
            .texts()
            .zip(around)
            .enumerate()
            .map(|(at, (text, around))| Sentence {
                number: self.sentences + at as u64 + 1,
                text,
                around,
                decision: self.classifier.decide(scores.probabilities(at), self.rule),
                probabilities: scores.probabilities(at),
                known_words: scores.known_words(at),
            })
            .collect();
        let room = LISTED_SENTENCES - self.listed;
        for (at, sentence) in sentences.iter().enumerate() {
            self.count(sentence, at < room);
        }
        self.sentences += sentences.len() as u64;
        if room > 0 && !sentences.is_empty() {
            let title = title(source, article);
            let shown = &sentences[..sentences.len().min(room)];
            self.body += &self.article(&title, source, article, shown).into_string();
            self.listed += shown.len();
            self.titles.push(title);
        }
    }

    fn count(&mut self, sentence: &Sentence<'_>, listed: bool) {
        let class = sentence.decision.class.index();
        self.counts.unknown += u64::from(sentence.known_words == 0);
        if sentence.decision.withheld {
            self.counts.withheld += 1;
            return;
        }
        self.counts.given[class] += 1;
        let surest = &mut self.counts.surest[class];
        let confidence = sentence.decision.confidence;
        if surest.as_ref().is_none_or(|s| confidence > s.confidence) {
            *surest = Some(Surest {
                number: sentence.number,
                confidence,
                text: cut(sentence.text, QUOTED),
                listed,
            });
        }
    }

    /// The page that needs no other file, no network and no script.
    #[must_use]
    pub fn render(self) -> String {
        let title = match &self.titles[..] {
            [] => "No sentences".to_owned(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        let content = html! {
            a.skip href="#main" { "Skip to the text" }
            header {
                @if self.titles.len() != 1 { h1 { (title) } }
                @else { p.what { "What the sentences do" } h1 { (title) } }
                (self.summary())
            }
            main.single[self.articles == 1] #main { (maud::PreEscaped(&self.body)) (self.left_out()) }
            footer { p.what { "Labelled by purport " (env!("CARGO_PKG_VERSION")) " with the model " code { (short_id(self.classifier.id())) } ". A label says what a sentence does, not whether it is true." } }
        };
        let page = Page {
            title: &title,
            style: STYLE,
            script: "",
            content,
        };
        page.render()
    }

    /// Counts by label, and the strongest confirmation and doubt.
    fn summary(&self) -> Markup {
        let labels = self.classifier.labels();
        let none = labels.iter().position(|l| l == NONE);
        let unlabelled = none.map_or(0, |none| self.counts.given[none]) + self.counts.withheld;
        let share = |n: u64| n as f64 / self.sentences.max(1) as f64;
        let mut order: Vec<usize> = (0..labels.len()).filter(|&l| Some(l) != none).collect();
        order.sort_by_key(|&l| std::cmp::Reverse(self.counts.given[l]));
        let rest = order.split_off(order.len().min(MOST_LABELS));
        let others: u64 = rest.iter().map(|&l| self.counts.given[l]).sum();
        html! {
            p.lead {
                (count(self.sentences)) " sentences" @if self.articles > 1 { " of " (count(self.articles)) " articles" }
                ", " (count(unlabelled)) " of them without a label (" (percent(share(unlabelled))) ")."
                @if self.counts.withheld > 0 { " For " (count(self.counts.withheld)) " of these the model was too unsure." }
                @if self.counts.unknown > 0 { " In " (count(self.counts.unknown)) " it knows no word: do not trust their labels." }
            }
            table.counts {
                caption.hidden { "Sentences by label" }
                thead.hidden { tr { th scope="col" { "label" } th scope="col" { "sentences" } th scope="col" { "share" } td {} } }
                tbody {
                    @for &label in &order {
                        @let given = self.counts.given[label];
                        tr class=(tone(&labels[label], label)) {
                            th scope="row" { span.sample { (cut(&label_name(&labels[label]), 28)) } }
                            td.n { (count(given)) }
                            td.n { (percent(share(given))) }
                            td { (share_bar(share(given))) }
                        }
                    }
                    @if !rest.is_empty() {
                        tr.t-none { th scope="row" { (rest.len()) " other labels" } td.n { (count(others)) } td.n { (percent(share(others))) } td { (share_bar(share(others))) } }
                    }
                    tr.t-none { th scope="row" { "no label" } td.n { (count(unlabelled)) } td.n { (percent(share(unlabelled))) } td { (share_bar(share(unlabelled))) } }
                }
            }
            (self.strongest(&order))
            p.what { "Open a sentence to see why. The stronger its colour, the surer the model." }
        }
    }

    /// The surest sentences of the labels that matter most to a reader, or else of the most frequent.
    fn strongest(&self, order: &[usize]) -> Markup {
        let labels = self.classifier.labels();
        let of = |name: &str| labels.iter().position(|l| l == name);
        let shown: Vec<(&str, usize)> = match (of("confirmation"), of("skepticism")) {
            (Some(confirmation), Some(doubt)) => {
                vec![
                    ("Strongest confirmation", confirmation),
                    ("Strongest doubt", doubt),
                ]
            }
            _ => order.iter().take(2).map(|&l| ("Surest", l)).collect(),
        };
        html! {
            dl.strongest {
                @for (name, label) in shown {
                    div class=(tone(&labels[label], label)) {
                        dt { (name) @if name == "Surest" { " " (label_tag(&labels[label], label)) } }
                        @match &self.counts.surest[label] {
                            Some(s) => dd {
                                @if s.listed { a href={ "#s" (s.number) } dir="auto" { (s.text) } }
                                @else { span dir="auto" { (s.text) } }
                                " " span.what { (percent(s.confidence)) }
                            },
                            None => dd.what { "none" },
                        }
                    }
                }
            }
        }
    }

    fn left_out(&self) -> Markup {
        let missing = self.sentences - self.listed as u64;
        html! {
            @if missing > 0 {
                p.notes { "The first " (count(self.listed as u64)) " sentences are shown; " (count(missing)) " more are counted above." }
            }
        }
    }

    fn article(
        &self,
        title: &str,
        source: &str,
        article: &Article,
        sentences: &[Sentence<'_>],
    ) -> Markup {
        let mut next = sentences;
        let mut blocks: Vec<Vec<Piece<'_>>> = Vec::new();
        for part in &article.parts {
            let (here, rest) = next.split_at(part.spans.len().min(next.len()));
            blocks.extend(paragraphs(part, here));
            next = rest;
        }
        html! {
            article {
                h2 { (title) }
                @if title != source { p.what { (cut(source, NAME)) } }
                @for block in &blocks {
                    div.paragraph {
                        @for piece in block { (self.sentence(piece.sentence)) (piece.gap) }
                    }
                }
            }
        }
    }

    fn sentence(&self, s: &Sentence<'_>) -> Markup {
        let labels = self.classifier.labels();
        let class = s.decision.class.index();
        let name = label_name(&labels[class]);
        let confidence = percent(s.decision.confidence);
        let is_label = !s.decision.withheld && labels[class] != NONE;
        let said = if s.decision.withheld {
            format!("no label, unsure: {name} {confidence}")
        } else if is_label {
            format!("{name}, {confidence}")
        } else {
            format!("no label, {confidence}")
        };
        let tone = if is_label {
            tone(&labels[class], class)
        } else {
            "plain"
        };
        let strength = match s.decision.confidence {
            c if c >= 0.9 => "c3",
            c if c >= 0.6 => "c2",
            _ => "c1",
        };
        html! {
            details.s.(tone).(strength) #{ "s" (s.number) } {
                summary {
                    span.text dir="auto" { (cut(s.text, SENTENCE)) }
                    span.tip { " " (said) " " }
                }
                (self.reasons(s, class))
            }
        }
    }

    /// Probabilities and terms of one sentence.
    fn reasons(&self, s: &Sentence<'_>, class: usize) -> Markup {
        let labels = self.classifier.labels();
        let explanation = self.classifier.explain(s.text, &s.around);
        let strongest = explanation.strongest(class);
        let chips = |what: &str, sign: f64| {
            let terms = strongest
                .iter()
                .map(|c| (c.term.as_str(), c.parts[class]))
                .filter(|(_, part)| part * sign > 0.0)
                .take(self.terms);
            super::html::weighed(what, if sign > 0.0 { "for" } else { "against" }, terms)
        };
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by(|&a, &b| s.probabilities[b].total_cmp(&s.probabilities[a]));
        order.truncate(MOST_LABELS);
        let value = label_name(&labels[class]);
        html! {
            div.card {
                table.counts {
                    caption.hidden { "Probabilities" }
                    tbody { @for label in order {
                        tr class=(tone(&labels[label], label)) {
                            th scope="row" { (label_tag(&labels[label], label)) }
                            td.n { (percent(s.probabilities[label])) }
                            td { (share_bar(s.probabilities[label])) }
                        }
                    } }
                }
                (chips(&format!("for {value}"), 1.0))
                (chips(&format!("against {value}"), -1.0))
                p.what { "Sentence " (s.number) " · " (s.known_words) " known words" }
            }
        }
    }
}

/// Labels listed in a summary.
const MOST_LABELS: usize = 12;

/// Characters of a sentence that are quoted on top.
const QUOTED: usize = 300;

/// What an article is called: its title, its name or its file.
fn title(source: &str, article: &Article) -> String {
    let columns = || article.parts.iter().flat_map(|part| &part.columns);
    let told = columns().find(|(name, _)| name == "title");
    let name = match (told.and_then(|(_, value)| value.as_str()), &article.name) {
        (Some(title), _) if !title.trim().is_empty() => title,
        (_, Some(name)) => name,
        _ if source == "-" => "Standard input",
        _ => source,
    };
    cut(name, NAME)
}

/// A sentence and what stands between it and the next one.
struct Piece<'p> {
    sentence: &'p Sentence<'p>,
    gap: &'p str,
}

/// The sentences of a text by paragraph: a blank line parts them.
fn paragraphs<'p>(part: &'p Part, sentences: &'p [Sentence<'p>]) -> Vec<Vec<Piece<'p>>> {
    let mut blocks = vec![Vec::new()];
    let ends = part.spans.iter().map(|span| span.end);
    let starts = part.spans.iter().skip(1).map(|span| span.start);
    let gaps = ends
        .zip(starts.chain([part.text.len()]))
        .map(|(end, start)| &part.text[end..start]);
    for (sentence, gap) in sentences.iter().zip(gaps) {
        if let Some(block) = blocks.last_mut() {
            block.push(Piece { sentence, gap });
        }
        if gap.matches('\n').count() > 1 {
            blocks.push(Vec::new());
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}
