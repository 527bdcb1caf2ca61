#include "partition/learn/forest.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace partita::learn {
namespace {

// Takes one number off the front of `text`; false where there is none.
template <class Number>
bool take(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool take_split(std::string_view& text, Forest::Split& split) {
  if (take(text, '=')) return take(text, split.value);
  return take(text, split.feature) && take(text, '<') && take(text, split.value) &&
         take(text, ' ') && take(text, split.left) && take(text, ' ') && take(text, split.right);
}

bool leads_on(const Forest::Split& split, std::size_t at, std::size_t count, std::size_t features) {
  if (split.feature < 0) return split.feature == -1;
  const auto is_later = [&](std::int32_t next) {
    return next > static_cast<std::int32_t>(at) && static_cast<std::size_t>(next) < count;
  };
  return static_cast<std::size_t>(split.feature) < features && is_later(split.left) &&
         is_later(split.right);
}

}  // namespace

Forest::Forest(double base, const std::vector<Tree>& trees) : base_(base) {
  for (const Tree& tree : trees) {
    roots_.push_back(splits_.size());
    splits_.insert(splits_.end(), tree.begin(), tree.end());
  }
}

double Forest::value(const std::vector<double>& features) const {
  double sum = base_;
  for (const std::size_t root : roots_) {
    std::size_t at = root;
    while (splits_[at].feature >= 0) {
      const Split& split = splits_[at];
      const auto asked = static_cast<float>(features[static_cast<std::size_t>(split.feature)]);
      at = root + static_cast<std::size_t>(asked < split.value ? split.left : split.right);
    }
    sum += static_cast<double>(splits_[at].value);
  }
  return sum;
}

double Forest::mean_below(std::size_t root, std::size_t at) const {
  const Split& split = splits_[at];
  if (split.feature < 0) return static_cast<double>(split.value);
  return 0.5 * (mean_below(root, root + static_cast<std::size_t>(split.left)) +
                mean_below(root, root + static_cast<std::size_t>(split.right)));
}

std::vector<double> Forest::parts(const std::vector<double>& features) const {
  std::vector<double> parts(features.size() + 1);
  for (const std::size_t root : roots_) {
    std::size_t at = root;
    double mean = mean_below(root, at);
    parts.back() += mean;
    while (splits_[at].feature >= 0) {
      const Split& split = splits_[at];
      const auto feature = static_cast<std::size_t>(split.feature);
      const bool left = static_cast<float>(features[feature]) < split.value;
      at = root + static_cast<std::size_t>(left ? split.left : split.right);
      const double below = mean_below(root, at);
      parts[feature] += below - mean;
      mean = below;
    }
  }
  return parts;
}

std::vector<std::string> Forest::to_text() const {
  std::vector<std::string> lines;
  for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
    const std::size_t end = tree + 1 < roots_.size() ? roots_[tree + 1] : splits_.size();
    std::string line;
    for (std::size_t at = roots_[tree]; at < end; ++at) {
      const Split& split = splits_[at];
      if (!line.empty()) line += ' ';
      line += split.feature < 0
                  ? fmt::format("={}", split.value)
                  : fmt::format("{}<{} {} {}", split.feature, split.value, split.left, split.right);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::variant<Forest, std::string> Forest::from_text(double base,
                                                    const std::vector<std::string>& trees,
                                                    std::size_t features) {
  std::vector<Tree> read;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    std::string_view text = trees[i];
    Tree tree;
    do {
      Split split;
      if (!take_split(text, split)) {
        return fmt::format("tree {}: its split {} is none", i + 1, tree.size() + 1);
      }
      tree.push_back(split);
    } while (take(text, ' '));
    if (!text.empty()) return fmt::format("tree {}: '{}' behind its last split", i + 1, text);
    for (std::size_t at = 0; at < tree.size(); ++at) {
      if (!leads_on(tree[at], at, tree.size(), features)) {
        return fmt::format("tree {}: its split {} leads nowhere", i + 1, at + 1);
      }
    }
    read.push_back(std::move(tree));
  }
  return Forest(base, read);
}

}  // namespace partita::learn
