// What a verb writes: options that name it, and one rule for all of them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace partita::command {

// Figure: one file, or two (.pdf and .png) where the ending is left out.
enum class Output { File, Folder, Figure };

// The heading that --help shows these options under; check_outputs() knows them by it.
inline constexpr const char* kOutputs = "Written";

template <class Path>
CLI::Option* add_output_option(CLI::App& app, const std::string& name, Path& path,
                               const std::string& description, Output kind = Output::File) {
  return app.add_option(name, path, description)
      ->type_name(kind == Output::File     ? "FILE"
                  : kind == Output::Folder ? "DIR"
                                           : "FIGURE")
      ->group(kOutputs);
}

// After parsing, before any work: nothing that `verb` will write is one of the files that it reads,
// or is written twice, or can have no place (a folder stands there; its folder cannot be made).
// Throws ConfigError with all mistakes.
void check_outputs(const CLI::App& verb);

}  // namespace partita::command
