#include "partition/learn/device_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "partition/learn/layer_features.h"

namespace partita::learn {
namespace {

std::size_t index_of(DataType type) { return static_cast<std::size_t>(type); }

double positive(MapReader& in, const std::string& key) {
  const auto value = in.required_value(key);
  if (!value) return 0;
  const double number = value->as<double>();
  if (number <= 0) value->error(fmt::format("{}: must be above 0", key));
  return number;
}

FlopRate flop_rate(double per_second) {
  return {static_cast<std::int64_t>(std::llround(per_second))};
}

// NeuSight's keys; other ones (Core_Per_SM, ...) say nothing that models use.
DeviceFeatures read_neusight(MapReader in) {
  DeviceFeatures device;
  device.name = in.required<std::string>("Device");
  device.bandwidth = {static_cast<std::int64_t>(positive(in, "Mem_Bw") * 1e9)};
  device.memory = Bytes{static_cast<std::int64_t>(positive(in, "Dev_Mem") * 1e9)};
  device.units = static_cast<int>(positive(in, "Num_Sm"));
  device.clock = positive(in, "Freq") * 1e6;
  device.l2 = Bytes{static_cast<std::int64_t>(positive(in, "L2Cache") * 1e6)};
  const bool two = in.optional_value("SingleFLOPsMM").has_value();
  device.peak[index_of(DataType::F32)] =
      flop_rate(positive(in, two ? "SingleFLOPsMM" : "SingleFLOPs") * 1e9);
  if (two) {
    device.vector_peak[index_of(DataType::F32)] = flop_rate(positive(in, "SingleFLOPsVEC") * 1e9);
  }
  return device;
}

void read_peaks(MapReader& in, const std::string& key,
                std::array<std::optional<FlopRate>, kDataTypes.size()>& peaks) {
  for (const auto& [name, value] : in.optional_entries(key)) {
    const auto type = data_type_named(name);
    if (!type) {
      value.error(fmt::format("{}: unknown data type '{}'", key, name));
      continue;
    }
    peaks[index_of(*type)] = value.as<FlopRate>();
    if (peaks[index_of(*type)]->value <= 0) value.error(key + ": must be above 0");
  }
}

bool is_neusight(const Node& root) {
  return std::any_of(root.members.begin(), root.members.end(),
                     [](const Node::Member& member) { return member.key == "Mem_Bw"; });
}

// By the cap of the instruction set; oneDNN's names.
int lanes_of(const std::string& isa) {
  if (isa.find("avx512") != std::string::npos || isa.find("avx10") != std::string::npos) return 16;
  return isa.starts_with("sse") ? 4 : 8;
}

std::string with_blanks(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

}  // namespace

std::optional<double> DeviceFeatures::rate(DataType type, bool product) const {
  const auto at = index_of(type);
  if (!product && vector_peak[at]) return static_cast<double>(vector_peak[at]->value);
  if (!peak[at]) return std::nullopt;
  return static_cast<double>(peak[at]->value);
}

DeviceFeatures device_features(const Hardware& hardware, ProcessorId processor) {
  const ProcessorSpec& spec = hardware.processors()[processor];
  DeviceFeatures device;
  device.name = spec.name;
  device.peak = spec.peak;
  const MemorySpec& memory = hardware.memories()[spec.memory];
  device.bandwidth = memory.bandwidth;
  // A part of a memory has the bandwidth of the whole, which need not be what one processor can draw
  // from it: of parts of a GPU that differs as their multiprocessors do.
  if (memory.part_of) {
    device.bandwidth.value = std::max<std::int64_t>(
        1, std::llround(static_cast<double>(memory.bandwidth.value) * spec.bandwidth_efficiency));
  }
  device.memory = hardware.memories()[spec.memory].capacity;
  if (spec.kind == ProcessorKind::Cpu && spec.execution) {
    device.lanes = lanes_of(spec.execution->isa);
  }
  return device;
}

DeviceFeatures read_device(const ValueReader& value) {
  MapReader in = value.map();
  DeviceFeatures device;
  device.name = in.required<std::string>("device");
  read_peaks(in, "peak", device.peak);
  read_peaks(in, "vector_peak", device.vector_peak);
  device.bandwidth = in.required<Bandwidth>("bandwidth");
  device.memory = in.optional<Bytes>("memory");
  device.l2 = in.optional<Bytes>("l2");
  device.units = in.optional<int>("units");
  if (const auto clock = in.optional<double>("clock_mhz")) device.clock = *clock * 1e6;
  device.lanes = in.optional<int>("lanes");
  if (device.lanes && *device.lanes <= 0) in.error("lanes: must be above 0");
  if (device.bandwidth.value <= 0) in.error("bandwidth: must be above 0");
  if (device.units && *device.units <= 0) in.error("units: must be above 0");
  in.finish();
  return device;
}

DeviceCatalogue DeviceCatalogue::load(const std::vector<std::filesystem::path>& folders) {
  DeviceCatalogue catalogue;
  Diagnostics diagnostics;
  for (const auto& folder : folders) {
    if (!std::filesystem::is_directory(folder)) {
      diagnostics.error({folder.string()}, "there is no such folder");
      continue;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const auto ending = entry.path().extension();
      if (ending == ".json" || ending == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      try {
        const Document document = Document::parse_file(file);
        const ValueReader value = read(document, diagnostics);
        Entry entry{is_neusight(document.root()) ? read_neusight(value.map()) : read_device(value),
                    false};
        entry.named_so = with_blanks(file.stem().string()) == with_blanks(entry.device.name);
        catalogue.entries_.push_back(std::move(entry));
      } catch (const ConfigError& error) {
        for (const Diagnostic& each : error.diagnostics()) {
          diagnostics.error(each.where, each.message);
        }
      }
    }
  }
  diagnostics.throw_if_any();
  return catalogue;
}

const DeviceFeatures* DeviceCatalogue::find(const std::string& name) const {
  const DeviceFeatures* found = nullptr;
  for (const Entry& entry : entries_) {
    if (with_blanks(entry.device.name) != with_blanks(name)) continue;
    if (entry.named_so) return &entry.device;
    if (found == nullptr) found = &entry.device;
  }
  return found;
}

std::vector<std::string> DeviceCatalogue::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.device.name);
  return names;
}

double ideal_time(const LayerFeatures& layer, const DeviceFeatures& device) {
  const auto rate = device.rate(layer.type, layer.is_product());
  const double computing = rate ? layer.flops / *rate : 0;
  const bool cached = device.l2 && layer.traffic() <= static_cast<double>(device.l2->value);
  const double moving = cached ? 0 : layer.traffic() / static_cast<double>(device.bandwidth.value);
  return std::max(computing, moving);
}

}  // namespace partita::learn
