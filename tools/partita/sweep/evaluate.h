// A point of a sweep, computed: a verb run in this process.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/partita/sweep/capture.h"
#include "tools/partita/sweep/protocol.h"

namespace partita::command {

// Evaluates points one after another. While one lives, stdout and stderr go to `console`, and what
// verbs load (networks, profiles, ...) is kept for the points that come. One a process.
class PointEvaluator {
 public:
  // `files`: where "@FOLDER/name" is, and where what points write that is kept goes; "": to the
  // folder for temporary files.
  PointEvaluator(Console& console, std::string files);
  ~PointEvaluator();
  PointEvaluator(const PointEvaluator&) = delete;
  PointEvaluator& operator=(const PointEvaluator&) = delete;

  // Never throws: what goes wrong is a failed point.
  PointAnswer evaluate(const PointQuestion& question);

 private:
  std::vector<std::string> words_of(const PointQuestion& question,
                                    std::vector<Artifact>& artifacts);
  void explain(int code, const PointQuestion& question, PointAnswer& answer) const;

  Console& console_;
  Capture capture_;
  std::string files_;
  std::size_t artifacts_ = 0;  // made so far
};

// The flat result that a verb's nested one makes: objects are joined by dots, lists are left out but
// where one of `columns` leads to numbers or texts in one ("processors.0.busy_ps").
nlohmann::json flat(const nlohmann::json& nested, const std::vector<std::string>& columns);

}  // namespace partita::command
