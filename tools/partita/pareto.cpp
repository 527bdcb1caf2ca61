#include "tools/partita/pareto.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "partition/bounds/lower_bound.h"
#include "tools/partita/commands.h"
#include "tools/partita/confirm.h"
#include "tools/partita/console.h"
#include "tools/partita/output_files.h"
#include "tools/partita/plotting.h"
#include "tools/partita/value_text.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

ParetoOptions read(const ParetoCommand& options) {
  const SourceLoc where{"--pareto", 0, 0};
  Diagnostics diagnostics;
  std::vector<Term> terms;
  const auto comma = options.terms.find(',');
  for (const std::string& name :
       {options.terms.substr(0, comma),
        comma == std::string::npos ? std::string() : options.terms.substr(comma + 1)}) {
    const auto known = std::find(kTerms.begin(), kTerms.end(), name);
    if (known == kTerms.end()) {
      diagnostics.error(where, fmt::format("'{}' is not two terms, TERM,TERM, of {}", options.terms,
                                           fmt::join(kTerms, ", ")));
      break;
    }
    terms.push_back(static_cast<Term>(known - kTerms.begin()));
  }
  if (terms.size() == 2 && terms[0] == terms[1]) {
    diagnostics.error(where, fmt::format("'{}' names one term twice", options.terms));
  }
  if (!options.figure.empty() && options.plans.empty()) {
    diagnostics.error({"--figure", 0, 0}, "it draws front.json of the folder that --plans names");
  }
  diagnostics.throw_if_any();
  return {terms[0], terms[1], options.points};
}

class Report {
 public:
  Report(const ParetoOptions& pareto, const Problem& problem, const ParetoFront& front)
      : pareto_(pareto), problem_(problem), front_(front) {
    for (const Term term : {pareto.first, pareto.second}) {
      const Problem alone{problem.network, problem.hardware, problem.costs, Objective::only(term),
                          problem.constraints};
      bounds_.push_back(lower_bound(alone).value);
    }
  }

  void print() const {
    std::vector<std::string> header{"plan", std::string(to_string(pareto_.first)),
                                    std::string(to_string(pareto_.second))};
    for (const ProcessorSpec& spec : problem_.hardware.processors()) header.push_back(spec.name);
    Table table(std::move(header));
    for (std::size_t i = 0; i < front_.size(); ++i) {
      std::vector<std::string> row{file(i), text(pareto_.first, front_[i].first),
                                   text(pareto_.second, front_[i].second)};
      for (const ProcessorId p : ids<ProcessorId>(problem_.hardware.processors().size())) {
        row.push_back(std::to_string(front_[i].solution.plan.order(p).size()));
      }
      table.add(std::move(row));
    }
    table.print();
    fmt::print("  no plan is below {} or {}\n", text(pareto_.first, bounds_[0]),
               text(pareto_.second, bounds_[1]));
  }

  nlohmann::json json() const {
    nlohmann::json points = nlohmann::json::array();
    for (std::size_t i = 0; i < front_.size(); ++i) {
      points.push_back({{"plan", file(i)},
                        {"first", front_[i].first},
                        {"second", front_[i].second},
                        {"method", front_[i].solution.plan.method()}});
    }
    return {{"front", 1},
            {"network", problem_.network.name()},
            {"machine", problem_.hardware.name()},
            {"first", to_string(pareto_.first)},
            {"second", to_string(pareto_.second)},
            {"first_bound", bounds_[0]},
            {"second_bound", bounds_[1]},
            {"points", std::move(points)}};
  }

  void write(const fs::path& folder) const {
    fs::create_directories(folder);
    for (std::size_t i = 0; i < front_.size(); ++i) {
      write_file(folder / file(i),
                 to_json(front_[i].solution.plan, problem_.network, problem_.hardware));
    }
    write_file(folder / "front.json", json().dump(1) + "\n");
    fmt::print("wrote {} plans and front.json into {}\n", front_.size(), folder.string());
  }

 private:
  static std::string file(std::size_t i) { return fmt::format("plan_{:02}.json", i + 1); }
  static std::string text(Term term, double value) {
    return value_text(Objective::only(term), value);
  }

  const ParetoOptions& pareto_;
  const Problem& problem_;
  const ParetoFront& front_;
  std::vector<double> bounds_;
};

}  // namespace

void add_pareto_options(CLI::App& app, ParetoCommand& options) {
  const char* group = "Front";
  auto* terms = app.add_option("--pareto", options.terms,
                               "instead of one plan, those of which none is better in one of two "
                               "terms without being worse in the other: latency,energy. Each "
                               "search has the steps or the time that one plan would have")
                    ->type_name("TERM,TERM")
                    ->group(group)
                    ->excludes(app.get_option("--objective"))
                    ->excludes(app.get_option("--uncertainty"));
  app.add_option("--points", options.points, "plans of the front that are looked for")
      ->check(CLI::Range(2, 1000))
      ->group(group)
      ->needs(terms)
      ->capture_default_str();
  add_output_option(app, "--plans", options.plans, "with --pareto: its plans, and front.json",
                    Output::Folder)
      ->needs(terms);
  add_output_option(app, "--figure", options.figure, "with --pareto: the front", Output::Figure)
      ->needs(terms);
}

int pareto(const ParetoCommand& options, const Asked& asked, const Inputs& inputs,
           const Method& method, const SearchOptions& search, bool json) {
  const ParetoOptions wanted = read(options);
  const Problem problem = asked.problem(inputs);
  Step step("front");
  const auto found = pareto_front(problem, wanted, method, search);
  if (const auto* no = std::get_if<Infeasible>(&found)) {
    step.done("no plan");
    const NoPlan why = why_no_plan(*no, asked, inputs);
    print_no_plan(why, json);
    return kNo;
  }
  const ParetoFront& front = std::get<ParetoFront>(found);
  std::string why_not;
  for (const ParetoPoint& point : front) {
    Problem both = problem;
    both.objective = Objective::only(wanted.first);
    both.objective.weights[static_cast<std::size_t>(wanted.second)] = 1;
    confirmed(both, point.solution.plan, point.solution.cost, why_not);
  }
  step.done(fmt::format("{} plans", front.size()));
  const Report report(wanted, problem, front);
  report.print();
  fmt::print("  {}\n", why_not.empty() ? "confirmed by the checker and SystemC"
                                       : "not confirmed by SystemC: " + why_not);
  if (!options.plans.empty()) report.write(options.plans);
  int code = kDone;
  if (!options.figure.empty()) {
    code = draw(
        {"pareto", (fs::path(options.plans) / "front.json").string(), "--out", options.figure});
  }
  if (json) fmt::print("{}\n", report.json().dump());
  return code;
}

}  // namespace partita::command
