// One sweep of a results file as a table: its rows are the places whose points are there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/partita/results/store.h"

namespace partita::command {

struct TableColumn {
  enum class Role : std::uint8_t { Fixed, Axis, Result };
  std::string name;
  Role role = Role::Fixed;
  std::string type;   // integer, real, text; "": nothing is in it
  std::string unit;   // of axes; results have it in their names
  std::string place;  // in SQL
  bool is_number() const { return type == "integer" || type == "real"; }
};

struct RowChoice {
  // "method=heft", "model=zoo:bert*", "machine.links.nvlink.bandwidth>=10 GB/s", "status!=failed":
  // all have to hold. Quantities may have any unit of their column; of texts, * and ? stand for
  // others; "limit=": there is none.
  std::vector<std::string> where{};
  std::string sort{};  // column; "": by number. What has nothing there comes last.
  bool descending = false;
  std::optional<std::size_t> limit{};
};

class SweepTable {
 public:
  // As sweep_named() finds it.
  SweepTable(const ResultStore& store, const std::string& sweep);

  const SweepEntry& sweep() const { return sweep_; }
  // number, repetition, status, ...; axes in the order of the sweep file; results by name.
  const std::vector<TableColumn>& columns() const { return columns_; }
  // Throws ConfigError with what was probably meant.
  const TableColumn& column(const std::string& name) const;
  std::vector<TableColumn> columns(const std::vector<std::string>& names) const;
  // What people want to see: number, repetition where there are several, status, axes, and results
  // that any of the rows has.
  std::vector<TableColumn> usual(const RowChoice& rows) const;
  // What fits on a screen: number, repetition where the sweep repeats, status and reason where a row
  // is not done, axes, and of the results those that the sweep asks about (answer and goals).
  std::vector<TableColumn> few(const RowChoice& rows) const;

  // Cells of the columns, row by row. Throws ConfigError for conditions that are none.
  void rows(const std::vector<TableColumn>& columns, const RowChoice& choice,
            const std::function<void(const std::vector<Cell>&)>& row) const;

 private:
  struct Where {
    std::string text;
    std::vector<Cell> values;
  };
  Where where(const std::vector<std::string>& conditions) const;
  void add_condition(const std::string& text, Where& where) const;

  const ResultStore& store_;
  SweepEntry sweep_;
  std::vector<TableColumn> columns_;
};

// The sweep of that name in a file, the latest of several; NAME@N: that with the number N; "": of
// the only name. Throws ConfigError.
SweepEntry sweep_named(const ResultStore& store, const std::string& name);
// By which sweep_named() finds each of these and no other: its name, or NAME@N where others have it.
std::string label_of(const SweepEntry& sweep, const std::vector<SweepEntry>& all);

// As files have it: numbers so that they read back as the same, "" for nothing.
std::string to_text(const Cell& cell);
// As tables show it: numbers with their unit and few digits.
std::string readable_text(const Cell& cell, const TableColumn& column);

}  // namespace partita::command
