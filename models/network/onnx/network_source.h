// A network from whatever the user named.
#pragma once

#include <string>
#include <vector>

#include "models/network/network.h"

namespace partita {

struct NetworkOptions {
  std::vector<std::string> bindings;  // extents of an ONNX file's free dimensions: "batch=8"
  bool must_have_data = false;        // of an ONNX file: all its values are there
  bool keep_weights = false;          // of an ONNX file: weights as trained, not seeded
};

// "zoo:NAME?parameter=value&...", an ONNX file (*.onnx), or a costed graph (*.json). Throws
// ConfigError. What is only doubtful is added to `warnings`, if given.
Network load_network(const std::string& text, const NetworkOptions& options = {},
                     std::vector<std::string>* warnings = nullptr);

}  // namespace partita
