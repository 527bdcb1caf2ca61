// Networks that are made from parameters: no download, no licence, weights without values.
//
// Model: the published architectures, layer by layer; parameter counts equal the published ones.
// Each is written as an ONNX model and read by the importer, so that there is one path for all
// networks.
// Left out: what only training needs (dropout, auxiliary classifiers), and trained values.
#pragma once

#include <string>
#include <vector>

#include "models/network/network.h"

namespace onnx {
class ModelProto;
}

namespace partita {

struct ZooParameter {
  std::string name;
  std::string default_text;
  std::string allowed;  // for people: "1 to 4096", "f32, f16, bf16"
  std::string description;
};

struct ZooEntry {
  std::string name;
  std::string description;
  std::vector<ZooParameter> parameters;
};

// All networks, for --help.
std::vector<ZooEntry> zoo_entries();

// "zoo:resnet50?batch=8&size=256", with or without "zoo:". An unknown name or parameter, or a value
// that is not allowed, is a ConfigError that lists what is.
Network zoo_network(const std::string& spec);
onnx::ModelProto zoo_model(const std::string& spec);

}  // namespace partita
