#include "exec/worker/worker_protocol.h"

namespace partita::exec {
namespace {

void write(Writer& out, const Attributes& attributes) {
  std::uint64_t count = 0;
  for (auto it = attributes.begin(); it != attributes.end(); ++it) ++count;
  out.put(count);
  for (const auto& [name, value] : attributes) {
    out.put(name);
    out.put(static_cast<std::uint32_t>(value.index()));
    std::visit([&](const auto& typed) { out.put(typed); }, value);
  }
}

template <std::size_t I = 0>
Attribute read_alternative(Reader& in, std::size_t which) {
  if constexpr (I == std::variant_size_v<Attribute>) {
    throw Error("an attribute of a kind that does not exist");
  } else {
    if (which != I) return read_alternative<I + 1>(in, which);
    return in.get<std::variant_alternative_t<I, Attribute>>();
  }
}

Attributes read_attributes(Reader& in) {
  Attributes attributes;
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto name = in.get<std::string>();
    const auto which = in.get<std::uint32_t>();
    attributes.set(name, read_alternative(in, which));
  }
  return attributes;
}

void write(Writer& out, const Tensor& tensor) {
  out.put(tensor.name);
  out.put(tensor.kind);
  out.put(tensor.type);
  out.put(tensor.shape);
  out.put(tensor.consumers);
  out.put(tensor.values ? *tensor.values : std::vector<std::byte>{});
}

Tensor read_tensor(Reader& in) {
  Tensor tensor;
  in.read(tensor.name);
  in.read(tensor.kind);
  in.read(tensor.type);
  in.read(tensor.shape);
  in.read(tensor.consumers);
  auto values = in.get<std::vector<std::byte>>();
  // An empty weight is one that is made from its recipe.
  if (tensor.kind == TensorKind::Constant ||
      (tensor.kind == TensorKind::Weight && !values.empty())) {
    tensor.values = std::make_shared<const std::vector<std::byte>>(std::move(values));
  }
  return tensor;
}

void write(Writer& out, const Part& part) {
  out.put(part.order);
  out.put(part.inputs);
  out.put(part.arrivals);
  out.put(part.kept);
}

Part read_part(Reader& in) {
  Part part;
  in.read(part.order);
  in.read(part.inputs);
  in.read(part.arrivals);
  in.read(part.kept);
  return part;
}

}  // namespace

void write(Writer& out, const WorkerSpec& spec) {
  out.put(spec.name);
  out.put(spec.process);
  out.put(spec.plugin);
  out.put(spec.device);
  out.put(spec.options);
  out.put(spec.isa);
  out.put(spec.core);
}

void read(Reader& in, WorkerSpec& spec) {
  in.read(spec.name);
  in.read(spec.process);
  in.read(spec.plugin);
  in.read(spec.device);
  in.read(spec.options);
  in.read(spec.isa);
  in.read(spec.core);
}

void write(Writer& out, const Opened& opened) {
  out.put(opened.process);
  out.put(opened.computes);
  out.put(opened.description);
  out.put(opened.memory);
  out.put(opened.synchronous);
  out.put(opened.memory_space);
}

void read(Reader& in, Opened& opened) {
  in.read(opened.process);
  in.read(opened.computes);
  in.read(opened.description);
  in.read(opened.memory);
  in.read(opened.synchronous);
  in.read(opened.memory_space);
}

void write(Writer& out, const std::vector<Gap>& gaps) {
  out.put(gaps.size());
  for (const Gap& gap : gaps) {
    out.put(gap.layer);
    out.put(gap.reason);
  }
}

void read(Reader& in, std::vector<Gap>& gaps) {
  gaps.resize(in.get_count());
  for (Gap& gap : gaps) {
    in.read(gap.layer);
    in.read(gap.reason);
  }
}

void write(Writer& out, const RunOrder& order) {
  out.put(order.number);
  out.put(order.first);
  out.put(order.count);
  out.put(order.arrivals);
  out.put(order.keep_results);
  out.put(order.patience_ms);
  out.put(order.slowdowns);
}

void read(Reader& in, RunOrder& order) {
  in.read(order.number);
  in.read(order.first);
  in.read(order.count);
  in.read(order.arrivals);
  in.read(order.keep_results);
  in.read(order.patience_ms);
  in.read(order.slowdowns);
}

void write(Writer& out, const Ran& ran) {
  out.put(ran.records);
  out.put(ran.clock_error);
  out.put(ran.chain_before);
  out.put(ran.chain_after);
  out.put(ran.counters.energy);
  out.put(ran.counters.clock);
  out.put(ran.counters.unnoted);
  out.put(ran.seats);
}

void read(Reader& in, Ran& ran) {
  in.read(ran.records);
  in.read(ran.clock_error);
  in.read(ran.chain_before);
  in.read(ran.chain_after);
  in.read(ran.counters.energy);
  in.read(ran.counters.clock);
  in.read(ran.counters.unnoted);
  in.read(ran.seats);
}

void write(Writer& out, const Model& model) {
  out.put(model.layers.size());
  for (const Layer& layer : model.layers) {
    out.put(layer.name);
    out.put(layer.kind);
    write(out, layer.attributes);
    out.put(layer.inputs);
    out.put(layer.outputs);
  }
  out.put(model.tensors.size());
  for (const Tensor& tensor : model.tensors) write(out, tensor);
  for (const Recipe& recipe : model.recipes) out.put(recipe);
}

void read(Reader& in, Model& model) {
  const std::size_t layers = in.get_count();
  for (std::size_t i = 0; i < layers; ++i) {
    Layer layer;
    in.read(layer.name);
    in.read(layer.kind);
    layer.attributes = read_attributes(in);
    in.read(layer.inputs);
    in.read(layer.outputs);
    model.layers.push_back(std::move(layer));
  }
  const std::size_t tensors = in.get_count();
  for (std::size_t i = 0; i < tensors; ++i) model.tensors.push_back(read_tensor(in));
  for (std::size_t i = 0; i < tensors; ++i) model.recipes.push_back(in.get<Recipe>());
}

void write(Writer& out, const PrepareOrder& order) {
  write(out, order.part);
  out.put(order.packs);
  out.put(order.unpacks);
  out.put(order.handovers);
  out.put(order.outside);
  out.put(order.arenas);
  out.put(order.inputs);
  out.put(order.results);
  out.put(order.shared_bytes);
  out.put(order.worker);
  out.put(order.workers);
  out.put(order.taking_part);
  out.put(order.seats);
  out.put(order.seat_bytes);
  out.put(order.results_at);
  out.put(order.results_bytes);
  out.put(order.kept_at);
  out.put(order.kept);
  out.put(order.weights);
  out.put(order.weight_bytes);
  out.put(order.slowdown);
}

void read(Reader& in, PrepareOrder& order) {
  order.part = read_part(in);
  in.read(order.packs);
  in.read(order.unpacks);
  in.read(order.handovers);
  in.read(order.outside);
  in.read(order.arenas);
  in.read(order.inputs);
  in.read(order.results);
  in.read(order.shared_bytes);
  in.read(order.worker);
  in.read(order.workers);
  in.read(order.taking_part);
  in.read(order.seats);
  in.read(order.seat_bytes);
  in.read(order.results_at);
  in.read(order.results_bytes);
  in.read(order.kept_at);
  in.read(order.kept);
  in.read(order.weights);
  in.read(order.weight_bytes);
  in.read(order.slowdown);
}

void write(Writer& out, const Prepared& prepared) {
  out.put(prepared.reports.size());
  for (const LayerReport& report : prepared.reports) {
    out.put(report.layer);
    out.put(report.implementation);
    out.put(report.slow);
    out.put(report.layout);
    out.put(report.reorders);
  }
  out.put(prepared.weights);
  out.put(prepared.weight_bytes);
  out.put(prepared.activation_bytes);
  out.put(prepared.kernels_kept);
}

void read(Reader& in, Prepared& prepared) {
  const std::size_t reports = in.get_count();
  for (std::size_t i = 0; i < reports; ++i) {
    LayerReport report;
    in.read(report.layer);
    in.read(report.implementation);
    in.read(report.slow);
    in.read(report.layout);
    in.read(report.reorders);
    prepared.reports.push_back(std::move(report));
  }
  in.read(prepared.weights);
  in.read(prepared.weight_bytes);
  in.read(prepared.activation_bytes);
  in.read(prepared.kernels_kept);
}

}  // namespace partita::exec
