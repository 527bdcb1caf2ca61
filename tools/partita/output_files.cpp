#include "tools/partita/output_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

struct Named {
  std::string option;
  fs::path path;
};

// What the values of these options name is read. The ends of "PLAN=TIMELINE" are files too.
bool is_input(const CLI::Option& option) {
  constexpr std::array kTypes{"FILE", "NETWORK", "FILE|NETWORK", "PLAN=TIMELINE"};
  const std::string type = option.get_type_name();
  return option.get_group() != kOutputs &&
         std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::vector<Named> inputs_of(const CLI::App& verb) {
  std::vector<Named> inputs;
  const auto add = [&](const std::string& option, const std::string& text) {
    std::error_code failed;
    if (fs::is_regular_file(text, failed)) inputs.push_back({option, text});
  };
  for (const CLI::Option* option : verb.get_options()) {
    if (!is_input(*option)) continue;
    const std::string name =
        option->get_positional() ? fmt::format("its {}", option->get_name()) : option->get_name();
    for (const std::string& text : option->results()) {
      const auto equals = text.find('=');
      add(name, text);
      if (equals == std::string::npos) continue;
      add(name, text.substr(0, equals));
      add(name, text.substr(equals + 1));
    }
  }
  return inputs;
}

bool same(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  if (fs::equivalent(a, b, failed)) return true;
  // Neither need exist yet; a relative path that does not would stay relative.
  const fs::path place = fs::weakly_canonical(fs::absolute(a, failed), failed);
  return !place.empty() && place == fs::weakly_canonical(fs::absolute(b, failed), failed);
}

// Why no folder can be at `folder`; empty if there is one or it can be made.
std::string no_folder(fs::path folder) {
  std::error_code failed;
  folder = fs::absolute(folder, failed);
  while (!fs::exists(folder, failed) && folder.has_relative_path()) folder = folder.parent_path();
  if (!fs::is_directory(folder, failed)) return fmt::format("'{}' is no folder", folder.string());
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return fmt::format("the folder '{}' may not be written to", folder.string());
  }
  return {};
}

std::string no_place(const fs::path& path, Output kind) {
  if (kind == Output::Folder) return no_folder(path);
  std::error_code failed;
  if (!path.has_filename() || fs::is_directory(path, failed)) return "this is a folder, not a file";
  // Files are written beside their place and renamed, which would replace a device.
  const bool taken = fs::exists(path, failed) && !fs::is_regular_file(path, failed);
  if (taken) return "this is no plain file";
  return no_folder(path.has_parent_path() ? path.parent_path() : ".");
}

std::vector<fs::path> files_of(const fs::path& path, Output kind) {
  if (kind != Output::Figure || path.has_extension() || !path.has_filename()) return {path};
  return {path.string() + ".pdf", path.string() + ".png"};
}

Output kind_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type == "DIR" ? Output::Folder : type == "FIGURE" ? Output::Figure : Output::File;
}

}  // namespace

void check_outputs(const CLI::App& verb) {
  Diagnostics diagnostics;
  const auto wrong = [&](std::string message) {
    diagnostics.error({"arguments", 0, 0}, std::move(message));
  };
  const std::vector<Named> inputs = inputs_of(verb);
  std::vector<Named> outputs;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_group() != kOutputs) continue;
    const auto written = option->as<std::string>();
    if (written.empty() && option->empty()) continue;
    const std::string name = option->get_name();
    const Output kind = kind_of(*option);
    for (const fs::path& path : files_of(written, kind)) {
      const std::string reason = no_place(path, kind);
      if (!reason.empty()) wrong(fmt::format("{} '{}': {}", name, path.string(), reason));
      for (const Named& input : inputs) {
        if (kind == Output::Folder && same(fs::absolute(input.path).parent_path(), path)) {
          wrong(fmt::format("{} is the folder that holds {}: it could be overwritten", name,
                            input.option));
        } else if (kind != Output::Folder && same(input.path, path)) {
          wrong(fmt::format("{} is the same file as {}: it would be overwritten", name,
                            input.option));
        }
      }
      for (const Named& other : outputs) {
        if (!same(other.path, path)) continue;
        wrong(fmt::format("{} is the same file as {}: both are written", name, other.option));
      }
      outputs.push_back({name, path});
    }
  }
  diagnostics.throw_if_any();
}

}  // namespace partita::command
