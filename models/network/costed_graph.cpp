#include "models/network/costed_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "models/base/assert.h"
#include "models/base/document_kind.h"
#include "models/network/collective_kind.h"

namespace partita {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string did_you_mean(const std::string& written, const std::vector<std::string>& known) {
  const std::string guess = closest(written, known);
  return guess.empty() ? "" : fmt::format(": did you mean '{}'?", guess);
}

// Names in the order of the file; a doubled or empty one is an error at its place.
class Names {
 public:
  explicit Names(std::string what) : what_(std::move(what)) {}

  bool add(const std::string& name, const ValueReader& at) {
    if (name.empty()) {
      at.error(fmt::format("{}: a name must not be empty", what_));
      return false;
    }
    const auto [first, is_new] = index_.emplace(name, names_.size());
    if (!is_new) {
      at.error(fmt::format("two {}s have the name '{}'", what_, name));
      return false;
    }
    names_.push_back(name);
    return true;
  }
  std::optional<std::size_t> find(const std::string& name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? std::nullopt : std::optional{found->second};
  }
  const std::vector<std::string>& all() const { return names_; }

 private:
  std::string what_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> index_;
};

struct LayerEntry {
  std::vector<std::optional<Time>> times;
  Bytes memory, workspace;
  std::vector<std::size_t> reads, makes;  // tensors
  std::optional<OpKind> collective;
  SourceLoc where;
};

struct TensorEntry {
  std::string name;
  std::size_t producer = 0;
  Bytes size;
  std::optional<Time> delay;
};

class Reader {
 public:
  explicit Reader(const Document& document)
      : document_(document), file_(read(document, diagnostics_)) {}

  Network network() {
    refuse_other_kind(document_, "costed_graph");
    MapReader in = file_.map();
    check_version(in);
    const std::string name = in.required<std::string>("name");
    if (const auto processors = in.required_value("processors")) read_processors(*processors);
    if (const auto layers = in.required_value("layers")) read_layers(*layers);
    for (const ValueReader& edge : in.optional_list("edges")) read_edge(edge);
    in.finish();
    if (diagnostics_.empty()) check_collectives();
    diagnostics_.throw_if_any();
    return built(name);
  }

 private:
  void check_version(MapReader& in) {
    const auto version = in.required_value("costed_graph");
    if (!version) return;
    const std::size_t before = diagnostics_.found().size();
    const auto number = version->as<int>();
    if (diagnostics_.found().size() == before && number != 1) {
      version->error(fmt::format("costed_graph: version {} is not known (known: 1)", number));
    }
  }

  void read_processors(const ValueReader& list) {
    for (const ValueReader& entry : list.list()) {
      processors_.add(entry.as<std::string>(), entry);
    }
    if (list.is_list() && list.node().items.empty()) {
      list.error("processors: at least one is needed");
    }
  }

  void read_layers(const ValueReader& list) {
    for (const ValueReader& entry : list.list()) read_layer(entry);
    if (list.is_list() && list.node().items.empty()) list.error("layers: at least one is needed");
  }

  void read_layer(const ValueReader& value) {
    MapReader in = value.map();
    const auto name = in.required_value("name");
    LayerEntry layer;
    layer.times.resize(processors_.all().size());
    if (const auto times = in.required_value("times")) read_times(*times, layer);
    layer.memory = in.optional<Bytes>("memory", Bytes{});
    layer.workspace = in.optional<Bytes>("workspace", Bytes{});
    if (const auto collective = in.optional_value("collective")) {
      const std::size_t choice =
          collective->one_of({kCollectiveNames.begin(), kCollectiveNames.end()});
      if (choice < kCollectiveNames.size()) layer.collective = collective_at(choice);
    }
    layer.where = value.where();
    in.finish();
    if (name && layer_names_.add(name->as<std::string>(), *name)) {
      layers_.push_back(std::move(layer));
    }
  }

  void read_times(const ValueReader& times, LayerEntry& layer) {
    for (const auto& [processor, value] : times.entries()) {
      const std::size_t before = diagnostics_.found().size();
      const Time time = value.as<Time>();
      if (diagnostics_.found().size() == before && time <= Time{0}) {
        value.error(
            fmt::format("{}: a layer takes longer than '{}'", processor, value.node().text));
      }
      const auto column = processors_.find(processor);
      if (!column) {
        value.error(fmt::format("times name processor '{}', which does not exist{} (known: {})",
                                processor, did_you_mean(processor, processors_.all()),
                                quoted_list(processors_.all())));
      } else {
        layer.times[*column] = time;
      }
    }
    if (times.is_map() && times.node().members.empty()) {
      times.error("times: no processor can run this layer; give at least one time");
    }
  }

  void check_collectives() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (!layers_[i].collective) continue;
      const std::string wrong = what_is_wrong(layers_[i]);
      if (wrong.empty()) continue;
      diagnostics_.error(layers_[i].where,
                         fmt::format("{} '{}' {}", collective_name(*layers_[i].collective),
                                     layer_names_.all()[i], wrong));
    }
  }

  // Of a collective, as the end of "all_reduce 'sum' ..."; empty where all is well.
  std::string what_is_wrong(const LayerEntry& layer) const {
    const OpKind kind = *layer.collective;
    if (comes_from_one(kind) ? layer.reads.size() != 1 : layer.reads.empty()) {
      return fmt::format("has {} operands", layer.reads.size());
    }
    const std::size_t results = goes_to_one(kind) ? 1 : layer.reads.size();
    if (comes_from_one(kind) ? layer.makes.empty() : layer.makes.size() != results) {
      return fmt::format("has {} operands, but {} results", layer.reads.size(), layer.makes.size());
    }
    for (const auto* list : {&layer.reads, &layer.makes}) {
      for (const std::size_t at : *list) {
        if (tensors_[at].delay) return fmt::format("needs the size of '{}'", tensors_[at].name);
      }
    }
    const Bytes operand = tensors_[layer.reads.front()].size;
    for (const std::size_t at : layer.reads) {
      if (tensors_[at].size == operand) continue;
      return fmt::format("has operands of {} and {}", exact_text(operand),
                         exact_text(tensors_[at].size));
    }
    const auto count = static_cast<std::int64_t>(layer.reads.size());
    const bool cuts = kind == OpKind::ReduceScatter || kind == OpKind::ScatterFromOne;
    const bool joins = kind == OpKind::AllGather || kind == OpKind::GatherToOne;
    Bytes all;
    for (const std::size_t at : layer.makes) {
      all += tensors_[at].size;
      const Bytes each = joins ? operand * count : operand;
      if (cuts || tensors_[at].size == each) continue;
      return fmt::format("has the result '{}' of {} instead of {}", tensors_[at].name,
                         exact_text(tensors_[at].size), exact_text(each));
    }
    if (cuts && all != operand) {
      return fmt::format("has results of {} together instead of {}", exact_text(all),
                         exact_text(operand));
    }
    return "";
  }

  std::optional<std::size_t> layer_at(const std::optional<ValueReader>& end) {
    if (!end) return std::nullopt;
    const std::string name = end->as<std::string>();
    if (!end->is_scalar()) return std::nullopt;
    const auto found = layer_names_.find(name);
    if (!found) {
      end->error(fmt::format("{}: there is no layer '{}'{}", end->what(), name,
                             did_you_mean(name, layer_names_.all())));
    }
    return found;
  }

  void read_edge(const ValueReader& value) {
    MapReader in = value.map();
    const auto from = layer_at(in.required_value("from"));
    const auto to = layer_at(in.required_value("to"));
    const auto tensor_name = in.optional<std::string>("tensor");
    const auto size = in.optional<Bytes>("size");
    const auto delay = in.optional<Time>("time");
    in.finish();
    if (value.is_map() && size.has_value() == delay.has_value()) {
      value.error(size ? "an edge has a size or a time, not both"
                       : "an edge needs a size (carried by links) or a time (a pure delay)");
    }
    if (!from || !to) return;
    if (*from == *to) {
      value.error(fmt::format("layer '{}' waits for itself", layer_names_.all()[*from]));
      return;
    }
    TensorEntry wanted{tensor_name.value_or(own_name(*from, *to)), *from, size.value_or(Bytes{}),
                       delay};
    if (!tensor_name && !pairs_.insert({*from, *to}).second) {
      value.error(fmt::format("a second edge from '{}' to '{}': give each a \"tensor\" name",
                              layer_names_.all()[*from], layer_names_.all()[*to]));
      return;
    }
    connect(value, std::move(wanted), *to);
  }

  std::string own_name(std::size_t from, std::size_t to) const {
    return fmt::format("{}->{}", layer_names_.all()[from], layer_names_.all()[to]);
  }

  void connect(const ValueReader& value, TensorEntry wanted, std::size_t to) {
    const auto [found, is_new] = tensor_index_.emplace(wanted.name, tensors_.size());
    const std::size_t at = found->second;
    if (is_new) {
      layers_[wanted.producer].makes.push_back(at);
      layers_[to].reads.push_back(at);
      tensors_.push_back(std::move(wanted));
      return;
    }
    const TensorEntry& known = tensors_[at];
    if (known.producer != wanted.producer) {
      value.error(fmt::format("tensor '{}' comes from layer '{}' already, here from '{}'",
                              wanted.name, layer_names_.all()[known.producer],
                              layer_names_.all()[wanted.producer]));
    } else if (known.size != wanted.size || known.delay != wanted.delay) {
      value.error(
          fmt::format("tensor '{}' is one thing: its size or time must be the same on all "
                      "edges",
                      wanted.name));
    } else if (std::count(layers_[to].reads.begin(), layers_[to].reads.end(), at) != 0) {
      value.error(
          fmt::format("layer '{}' gets tensor '{}' twice", layer_names_.all()[to], wanted.name));
    } else {
      layers_[to].reads.push_back(at);
    }
  }

  Network built(const std::string& name) const {
    NetworkBuilder builder(name);
    std::vector<TensorId> tensor_ids;
    for (const TensorEntry& entry : tensors_) {
      tensor_ids.push_back(builder.add_tensor(bytes_tensor(entry.name, entry.size, entry.delay)));
    }
    std::vector<std::vector<std::optional<Time>>> times;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const LayerEntry& entry = layers_[i];
      Layer layer;
      layer.name = layer_names_.all()[i];
      layer.work.workspace = entry.workspace;
      if (entry.collective) {
        layer.attributes.set(kCollectiveAttribute, std::string{collective_name(*entry.collective)});
      }
      for (const std::size_t at : entry.reads) layer.inputs.push_back(tensor_ids[at]);
      for (const std::size_t at : entry.makes) layer.outputs.push_back(tensor_ids[at]);
      if (entry.memory.value > 0) {
        Tensor weight = bytes_tensor(layer.name + ".memory", entry.memory, std::nullopt);
        weight.kind = TensorKind::Weight;
        layer.inputs.push_back(builder.add_tensor(std::move(weight)));
      }
      builder.add_layer(std::move(layer));
      times.push_back(entry.times);
    }
    builder.set_given_times(processors_.all(), std::move(times));
    return builder.build({document_.name(), 0, 0});
  }

  static Tensor bytes_tensor(std::string name, Bytes size, std::optional<Time> delay) {
    Tensor tensor;
    tensor.name = std::move(name);
    tensor.type = DataType::U8;
    tensor.size = size;
    if (size.value > 0) tensor.shape = {size.value};
    tensor.transfer_time = delay;
    return tensor;
  }

  const Document& document_;
  Diagnostics diagnostics_;
  ValueReader file_;
  Names processors_{"processor"}, layer_names_{"layer"};
  std::vector<LayerEntry> layers_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, std::size_t> tensor_index_;
  std::set<std::pair<std::size_t, std::size_t>> pairs_;  // edges without a tensor's name
};

}  // namespace

Network load_costed_graph(const Document& document) { return Reader(document).network(); }

std::string to_costed_json(const Network& network) {
  PARTITA_ASSERT(network.given_times().has_value(), "only a costed graph has given times");
  const GivenTimes& given = *network.given_times();
  using Json = nlohmann::ordered_json;
  Json file{{"costed_graph", 1}, {"name", network.name()}, {"processors", given.processors}};
  file["layers"] = Json::array();
  file["edges"] = Json::array();
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    Json entry{{"name", layer.name}, {"times", Json::object()}};
    for (std::size_t column = 0; column < given.processors.size(); ++column) {
      const auto& time = given.times[id][column];
      if (time) entry["times"][given.processors[column]] = exact_text(*time);
    }
    Bytes memory;
    for (const TensorId input : layer.inputs) {
      if (network.tensor(input).kind == TensorKind::Weight) memory += network.tensor(input).size;
    }
    if (memory.value > 0) entry["memory"] = exact_text(memory);
    if (layer.work.workspace.value > 0) entry["workspace"] = exact_text(layer.work.workspace);
    if (const auto kind = collective_of(layer)) entry["collective"] = collective_name(*kind);
    file["layers"].push_back(std::move(entry));
  }
  for (const Tensor& tensor : network.tensors()) {
    if (!tensor.producer) continue;
    for (const LayerId consumer : tensor.consumers) {
      Json edge{{"from", network.layer(*tensor.producer).name},
                {"to", network.layer(consumer).name},
                {"tensor", tensor.name}};
      if (tensor.transfer_time) {
        edge["time"] = exact_text(*tensor.transfer_time);
      } else {
        edge["size"] = exact_text(tensor.size);
      }
      file["edges"].push_back(std::move(edge));
    }
  }
  return file.dump(1) + "\n";
}

}  // namespace partita
