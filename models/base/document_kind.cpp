#include "models/base/document_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace partita {
namespace {

struct DocumentKind {
  std::string_view key, what, taker;
};
constexpr std::array kKinds{
    DocumentKind{"plan", "a plan", "partita simulate --plan takes it"},
    DocumentKind{"timeline", "a timeline", "partita plot gantt takes it"},
    DocumentKind{"analysis", "an analysis", "partita plot waiting takes it"},
    DocumentKind{"workload", "a list of requests", "partita plot latency takes it"},
    DocumentKind{"front", "a front of plans", "partita plot pareto takes it"},
    DocumentKind{"costed_graph", "a costed graph", "--model takes it"},
    DocumentKind{"machine", "a machine", "--machine takes it"},
    DocumentKind{"scenario", "a scenario", "partita runtime --scenario takes it"},
    DocumentKind{"sweep", "a sweep", "partita sweep takes it"},
    DocumentKind{"service", "the record of a service", "partita plot service takes it"},
    DocumentKind{"verdict", "the verdict of an exam", "partita plot exam takes it"},
    DocumentKind{"summary", "the summary of a demo", "partita plot bars takes it"},
};

const DocumentKind* kind_of(std::string_view key) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const DocumentKind& kind) { return kind.key == key; });
  return found != kKinds.end() ? &*found : nullptr;
}

}  // namespace

void refuse_other_kind(const Document& document, std::string_view wanted) {
  const auto& members = document.root().members;
  if (members.empty() || members.front().key == wanted) return;
  const DocumentKind* found = kind_of(members.front().key);
  if (found == nullptr) return;
  throw ConfigError(
      {document.name(), members.front().line, members.front().column},
      fmt::format("this is {} ({}), not {}", found->what, found->taker, kind_of(wanted)->what));
}

}  // namespace partita
