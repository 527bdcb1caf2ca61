#include "exec/device/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

namespace partita::exec {
namespace {

constexpr std::string_view kPrefix = "partita-device-", kSuffix = ".so";

std::string what_there_is() {
  const std::vector<std::string> names = plugin_names();
  if (names.empty()) return fmt::format("no plugin lies in {}", plugin_folder().string());
  return fmt::format("there are {}", fmt::join(names, ", "));
}

struct Close {
  void operator()(void* library) const { dlclose(library); }
};

}  // namespace

std::filesystem::path plugin_folder() {
  if (const char* chosen = std::getenv("PARTITA_PLUGINS")) return chosen;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Error("cannot find this program's file: " + error.message());
  return self.parent_path();
}

std::string plugin_file(const std::string& name) {
  return fmt::format("{}{}{}", kPrefix, name, kSuffix);
}

std::vector<std::string> plugin_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(plugin_folder(), error)) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with(kPrefix) || !file.ends_with(kSuffix)) continue;
    names.push_back(file.substr(kPrefix.size(), file.size() - kPrefix.size() - kSuffix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::shared_ptr<const Plugin> Plugin::load(const std::string& name) {
  const std::filesystem::path file = plugin_folder() / plugin_file(name);
  if (!std::filesystem::exists(file)) {
    throw Error(fmt::format("no device plugin '{}' ({} is not there; {})", name, file.string(),
                            what_there_is()));
  }
  // Local: what two plugins bring with them must not get mixed up.
  // It stays: CUDA's runtime inside of one leaves things to be done when a thread or the process ends.
  std::unique_ptr<void, Close> library(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
  if (!library) throw Error(fmt::format("cannot load device plugin '{}': {}", name, dlerror()));
  const auto entry =
      reinterpret_cast<partita_device_plugin_function>(dlsym(library.get(), PARTITA_DEVICE_SYMBOL));
  if (entry == nullptr) {
    throw Error(fmt::format("{} is no device plugin: it has no symbol {}", file.string(),
                            PARTITA_DEVICE_SYMBOL));
  }
  const partita_device_api* api = entry(PARTITA_DEVICE_ABI);
  if (api == nullptr || api->abi != PARTITA_DEVICE_ABI || api->size != sizeof(partita_device_api)) {
    throw Error(fmt::format(
        "{} was built for {}, this program for device ABI {}: build both from one source",
        file.string(),
        api == nullptr ? "another device ABI"
                       : fmt::format("device ABI {} of {} bytes", api->abi, api->size),
        PARTITA_DEVICE_ABI));
  }
  if (api->name != name) {
    throw Error(fmt::format("{} holds plugin '{}', not '{}'", file.string(), api->name, name));
  }
  return std::shared_ptr<const Plugin>(new Plugin(library.release(), api));
}

Plugin::~Plugin() { dlclose(library_); }

void Plugin::check(partita_status status, const std::string& doing) const {
  if (status == PARTITA_OK) return;
  const char* sentence = api_->last_error();
  std::string reason = sentence != nullptr ? sentence : "";
  if (reason.empty()) reason = fmt::format("status {}, without a word", static_cast<int>(status));
  throw Error(fmt::format("{}: {}", doing, reason));
}

std::vector<partita_processor> Plugin::processors(const std::string& options) const {
  constexpr std::uint32_t kMost = 4096;
  std::uint32_t count = 0;
  check(api_->processors(options.c_str(), nullptr, 0, &count), "cannot list its processors");
  if (count > kMost) throw Error(fmt::format("it claims to have {} processors", count));
  std::vector<partita_processor> list(count);
  check(api_->processors(options.c_str(), list.data(), count, &count),
        "cannot list its processors");
  list.resize(std::min<std::size_t>(count, list.size()));
  return list;
}

}  // namespace partita::exec
