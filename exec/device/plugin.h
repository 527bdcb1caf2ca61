// Shared objects that bring devices: found, loaded, checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "exec/device/abi.h"
#include "models/base/diagnostics.h"

namespace partita::exec {

// Loaded as long as somebody holds it.
class Plugin {
 public:
  // Throws Error that says what to do: the file is missing, needs a library that is missing, has
  // another ABI number, or says that it is another plugin.
  static std::shared_ptr<const Plugin> load(const std::string& name);
  ~Plugin();
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  const partita_device_api& api() const { return *api_; }
  std::string name() const { return api_->name; }
  std::string computes() const { return api_->computes; }

  // What can be reached with these options.
  std::vector<partita_processor> processors(const std::string& options) const;

  // Throws Error with the plugin's sentence unless `status` is PARTITA_OK.
  void check(partita_status status, const std::string& doing) const;

 private:
  Plugin(void* library, const partita_device_api* api) : library_(library), api_(api) {}
  void* library_;
  const partita_device_api* api_;
};

// Where plugins lie: $PARTITA_PLUGINS, else beside this program.
std::filesystem::path plugin_folder();
// "cpu-onednn" -> "partita-device-cpu-onednn.so"
std::string plugin_file(const std::string& name);
// Names of the plugins that lie there, sorted.
std::vector<std::string> plugin_names();

}  // namespace partita::exec
