#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "models/hardware/describe.h"
#include "models/hardware/load_hardware.h"
#include "models/network/onnx/export.h"
#include "models/network/onnx/zoo.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  std::string target, write_onnx, write_yaml;
  InputOptions inputs;
  bool json = false;
};

std::string shape_text(const Tensor& tensor) {
  return fmt::format("{} {}[{}]", tensor.name, to_string(tensor.type),
                     fmt::join(tensor.shape, " x "));
}

struct OperatorSum {
  std::size_t count = 0;
  Flops flops;
  Bytes traffic;
};

std::vector<std::pair<std::string, OperatorSum>> by_operator(const Network& network) {
  std::map<std::string, OperatorSum> sums;
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    OperatorSum& sum = sums[std::string{to_string(layer.kind)}];
    ++sum.count;
    sum.flops += layer.work.flops;
    sum.traffic += layer.work.traffic();
  }
  std::vector<std::pair<std::string, OperatorSum>> sorted(sums.begin(), sums.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.flops > b.second.flops; });
  return sorted;
}

void print_network(const Network& network) {
  fmt::print("network {}: {} layers, {} parameters ({}), {} of work\n", network.name(),
             network.layer_count(), network.parameters(), to_string(network.total_weights()),
             to_string(network.total_flops()));
  for (const TensorId id : network.inputs()) {
    fmt::print("  input  {}\n", shape_text(network.tensor(id)));
  }
  for (const TensorId id : network.outputs()) {
    fmt::print("  output {}\n", shape_text(network.tensor(id)));
  }
  if (network.given_times()) {
    fmt::print("  times are given for {}\n", fmt::join(network.given_times()->processors, ", "));
  }
  const double total = std::max<double>(1, static_cast<double>(network.total_flops().value));
  Table table({"operator", "layers", "work", "share", "bytes", "FLOP/B"});
  for (const auto& [name, sum] : by_operator(network)) {
    const double intensity = static_cast<double>(sum.flops.value) /
                             std::max<double>(1, static_cast<double>(sum.traffic.value));
    table.add({name, std::to_string(sum.count), to_string(sum.flops),
               percent(static_cast<double>(sum.flops.value) / total), to_string(sum.traffic),
               fmt::format("{:.1f}", intensity)});
  }
  table.print();
}

nlohmann::json network_json(const Network& network) {
  nlohmann::json operators = nlohmann::json::object();
  for (const auto& [name, sum] : by_operator(network)) {
    operators[name] = {
        {"layers", sum.count}, {"flops", sum.flops.value}, {"traffic_bytes", sum.traffic.value}};
  }
  return {{"network", network.name()},
          {"layers", network.layer_count()},
          {"parameters", network.parameters()},
          {"weights_bytes", network.total_weights().value},
          {"flops", network.total_flops().value},
          {"operators", operators}};
}

void print_zoo() {
  fmt::print("networks of the zoo (zoo:NAME?parameter=value&...):\n");
  for (const ZooEntry& entry : zoo_entries()) {
    std::string parameters;
    for (const ZooParameter& parameter : entry.parameters) {
      parameters += fmt::format("{}{}={}", parameters.empty() ? "" : "  ", parameter.name,
                                parameter.default_text);
    }
    fmt::print("  {:<14} {}\n  {:<14}   {}\n", entry.name, entry.description, "", parameters);
  }
}

int check_network(const Options& options) {
  InputOptions inputs = options.inputs;
  inputs.model = options.target;
  const Network network = load_model(inputs);
  print_network(network);
  if (!options.write_onnx.empty()) {
    export_onnx(network, options.write_onnx);
    fmt::print("wrote {}\n", options.write_onnx);
  }
  if (options.json) fmt::print("{}\n", network_json(network).dump());
  return kDone;
}

int check_machine(const Options& options) {
  const Hardware hardware = load_hardware(options.target, options.inputs.overrides);
  fmt::print("{}", describe(hardware));
  if (!options.write_yaml.empty()) {
    write_file(options.write_yaml, to_yaml(hardware));
    fmt::print("wrote {}\n", options.write_yaml);
  }
  if (options.json) fmt::print("{}\n", describe_json(hardware).dump());
  return kDone;
}

int check(const Options& options) {
  if (options.target == "zoo:" || options.target == "zoo") {
    print_zoo();
    return kDone;
  }
  const std::string extension = std::filesystem::path(options.target).extension().string();
  const bool machine = extension == ".yaml" || extension == ".yml";
  const auto refuse = [](const char* option, const char* wants) {
    throw ConfigError({"arguments", 0, 0}, fmt::format("{} needs {}", option, wants));
  };
  if (machine && !options.write_onnx.empty()) refuse("--write-onnx", "a network, not a machine");
  if (machine && !options.inputs.bindings.empty()) refuse("--bind", "a network, not a machine");
  if (!machine && !options.write_yaml.empty()) refuse("--write-yaml", "a machine, not a network");
  if (!machine && !options.inputs.overrides.empty()) refuse("--set", "a machine, not a network");
  const bool network =
      extension == ".onnx" || extension == ".json" || options.target.rfind("zoo:", 0) == 0;
  std::error_code failed;
  if (!machine && !network && std::filesystem::is_regular_file(options.target, failed)) {
    throw ConfigError({options.target, 0, 0},
                      "is neither a machine (*.yaml) nor a network (*.onnx, *.json, zoo:NAME)");
  }
  return machine ? check_machine(options) : check_network(options);
}

}  // namespace

Run add_check(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("target", options->target,
                 "a machine (.yaml), a network (.onnx, costed graph .json, zoo:NAME), or zoo: for "
                 "the list of networks")
      ->required()
      ->type_name("FILE|NETWORK");
  app.add_option("--set", options->inputs.overrides, "override one value of the machine")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  app.add_option("--bind", options->inputs.bindings, "give a free dimension of an ONNX file")
      ->type_name("NAME=N")
      ->allow_extra_args(false);
  add_output_option(app, "--write-onnx", options->write_onnx, "the network as ONNX");
  add_output_option(app, "--write-yaml", options->write_yaml, "the machine, defaults filled in");
  app.add_flag("--json", options->json, "end with one line of JSON");
  return [options] { return check(*options); };
}

}  // namespace partita::command
