#include "tools/partita/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace partita::command {
namespace {

// Characters, not bytes: "µ" and "×" take two bytes and one column.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool on_terminal() { return isatty(fileno(stderr)) != 0; }

}  // namespace

void Table::print() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line = "  ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - width(row[i]), ' ');
      line += i == 0 ? row[i] + gap : "  " + gap + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  }
  std::fflush(stdout);
}

Step::Step(std::string title) : title_(std::move(title)), is_shown_(on_terminal()) {
  if (is_shown_) {
    fmt::print(stderr, "  {} ...", title_);
    std::fflush(stderr);
    bar_visible_ = true;
  }
}

Step::~Step() {
  if (!finished_ && bar_visible_) fmt::print(stderr, "\n");
}

double Step::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Step::progress(std::int64_t done, std::int64_t total, std::string_view what) {
  if (!is_shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < std::chrono::milliseconds(100) && done < total) return;
  shown_ = now;
  constexpr std::int64_t kWidth = 24;
  const std::int64_t filled = total > 0 ? std::min(done, total) * kWidth / total : 0;
  fmt::print(stderr, "\r\033[K  {} [{}{}] {}/{} {}", title_,
             std::string(static_cast<std::size_t>(filled), '#'),
             std::string(static_cast<std::size_t>(kWidth - filled), '.'), done, total, what);
  std::fflush(stderr);
  bar_visible_ = true;
}

void Step::done(std::string_view result) {
  finished_ = true;
  if (bar_visible_) fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  fmt::print("  {:<12}{}  ({:.1f} s)\n", title_, result, took);
  std::fflush(stdout);
}

std::string percent(double ratio, int digits) {
  return fmt::format("{:.{}f} %", ratio * 100, digits);
}

}  // namespace partita::command
