// Machine files: from YAML to a checked Hardware, and back.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/base/document.h"
#include "models/hardware/hardware.h"

namespace partita {

// Reads a machine file; hw_configs/README.md describes the format. `overrides` are "path=value"
// from the command line ("processors.gpu0.peak.bf16=2 PFLOP/s"), applied after repetitions are
// written out, so "processors.tile3.streams=2" works where the file says tile[0..15], and so does
// "processors.tile[0..3].streams=2". Throws ConfigError with all mistakes.
Hardware load_hardware(const std::filesystem::path& file,
                       const std::vector<std::string>& overrides = {});
Hardware load_hardware(const Document& document, const std::vector<std::string>& overrides = {});

// A `load:` section of another file, about parts of this machine. Mistakes are recorded; what
// belongs together only in a whole machine is checked by HardwareBuilder.
std::vector<LoadSpec> read_load(const ValueReader& section, const Hardware& hardware);

// The resolved machine as a machine file: repetitions written out, defaults filled in, rates
// derived. Reading it gives the same machine.
std::string to_yaml(const Hardware& hardware);

}  // namespace partita
