#include "models/network/onnx/network_source.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "models/network/costed_graph.h"
#include "models/network/onnx/import.h"
#include "models/network/onnx/zoo.h"

namespace partita {
namespace {

std::map<std::string, std::int64_t> dimensions_of(const std::vector<std::string>& bindings) {
  std::map<std::string, std::int64_t> dimensions;
  Diagnostics diagnostics;
  for (const std::string& binding : bindings) {
    // A dimension's name may hold '=' signs, an extent cannot.
    const std::size_t equals = binding.rfind('=');
    const std::string text = equals == std::string::npos ? "" : binding.substr(equals + 1);
    std::int64_t extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc{} || end != text.data() + text.size() || extent < 1 || equals == 0) {
      diagnostics.error({binding, 0, 0},
                        "is no binding: write NAME=N with a whole number above zero");
    } else if (!dimensions.emplace(binding.substr(0, equals), extent).second) {
      diagnostics.error({binding, 0, 0}, "this dimension is bound twice");
    }
  }
  diagnostics.throw_if_any();
  return dimensions;
}

}  // namespace

Network load_network(const std::string& text, const NetworkOptions& options,
                     std::vector<std::string>* warnings) {
  const std::filesystem::path file(text);
  const bool is_onnx = file.extension() == ".onnx";
  if (!is_onnx && !options.bindings.empty()) {
    throw ConfigError({text, 0, 0}, "only an ONNX file has dimensions to bind");
  }
  if (!is_onnx && options.keep_weights) {
    throw ConfigError({text, 0, 0}, "only an ONNX file has weights that were trained");
  }
  if (text.rfind("zoo:", 0) == 0) return zoo_network(text);
  if (is_onnx) {
    return import_onnx(
        file, {dimensions_of(options.bindings), options.must_have_data, options.keep_weights},
        warnings);
  }
  if (file.extension() == ".json") return load_costed_graph(Document::parse_file(file));
  const SourceLoc where{text, 0, 0};
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) {
    throw ConfigError(where, "no such file (a network of the zoo is written zoo:NAME)");
  }
  if (std::filesystem::is_directory(file, failed)) {
    throw ConfigError(where, "is a folder, not a file");
  }
  throw ConfigError(where,
                    "is no network: name an ONNX file (*.onnx), a costed graph (*.json), or one of "
                    "the zoo (zoo:NAME)");
}

}  // namespace partita
