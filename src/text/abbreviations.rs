//! The words that decide whether a full stop ends a sentence.

/// What an abbreviation asks of the text behind its stop before the stop may end a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// "Sen.", "e.g.": never ends a sentence.
    Prefix,
    /// "No.", "Jan.", "bn.": a number or sign goes on, a capital does not.
    Number,
    /// "Inc.", "U.S.", "J.": a name may go on; only a word that opens sentences begins a new one.
    Name,
    /// "p.m.": a zone, day or month goes on, any other capital does not.
    Clock,
    /// "Calif.": as a name, but "Fresno, Calif. Police" is two sentences.
    State,
}

use std::sync::LazyLock;

use hashbrown::HashMap;

use Abbreviation::{Clock, Name, Number, Prefix, State};

/// No abbreviation has more bytes; longer words need not be looked up.
pub(super) const LONGEST: usize = 12;

/// Without the last stop; lists are sorted. An entry in lower case stands for "Etc." and "ETC." too,
/// an entry with a capital for all capitals only, so that "he sat." is not a Saturday.
const LISTS: [(Abbreviation, &[&str]); 5] = [
    (
        Prefix,
        &[
            "Adm", "Amb", "Atty", "Capt", "Card", "Cmdr", "Col", "Cpl", "Cpt", "Det", "Dr", "Fr",
            "Gen", "Gens", "Gov", "Govs", "Hon", "Insp", "Lt", "Maj", "Messrs", "Mlle", "Mme",
            "Mr", "Mrs", "Ms", "Msgr", "Pfc", "Pres", "Prof", "Profs", "Pte", "Pvt", "Rep", "Reps",
            "Rev", "Rt", "Sen", "Sens", "Sgt", "Supt", "approx", "ca", "cf", "e.g", "eg", "i.e",
            "ie", "incl", "v", "viz", "vs",
        ],
    ),
    (
        Number,
        &[
            "Apr", "Aug", "Dec", "Feb", "Fri", "Jan", "Jul", "Jun", "Mar", "Mon", "No", "Nos",
            "Nov", "Oct", "Sat", "Sec", "Sep", "Sept", "Sun", "Thu", "Thur", "Thurs", "Tue",
            "Tues", "Wed", "art", "b", "bn", "c", "ch", "dept", "etc", "fig", "figs", "fl", "ft",
            "govt", "hr", "hrs", "kg", "km", "lb", "lbs", "m.p.h", "min", "mins", "mn", "no",
            "nos", "oz", "p", "para", "pct", "pp", "sec", "secs", "sq", "tn", "vol", "vols", "yd",
            "yr", "yrs",
        ],
    ),
    (
        Name,
        &[
            "Assn", "Assoc", "Ave", "B.Sc", "Blvd", "Bros", "Co", "Corp", "Cos", "Dept", "Dist",
            "Dr", "Esq", "Ft", "Hwy", "Inc", "Inst", "Intl", "Jr", "LLC", "LLP", "Ltd", "M.Sc",
            "Mfg", "Mt", "Natl", "PLC", "Ph.D", "PhD", "Pk", "Pt", "Rd", "Sr", "St", "Ste", "Univ",
            "al", "ed", "eds", "plc",
        ],
    ),
    (Clock, &["a.m", "am", "p.m", "pm"]),
    (
        State,
        &[
            "Ala", "Ariz", "Ark", "Calif", "Colo", "Conn", "Del", "Fla", "Ga", "Ill", "Ind", "Kan",
            "Ky", "La", "Mass", "Md", "Mich", "Minn", "Miss", "Mo", "Mont", "N.C", "N.D", "N.H",
            "N.J", "N.M", "N.Y", "Neb", "Nev", "Okla", "Ont", "Ore", "Pa", "Que", "R.I", "S.C",
            "S.D", "Tenn", "Tex", "Va", "Vt", "W.Va", "Wash", "Wis", "Wyo",
        ],
    ),
];

/// Words that open sentences and are hardly ever part of a name.
const OPENERS: &[&str] = &[
    "According",
    "After",
    "All",
    "Also",
    "Although",
    "Among",
    "Analysts",
    "And",
    "Another",
    "As",
    "At",
    "Authorities",
    "Because",
    "Before",
    "Both",
    "But",
    "By",
    "Critics",
    "Despite",
    "During",
    "Each",
    "Earlier",
    "Even",
    "Experts",
    "Few",
    "For",
    "From",
    "Has",
    "He",
    "Her",
    "Here",
    "His",
    "How",
    "However",
    "I",
    "If",
    "In",
    "Instead",
    "Investors",
    "Is",
    "It",
    "Its",
    "Last",
    "Later",
    "Many",
    "Meanwhile",
    "More",
    "Most",
    "My",
    "Neither",
    "No",
    "Nobody",
    "None",
    "Nor",
    "Not",
    "Now",
    "Officials",
    "On",
    "Once",
    "One",
    "Only",
    "Or",
    "Others",
    "Our",
    "Over",
    "People",
    "Police",
    "Prosecutors",
    "Residents",
    "Several",
    "Shares",
    "She",
    "Since",
    "So",
    "Some",
    "Stop",
    "Such",
    "That",
    "The",
    "Their",
    "Then",
    "There",
    "These",
    "They",
    "This",
    "Those",
    "Though",
    "Through",
    "Thus",
    "To",
    "Today",
    "Two",
    "Under",
    "Until",
    "We",
    "What",
    "When",
    "Where",
    "While",
    "Who",
    "Why",
    "With",
    "Without",
    "Yet",
    "You",
    "Your",
];

/// Openers that go on with a headline or a name when a capital follows: "Talks Between U.S. And
/// China", "the U.S. Police Shootings Database".
const LINKS: &[&str] = &[
    "And",
    "Authorities",
    "By",
    "For",
    "From",
    "Investors",
    "Is",
    "On",
    "Or",
    "Over",
    "People",
    "Police",
    "Shares",
    "To",
    "With",
];

/// What follows a time of day.
const TIMES: &[&str] = &[
    "AEST",
    "April",
    "August",
    "BST",
    "CDT",
    "CET",
    "CST",
    "CT",
    "Central",
    "December",
    "EDT",
    "EST",
    "ET",
    "Eastern",
    "February",
    "Friday",
    "GMT",
    "IST",
    "January",
    "July",
    "June",
    "MDT",
    "MST",
    "MT",
    "March",
    "May",
    "Monday",
    "Mountain",
    "November",
    "October",
    "PDT",
    "PST",
    "PT",
    "Pacific",
    "Saturday",
    "September",
    "Sunday",
    "Thursday",
    "Tuesday",
    "UTC",
    "Wednesday",
];

/// Names that carry an exclamation mark.
const CRIES: &[&str] = &["E", "Jeopardy", "Oklahoma", "Yahoo", "Yum"];

/// Verbs of reporting.
const SAYS: &[&str] = &[
    "added",
    "adds",
    "argued",
    "asked",
    "asks",
    "chanted",
    "cried",
    "exclaimed",
    "joked",
    "pleaded",
    "replied",
    "responded",
    "said",
    "says",
    "screamed",
    "shouted",
    "told",
    "tweeted",
    "wondered",
    "wrote",
    "yelled",
];

/// All lists in one, since most stops follow a word that is in none; the first list that has a word
/// decides.
static BY_SPELLING: LazyLock<HashMap<&str, Abbreviation>> = LazyLock::new(|| {
    let entries = LISTS
        .iter()
        .rev()
        .flat_map(|&(kind, words)| words.iter().map(move |&word| (word, kind)));
    entries.collect()
});

/// What `word`, written without its last stop, asks of the text behind it; `None` for other words.
pub(super) fn abbreviation(word: &str) -> Option<Abbreviation> {
    if word.len() > LONGEST {
        return None;
    }
    let listed = |spelling: &str| BY_SPELLING.get(spelling).copied();
    listed(word)
        .or_else(|| listed(&title_case(word)?))
        // "J. P. Aasen": a capital is an initial, also where "p." is a page.
        .or_else(|| (word.chars().count() == 1 && is_initials(word)).then_some(Name))
        .or_else(|| {
            word.starts_with(char::is_uppercase)
                .then(|| listed(&word.to_lowercase()))?
        })
        .or_else(|| is_initials(word).then_some(Name))
}

/// "SEN" as "Sen": capitals throughout say nothing about the word's own spelling.
fn title_case(word: &str) -> Option<String> {
    let shouted =
        word.is_ascii() && word.len() > 1 && !word.bytes().any(|b| b.is_ascii_lowercase());
    shouted.then(|| word[..1].to_owned() + &word[1..].to_ascii_lowercase())
}

/// "J", "U.S", "J.R.R": single letters, a stop behind each.
fn is_initials(word: &str) -> bool {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    };
    word.split('.').all(capital)
}

/// Whether `word` opens sentences and is hardly ever part of a name.
pub(super) fn is_opener(word: &str) -> bool {
    contains(OPENERS, word)
}

/// Whether `word` opens sentences, but goes on with a name when a capital follows.
pub(super) fn is_link(word: &str) -> bool {
    contains(LINKS, word)
}

/// Whether `word` names a time zone, day or month.
pub(super) fn is_time(word: &str) -> bool {
    contains(TIMES, word)
}

/// Whether `word` is a name that carries an exclamation mark.
pub(super) fn is_cry(word: &str) -> bool {
    contains(CRIES, word)
}

/// Whether `word` reports speech.
pub(super) fn says(word: &str) -> bool {
    contains(SAYS, word)
}

fn contains(sorted: &[&str], word: &str) -> bool {
    sorted.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_no_word_is_longer_than_the_longest() {
        for (_, words) in LISTS {
            assert!(words.is_sorted(), "{words:?}");
            assert!(words.iter().all(|word| word.len() <= LONGEST));
        }
        for words in [OPENERS, LINKS, TIMES, CRIES, SAYS] {
            assert!(words.is_sorted(), "{words:?}");
        }
    }

    #[test]
    fn case_decides_where_a_word_has_two_readings() {
        for (word, expected) in [
            ("Sen", Some(Prefix)),
            ("SEN", Some(Prefix)),
            ("Sat", Some(Number)),
            ("sat", None),
            ("Approx", Some(Prefix)),
            ("P.M", Some(Clock)),
            ("U.S", Some(Name)),
            ("N.Y", Some(State)),
            ("É", Some(Name)),
            ("example.com", None),
            ("", None),
        ] {
            assert_eq!(abbreviation(word), expected, "for {word:?}");
        }
    }
}
