// The keys of sweep files: what the editor's schema and the reference page are made from. A test
// holds them equal to what the reader knows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace partita {

enum class SweepKeyType : std::uint8_t {
  Name,        // letters, digits, _ and -
  Text,        //
  Texts,       // a list of texts
  Choice,      // one of the words in `choices`
  Count,       // a whole number, at least 1
  Points,      // a whole number, at least 2
  Seed,        // a whole number, at least 0
  Flag,        // true or false
  Number,      // a number, or a quantity
  Price,       // a number, at least 0
  Values,      // a list of texts, numbers or quantities
  Time,        // quantities
  Bytes,       //
  Options,     // a map of options to a value, a list of values, true or false
  Axes,        // a map of axes to values
  Conditions,  // a list of maps of axes to what they have to be
  Prices,      // a map of axes to prices
  Goals,       // a map of columns to bounds
  Section,     // a map with the keys of the section of this name
};

struct SweepKeyInfo {
  std::string_view section;  // "" is the file itself
  std::string_view key;
  SweepKeyType type;
  bool required;
  std::string_view choices;        // comma-separated
  std::string_view default_value;  // as text, for people
  std::string_view meaning;
};

inline constexpr std::array kSweepKeys{
    SweepKeyInfo{"", "sweep", SweepKeyType::Name, true, "", "",
                 "Its name, at most 64 letters, digits, _ and -: results are found by it."},
    SweepKeyInfo{"", "question", SweepKeyType::Text, false, "", "none",
                 "What you want to know. Reports begin with it."},
    SweepKeyInfo{
        "", "body", SweepKeyType::Text, true, "", "",
        "The verb that every point runs: partition, simulate, predict, replay or runtime."},
    SweepKeyInfo{"", "with", SweepKeyType::Options, false, "", "none",
                 "Options that all points share, by their long name without dashes. A flag is "
                 "`true`, an option that may be given several times a list. Files are looked up "
                 "from the folder of the sweep file."},
    SweepKeyInfo{"", "axes", SweepKeyType::Axes, false, "", "none",
                 "What changes from point to point: names and their values. All combinations are "
                 "computed; the last axis changes fastest."},
    SweepKeyInfo{"", "sample", SweepKeyType::Section, false, "", "all combinations",
                 "So many points instead of all combinations."},
    SweepKeyInfo{"", "exclude", SweepKeyType::Conditions, false, "", "nothing",
                 "Points that match all of any entry are left out."},
    SweepKeyInfo{"", "only", SweepKeyType::Conditions, false, "", "everything",
                 "Points that match no entry are left out."},
    SweepKeyInfo{"", "repeat", SweepKeyType::Count, false, "", "1",
                 "Each point is computed so often, each time with a seed of its own (option "
                 "`seed` of the verb)."},
    SweepKeyInfo{"", "seed", SweepKeyType::Seed, false, "", "1",
                 "What the seeds derive from. Where neither this nor `repeat` is given, points "
                 "have the verb's own."},
    SweepKeyInfo{"", "limits", SweepKeyType::Section, false, "", "none",
                 "What one point may take. Beyond, it is ended and recorded as failed."},
    SweepKeyInfo{"", "keep", SweepKeyType::Section, false, "", "none",
                 "What is kept beside the plain numbers of a result."},
    SweepKeyInfo{"", "answer", SweepKeyType::Section, false, "", "none",
                 "The column that matters: what reports, sensitivity, break-even and design look "
                 "at where nothing else is said."},
    SweepKeyInfo{"", "prices", SweepKeyType::Prices, false, "", "none",
                 "What machines cost (`partita design`)."},
    SweepKeyInfo{"", "goals", SweepKeyType::Goals, false, "", "none",
                 "What machines have to reach (`partita design`)."},

    SweepKeyInfo{"axis", "from", SweepKeyType::Number, false, "", "",
                 "The lower end of a range. An axis has either `values`, or `from` and `to`."},
    SweepKeyInfo{"axis", "to", SweepKeyType::Number, false, "", "",
                 "The upper end, of the same kind of unit."},
    SweepKeyInfo{"axis", "points", SweepKeyType::Points, false, "", "",
                 "How many values the range is walked through in, both ends included. Needed where "
                 "all combinations are computed. In a sample: drawn from these; without it, from "
                 "all between the ends."},
    SweepKeyInfo{"axis", "scale", SweepKeyType::Choice, false, "linear, log", "linear",
                 "log: equal factors between neighbours; `from` must be above 0."},
    SweepKeyInfo{"axis", "integer", SweepKeyType::Flag, false, "", "false",
                 "Whole numbers only, counted in the unit of `from`."},
    SweepKeyInfo{"axis", "values", SweepKeyType::Values, false, "", "",
                 "A list, where it needs `as`; else write the list alone."},
    SweepKeyInfo{"axis", "as", SweepKeyType::Text, false, "", "the value alone",
                 "What the option is given, `{}` standing for the value: 'poisson {}'."},

    SweepKeyInfo{"sample", "method", SweepKeyType::Choice, true, "random, latin_hypercube, sobol",
                 "",
                 "random: independent. latin_hypercube: each axis is cut into as many parts as "
                 "there are points, and has one point in each. sobol: a sequence that fills all "
                 "axes together most evenly; best with 2^k points."},
    SweepKeyInfo{"sample", "points", SweepKeyType::Count, true, "", "", "How many."},
    SweepKeyInfo{"sample", "seed", SweepKeyType::Seed, false, "", "1",
                 "Another seed, another sample. 0 with sobol: the sequence as published."},

    SweepKeyInfo{"limits", "time", SweepKeyType::Time, false, "", "none",
                 "By the clock: on a computer with other work, points are ended that would have "
                 "been in time without it."},
    SweepKeyInfo{"limits", "memory", SweepKeyType::Bytes, false, "", "none",
                 "Of the process that computes the point."},

    SweepKeyInfo{"keep", "columns", SweepKeyType::Texts, false, "", "none",
                 "Paths of values in lists of the JSON result, which are no columns otherwise."},
    SweepKeyInfo{"keep", "files", SweepKeyType::Texts, false, "", "none",
                 "Options of the verb that write a file: `out`, `analysis`. It is stored with the "
                 "results of each point."},

    SweepKeyInfo{"answer", "column", SweepKeyType::Text, true, "", "", "Its name in the results."},
    SweepKeyInfo{"answer", "better", SweepKeyType::Choice, false, "smaller, larger", "smaller", ""},

    SweepKeyInfo{"prices", "currency", SweepKeyType::Text, false, "", "none", "For people."},
    SweepKeyInfo{"prices", "base", SweepKeyType::Price, false, "", "0",
                 "What every machine costs, whatever the axes say."},

    SweepKeyInfo{"price", "per", SweepKeyType::Number, true, "", "",
                 "An amount of the axis, with its unit."},
    SweepKeyInfo{"price", "price", SweepKeyType::Price, true, "", "", "What this amount costs."},

    SweepKeyInfo{"goal", "at_most", SweepKeyType::Number, false, "", "",
                 "The column's number must not be above. With a unit where the column's name says "
                 "one (`makespan_ps`: 12 ms)."},
    SweepKeyInfo{"goal", "at_least", SweepKeyType::Number, false, "", "", "Must not be below."},
};

// JSON schema (draft 7) of sweep files, for editors.
std::string sweep_schema();

// The key reference, as Markdown.
std::string sweep_reference();

}  // namespace partita
