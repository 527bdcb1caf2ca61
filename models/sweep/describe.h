// A sweep as one line of JSON: what programs that ask for points by their positions need to know.
#pragma once

#include <string>

#include "models/sweep/sweep.h"

namespace partita {

// {"name", "question", "body", "answer": null | {"column", "better": "smaller" | "larger"}, "repeat",
//  "sampling": "product" | "random" | "latin_hypercube" | "sobol",
//  "axes": [{"name", "kind": "range" | "list", "unit", "from", "to", "scale": "linear" | "log",
//            "integer", "step", "values", "numbers", "group", "as"}],
//  "points": how many, repetitions counted; null where it has none of its own (points.h),
//  "prices": null | {"currency", "base", "axes": [{"axis", "per", "price"} | {"axis", "table"}]},
//  "goals": [{"column", "at_most" or "at_least", "text"}]}
//
// Of a list: "values" (texts) and "numbers" (null where a value is none) in order; of a range from,
// to, scale, integer and step (what whole numbers count), and both of its points where it is walked.
// Numbers, `per`, from and to are in `unit`; goals in numbers of their column; "table": a price for
// each of "values". Axes of one "group" step together: a row of positions gives them the same one.
std::string description(const Sweep& sweep);

}  // namespace partita
