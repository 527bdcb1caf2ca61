// A network that may be left early, cut at its exits.
#pragma once

#include <string>
#include <vector>

#include "models/network/network.h"

namespace partita::inputs {

// Exits are numbered from 0, the earliest. Exit k answers with the tensor logits[k]; the next stages
// need features[k] of what was computed so far (none behind the last exit).
struct ExitNames {
  std::vector<std::string> logits, features;
};

// Whoever starts with exit s runs direct[s]; while the answer is not sure, onward[s + 1], ...
struct ExitParts {
  // From the network's input to exit k, without the exits before: makes logits[k], features[k].
  std::vector<Network> direct;
  // From features[k - 1] to exit k; of 0: direct[0].
  std::vector<Network> onward;

  std::size_t exits() const { return direct.size(); }
};

// Throws ConfigError (naming `where`, all mistakes) for a tensor that there is not, or that is none
// of the network's activations, logits that are not numbers of one row, a network of several
// inputs, and stages that need more of what was computed than the features.
ExitParts cut_at_exits(const Network& network, const ExitNames& names, const std::string& where);

}  // namespace partita::inputs
