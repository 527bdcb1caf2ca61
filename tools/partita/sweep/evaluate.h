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

  // What goes wrong is a failed point. Points at fidelity packet are each evaluated in a process that
  // is forked from this one, and so is all that comes after the first of them; where others came
  // before it, this process is of no use to it, and says that it is exhausted.
  // Throws Error where no process can be made.
  PointAnswer evaluate(const PointQuestion& question);

 private:
  PointAnswer evaluate_here(const PointQuestion& question);
  PointAnswer evaluate_apart(const PointQuestion& question);
  void load_inputs_of(const PointQuestion& question);
  std::vector<std::string> words_of(const PointQuestion& question,
                                    std::vector<Artifact>& artifacts);
  void explain(int code, const PointQuestion& question, PointAnswer& answer) const;

  Console& console_;
  Capture capture_;
  std::string files_;
  std::size_t artifacts_ = 0;  // made so far
  bool has_evaluated_ = false, forks_ = false;
};

// The flat result that a verb's nested one makes: objects are joined by dots, lists are left out.
// `columns` are paths: "processors.0.busy_ps" leads into a list; a list of numbers or texts that one
// leads to becomes a text. Of what stands at the top and has paths that lead into it, nothing else is
// taken.
nlohmann::json flat(const nlohmann::json& nested, const std::vector<std::string>& columns);

}  // namespace partita::command
