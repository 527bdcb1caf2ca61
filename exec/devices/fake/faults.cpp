#include "exec/devices/fake/faults.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "exec/device/plugin_device.h"

namespace partita::exec {
namespace {

struct Named {
  std::string_view name;
  Fault::Kind kind;
};
constexpr std::array kKinds{
    Named{"open", Fault::Kind::Open},           Named{"memory", Fault::Kind::Memory},
    Named{"fail", Fault::Kind::Fail},           Named{"hang", Fault::Kind::Hang},
    Named{"crash", Fault::Kind::Crash},         Named{"nan", Fault::Kind::Nan},
    Named{"backwards", Fault::Kind::Backwards}, Named{"peer", Fault::Kind::Peer},
    Named{"sequence", Fault::Kind::Sequence}};

}  // namespace

Fault fault_named(const std::string& text) {
  if (text.empty()) return {};
  const std::size_t at = text.find('@');
  const std::string name = text.substr(0, at);
  for (const Named& known : kKinds) {
    if (known.name != name) continue;
    Fault fault{known.kind, 0};
    if (at == std::string::npos) return fault;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + at + 1, end, fault.at);
    if (error == std::errc() && stop == end && fault.at >= 0) return fault;
  }
  throw DeviceError(
      PARTITA_INVALID,
      fmt::format("fault={}: it must be open, memory, fail@N, hang@N, crash@N, nan@N, "
                  "backwards@N, peer or sequence",
                  text));
}

}  // namespace partita::exec
