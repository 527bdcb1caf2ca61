#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/diagnostics.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/count_option.h"
#include "tools/partita/output_files.h"
#include "tools/partita/python.h"
#include "tools/partita/results/compare.h"
#include "tools/partita/results/export_csv.h"
#include "tools/partita/results/merge.h"
#include "tools/partita/results/store.h"
#include "tools/partita/results/sweep_table.h"

namespace partita::command {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRows = 20;  // printed, unless told otherwise

struct Options {
  std::vector<std::string> words;
  std::string sweep, out, csv, column, prefer;
  std::vector<std::string> columns;
  RowChoice rows;
  bool failed = false, provenance = false, json = false;

  bool asks_for_rows() const {
    return !sweep.empty() || !rows.where.empty() || !columns.empty() || !rows.sort.empty() ||
           rows.limit || failed || provenance || !csv.empty();
  }
};

Json to_json(const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

void list_sweeps(const std::vector<SweepEntry>& sweeps, bool json) {
  Table table({"sweep", "verb", "points", "done", "no", "failed", "missing", "begun", "question"});
  Json all = Json::array();
  for (const SweepEntry& each : sweeps) {
    const std::size_t missing = each.places - each.done - each.no - each.failed;
    table.add({label_of(each, sweeps), each.verb, std::to_string(each.places),
               std::to_string(each.done), std::to_string(each.no), std::to_string(each.failed),
               std::to_string(missing), each.created, each.question});
    all.push_back({{"sweep", each.id},
                   {"name", each.name},
                   {"question", each.question},
                   {"body", each.verb},
                   {"points", each.places},
                   {"done", each.done},
                   {"no", each.no},
                   {"failed", each.failed},
                   {"missing", missing},
                   {"begun", each.created}});
  }
  if (sweeps.empty()) {
    fmt::print("  no sweeps yet\n");
  } else {
    table.print();
  }
  if (json) fmt::print("{}\n", Json{{"sweeps", all}}.dump());
}

// `all`: as files have them; else those that fit on a screen.
std::vector<TableColumn> chosen_columns(const Options& options, const SweepTable& table,
                                        const RowChoice& rows, bool all) {
  const bool asks_for_all = options.columns == std::vector<std::string>{"all"};
  if (!options.columns.empty() && !asks_for_all) return table.columns(options.columns);
  if (options.failed) {
    std::vector<TableColumn> columns = table.columns(std::vector<std::string>{"number"});
    for (const TableColumn& each : table.columns()) {
      if (each.role == TableColumn::Role::Axis) columns.push_back(each);
    }
    for (const char* name : {"attempts", "reason", "command"})
      columns.push_back(table.column(name));
    return columns;
  }
  std::vector<TableColumn> columns = all || asks_for_all ? table.usual(rows) : table.few(rows);
  if (!options.provenance) return columns;
  for (const TableColumn& each : table.columns()) {
    const bool is_there = std::any_of(columns.begin(), columns.end(), [&](const TableColumn& one) {
      return one.name == each.name;
    });
    if (each.role == TableColumn::Role::Fixed && !is_there) columns.push_back(each);
  }
  return columns;
}

int export_as(const Options& options, const SweepTable& table,
              const std::vector<TableColumn>& columns) {
  const std::string ending = std::filesystem::path(options.csv).extension().string();
  std::size_t count = 0;
  if (ending == ".csv") {
    count = export_csv(table, columns, options.rows, options.csv);
    fmt::print("wrote {}: {} rows\n", options.csv, count);
    return kDone;
  }
  if (ending != ".parquet") {
    throw ConfigError({"--export", 0, 0},
                      fmt::format("'{}' ends neither in .csv nor in .parquet", options.csv));
  }
  std::vector<std::string> words{options.words.front(), "--out", options.csv, "--sweep",
                                 fmt::format("{}@{}", table.sweep().name, table.sweep().id)};
  for (const std::string& where : options.rows.where) words.insert(words.end(), {"--where", where});
  if (!options.columns.empty() || options.provenance || options.failed) {
    std::string names;
    for (const TableColumn& column : columns) names += (names.empty() ? "" : ",") + column.name;
    words.insert(words.end(), {"--columns", names});
  }
  if (!options.rows.sort.empty()) {
    words.insert(words.end(), {"--sort", options.rows.sort});
    if (options.rows.descending) words.emplace_back("--descending");
  }
  if (options.rows.limit)
    words.insert(words.end(), {"--limit", std::to_string(*options.rows.limit)});
  become_python("results/parquet.py", words);
}

void print_json(const SweepTable& table, const std::vector<TableColumn>& columns,
                const RowChoice& rows) {
  Json all = Json::array();
  table.rows(columns, rows, [&](const std::vector<Cell>& row) {
    Json& object = all.emplace_back(Json::object());
    for (std::size_t i = 0; i < row.size(); ++i) object[columns[i].name] = to_json(row[i]);
  });
  fmt::print("{}\n", Json{{"sweep", table.sweep().name}, {"rows", all}}.dump());
}

int show_rows(const Options& options, const SweepTable& table) {
  const auto columns = chosen_columns(options, table, options.rows, /*all=*/false);
  RowChoice rows = options.rows;
  if (!rows.limit) rows.limit = kRows + 1;
  std::vector<std::string> header;
  for (const TableColumn& column : columns) header.push_back(column.name);
  Table shown(std::move(header));
  std::size_t count = 0;
  table.rows(columns, rows, [&](const std::vector<Cell>& row) {
    ++count;
    if (!options.rows.limit && count > kRows) return;
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(readable_text(row[i], columns[i]));
    }
    shown.add(std::move(cells));
  });
  shown.print();
  if (!options.rows.limit && count > kRows) {
    fmt::print("  ... and more: --limit says how many, --export writes all\n");
  }
  if (count == 0)
    fmt::print("  no points{}\n", options.rows.where.empty() ? " yet" : " are like that");
  if (count > 0 && options.columns.empty() && !options.failed) {
    fmt::print("  other columns: --columns all, or their names; all digits: --export\n");
  }
  if (options.json) {
    print_json(table, chosen_columns(options, table, options.rows, /*all=*/true), options.rows);
  }
  return kDone;
}

// That a name stands for the newest of several.
void note_others(const ResultStore& store, const SweepEntry& chosen, const std::string& asked) {
  const std::string label = fmt::format("{}@{}", chosen.name, chosen.id);
  bool is_alone = true;
  store.select("SELECT 1 FROM sweeps WHERE name = ? AND id != ?", {chosen.name, chosen.id},
               [&](const std::vector<Cell>&) { is_alone = false; });
  if (is_alone || asked == label) return;
  fmt::print(stderr,
             "note: {} holds several sweeps '{}', and this is the newest, {}: partita results {} "
             "lists them, --sweep {}@N names one\n",
             store.file().string(), chosen.name, label, store.file().string(), chosen.name);
}

int rows(const Options& options) {
  const ResultStore store(options.words.front(), ResultStore::Open::ToRead);
  if (!options.asks_for_rows()) {
    const std::vector<SweepEntry> sweeps = store.sweeps();
    list_sweeps(sweeps, options.json);
    if (options.json || sweeps.size() != 1) return kDone;
  }
  const SweepTable table(store, options.sweep);
  note_others(store, table.sweep(), options.sweep);
  Options asked = options;
  if (options.failed) asked.rows.where.emplace_back("status=failed");
  if (asked.csv.empty()) return show_rows(asked, table);
  return export_as(asked, table, chosen_columns(asked, table, asked.rows, /*all=*/true));
}

// "results.db" or "results.db:name".
struct NamedSweep {
  explicit NamedSweep(const std::string& text, const std::string& sweep) : file(text), name(sweep) {
    std::error_code failed;
    const auto colon = text.rfind(':');
    if (std::filesystem::exists(text, failed) || colon == std::string::npos) return;
    file = text.substr(0, colon);
    name = text.substr(colon + 1);
  }
  std::string file, name;
};

std::string column_for(const Options& options, const SweepTable& table) {
  if (!options.column.empty()) return options.column;
  const auto description = Json::parse(table.sweep().description, nullptr, false);
  if (description.is_object() && description.contains("answer") &&
      description["answer"].is_object()) {
    return description["answer"].value("column", "");
  }
  throw ConfigError(
      {"--column", 0, 0},
      fmt::format("sweep '{}' names no answer: say which column to compare", table.sweep().name));
}

std::string in_words(const Comparison& result, const Pair& pair) {
  std::string text;
  for (std::size_t i = 0; i < result.axes.size(); ++i) {
    text += fmt::format("{}{}={}", i > 0 ? ", " : "", result.axes[i], to_text(pair.axes[i]));
  }
  return text;
}

int compare_sweeps(const Options& options) {
  if (options.words.size() != 3) {
    throw ConfigError({"arguments", 0, 0},
                      "compare: two results files, or FILE:SWEEP where they hold several");
  }
  const NamedSweep first(options.words[1], options.sweep), second(options.words[2], options.sweep);
  const ResultStore a(first.file, ResultStore::Open::ToRead),
      b(second.file, ResultStore::Open::ToRead);
  const SweepTable ours(a, first.name), theirs(b, second.name);
  note_others(a, ours.sweep(), first.name);
  note_others(b, theirs.sweep(), second.name);
  const Comparison result = compare(ours, theirs, column_for(options, ours));
  const std::size_t middle = result.pairs.size() / 2;
  fmt::print("{}: {} / {}, by {} common axes: {} points in both\n", result.column, options.words[2],
             options.words[1], result.axes.size(), result.pairs.size());
  Table table({"", "ratio", "first", "second", "at"});
  const auto add = [&](const char* what, const Pair& pair) {
    table.add({what, fmt::format("{:.4g}", pair.ratio()), fmt::format("{:.6g}", pair.a),
               fmt::format("{:.6g}", pair.b), in_words(result, pair)});
  };
  add("least", result.pairs.front());
  add("median", result.pairs[middle]);
  add("most", result.pairs.back());
  table.print();
  fmt::print("  geometric mean of ratios: {:.4g}\n", result.geometric_mean);
  const auto say = [](std::size_t count, const char* what) {
    if (count > 0) fmt::print("  {} points {}\n", count, what);
  };
  say(result.only_a, "are in the first only");
  say(result.only_b, "are in the second only");
  say(result.a_has_more, "have an answer in the first only");
  say(result.b_has_more, "have an answer in the second only");
  say(result.without_ratio, "have no ratio: an answer is not above 0");
  if (options.json) {
    Json pairs = Json::array();
    for (const Pair& pair : result.pairs) {
      Json axes = Json::object();
      for (std::size_t i = 0; i < result.axes.size(); ++i) {
        axes[result.axes[i]] = to_json(pair.axes[i]);
      }
      pairs.push_back(
          {{"axes", axes}, {"first", pair.a}, {"second", pair.b}, {"ratio", pair.ratio()}});
    }
    const Json line{{"column", result.column},
                    {"points", result.pairs.size()},
                    {"geometric_mean", result.geometric_mean},
                    {"least", result.pairs.front().ratio()},
                    {"most", result.pairs.back().ratio()},
                    {"only_first", result.only_a},
                    {"only_second", result.only_b},
                    {"pairs", pairs}};
    fmt::print("{}\n", line.dump());
  }
  return kDone;
}

int merge(const Options& options) {
  if (options.words.size() < 2 || options.out.empty()) {
    throw ConfigError({"arguments", 0, 0}, "merge: results files, and --out for the one they make");
  }
  const std::vector<std::filesystem::path> files(options.words.begin() + 1, options.words.end());
  const Prefer prefer = options.prefer == "first"  ? Prefer::First
                        : options.prefer == "last" ? Prefer::Last
                                                   : Prefer::Neither;
  const Merged merged = merge_results(files, options.out, prefer);
  fmt::print("wrote {}: {} sweeps, {} points\n", options.out, merged.sweeps, merged.points);
  if (options.json) {
    fmt::print("{}\n", Json{{"sweeps", merged.sweeps}, {"points", merged.points}}.dump());
  }
  return kDone;
}

int results(const Options& options) {
  const std::string& first = options.words.front();
  if (first == "merge") return merge(options);
  if (!options.out.empty())
    throw ConfigError({"--out", 0, 0}, "this is for merge; rows go to --export");
  if (first == "compare") return compare_sweeps(options);
  if (options.words.size() > 1) {
    throw ConfigError({"arguments", 0, 0},
                      fmt::format("'{}' is one argument too many (several files: results compare, "
                                  "results merge)",
                                  options.words[1]));
  }
  return rows(options);
}

}  // namespace

Run add_results(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("files", options->words,
                 "a results file; or: compare FILE FILE, merge FILE... (FILE:SWEEP names one of "
                 "several sweeps)")
      ->required()
      ->type_name("FILE");
  app.add_option("--sweep", options->sweep,
                 "its name, where the file holds several; NAME@N, as the list has it: an older one "
                 "of that name")
      ->type_name("NAME[@N]");
  app.add_option(
         "--where", options->rows.where,
         "rows that are like that: method=heft, 'model=zoo:bert*', "
         "'machine.links.nvlink.bandwidth>=10 GB/s', 'status!=failed' (several: all of them)")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  app.add_option("--columns", options->columns,
                 "these, in this order (with commas); all: every one (a few: axes and answer)")
      ->delimiter(',')
      ->type_name("NAMES")
      ->allow_extra_args(false);
  app.add_option("--sort", options->rows.sort, "by this column")->type_name("COLUMN");
  app.add_flag("--descending", options->rows.descending, "the largest first");
  app.add_option("--limit", options->rows.limit, "at most so many rows")
      ->check(whole_number_from(0));
  app.add_flag("--failed", options->failed, "what failed, why, and the commands to see it again");
  app.add_flag("--provenance", options->provenance,
               "also who computed it, when, with which command");
  app.add_option("--column", options->column, "compare: of what (the sweep's answer)")
      ->type_name("COLUMN");
  add_output_option(app, "--export", options->csv, "all rows, as .csv or .parquet");
  add_output_option(app, "--out", options->out, "merge: the file that holds them all");
  app.add_option("--prefer", options->prefer,
                 "merge: whose results stand where files have others for the same point, as of "
                 "measured times")
      ->check(CLI::IsMember({"first", "last"}));
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return results(*options); };
}

}  // namespace partita::command
