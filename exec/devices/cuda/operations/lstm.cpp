// LSTM: one product for what all inputs bring, then a product and a cell for each step.
#include <fmt/format.h>

#include "exec/devices/cuda/kernels/product.h"
#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/operations/shapes.h"

namespace partita::exec::cuda {
namespace {

// X [T, B, I], W [D, 4H, I], R [D, 4H, H], bias [D, 8H], h0 and c0 [D, B, H] -> Y [T, D, B, H],
// last h and c [D, B, H].
class Lstm : public Operation {
 public:
  explicit Lstm(const LayerRequest& request)
      : type_(request.in(0).type),
        bytes_(static_cast<std::size_t>(info(type_).bytes)),
        operands_(request.layer.inputs.size()),
        results_(request.layer.outputs.size()) {
    const Shape& x = request.in(0).shape;
    steps_ = index_of(x[0]);
    batch_ = index_of(x[1]);
    width_ = index_of(x[2]);
    hidden_ = index_of(request.integer("hidden_size"));
    gates_ = 4 * hidden_;
    directions_ = index_of(request.in(1).shape[0]);
    reverse_only_ = request.text("direction") == "reverse";
    index_of(std::int64_t{steps_} * batch_ * gates_);
  }

  // Floats: W x + b of all steps, R h of one, the biases, h and c.
  std::uint64_t workspace() const {
    return sizeof(float) * (size(steps_ + 1) * size(batch_) * size(gates_) + size(gates_) +
                            2 * size(batch_) * size(hidden_));
  }

  void bind(const Operands& at) override {
    in_.assign(at.in, at.in + operands_);
    out_.assign(at.out, at.out + results_);
    of_input_ = static_cast<float*>(at.workspace);
    of_state_ = of_input_ + size(steps_) * size(batch_) * size(gates_);
    bias_ = of_state_ + size(batch_) * size(gates_);
    h_ = bias_ + size(gates_);
    c_ = h_ + size(batch_) * size(hidden_);
  }

  void run(const Queue& queue) override {
    for (Index direction = 0; direction < directions_; ++direction) run_direction(queue, direction);
  }

 private:
  static std::size_t size(Index n) { return static_cast<std::size_t>(n); }
  const void* operand(std::size_t i, std::size_t elements) const {
    return i < in_.size() ? static_cast<const std::byte*>(in_[i]) + elements * bytes_ : nullptr;
  }
  void* result(std::size_t i, std::size_t elements) const {
    return i < out_.size() ? static_cast<std::byte*>(out_[i]) + elements * bytes_ : nullptr;
  }

  void run_direction(const Queue& queue, Index direction) const {
    const std::size_t d = size(direction), state = size(batch_) * size(hidden_);
    launch(queue, LstmBias{gates_, {operand(3, d * 2 * size(gates_)), type_}, bias_});
    launch(queue, InitialState{batch_ * hidden_, {operand(4, d * state), type_}, h_});
    launch(queue, InitialState{batch_ * hidden_, {operand(5, d * state), type_}, c_});

    Product of_input = turned(operand(1, d * size(gates_) * size(width_)), width_);
    of_input.a_type = type_;
    of_input.rows = steps_ * batch_;
    of_input.a = in_[0];
    of_input.beta = 1;
    of_input.c_column = 1;
    of_input.c = {bias_, DataType::F32};
    of_input.y = of_input_;
    launch(queue, of_input);

    Product of_state = turned(operand(2, d * size(gates_) * size(hidden_)), hidden_);
    of_state.a_type = DataType::F32;
    of_state.rows = batch_;
    of_state.a = h_;
    of_state.y = of_state_;
    const bool backwards = direction == 1 || reverse_only_;
    for (Index step = 0; step < steps_; ++step) {
      const std::size_t t = size(backwards ? steps_ - 1 - step : step);
      const bool last = step + 1 == steps_;
      launch(queue, of_state);
      launch(queue, LstmCell{type_, batch_, hidden_, of_input_ + t * size(batch_) * size(gates_),
                             of_state_, h_, c_, result(0, (t * size(directions_) + d) * state),
                             last ? result(1, d * state) : nullptr,
                             last ? result(2, d * state) : nullptr});
    }
  }

  // Rows of some operand times the rows of a weight [4H, depth].
  Product turned(const void* weight, Index depth) const {
    Product product{};
    product.b_type = type_;
    product.y_type = DataType::F32;
    product.columns = gates_;
    product.depth = depth;
    product.a_row = depth;
    product.a_deep = 1;
    product.b_deep = 1;
    product.b_column = depth;
    product.b = weight;
    return product;
  }

  DataType type_;
  std::size_t bytes_, operands_, results_;
  Index steps_, batch_, width_, hidden_, gates_, directions_;
  bool reverse_only_;
  std::vector<void*> in_, out_;
  float *of_input_ = nullptr, *of_state_ = nullptr, *bias_ = nullptr, *h_ = nullptr, *c_ = nullptr;
};

}  // namespace

MadeOperation lstm(const LayerRequest& request) {
  need_float(request.in(0));
  for (std::size_t i = 1; request.has(i); ++i) need_same(request.in(0), request.in(i));
  auto operation = std::make_unique<Lstm>(request);
  MadeOperation made;
  made.workspace = operation->workspace();
  made.operation = std::move(operation);
  made.slow = true;  // two small kernels a step
  made.costs_host = true;
  return made;
}

}  // namespace partita::exec::cuda
