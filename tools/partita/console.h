// What people see: tables, progress, and how long each step took.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace partita::command {

// Columns as wide as their content; the first is left-aligned, the others right-aligned.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// One step of a longer job: a line when it starts, a bar while it runs (on a terminal only), its
// time when it ends.
class Step {
 public:
  explicit Step(std::string title);
  ~Step();
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // Shows done / total with an optional word on what is being done.
  void progress(std::int64_t done, std::int64_t total, std::string_view what = "");
  bool is_shown() const { return is_shown_; }  // there is somebody to see the bar
  // Ends the step: the title, `result`, and the time it took.
  void done(std::string_view result = "");
  double seconds() const;  // since it began

 private:
  std::string title_;
  bool is_shown_;  // stderr is a terminal
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_{};
  bool bar_visible_ = false;
  bool finished_ = false;
};

std::string percent(double ratio, int digits = 1);  // 0.1234 -> "12.3 %"

}  // namespace partita::command
