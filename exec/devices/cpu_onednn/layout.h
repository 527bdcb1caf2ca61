// How a tensor's values lie in a processor's memory, and the copies between such orders.
#pragma once

#include <cstddef>
#include <dnnl.hpp>
#include <memory>
#include <optional>
#include <string>

#include "exec/device/buffer.h"
#include "models/network/network.h"

namespace partita::exec {

// The one oneDNN engine and stream of this process (a worker runs one thread).
dnnl::engine& engine();
dnnl::stream& stream();

// Row-major ("plain"), or in the blocks that a oneDNN kernel likes.
//
// A blocked layout keeps two descriptions: `order`, how the values lie, and `view`, the plain bytes
// as the kernel sees them (grouped weights have an axis more than the tensor, transposed ones
// swapped strides). Converting one into the other moves every value to where the tensor's row-major
// form has it.
class Layout {
 public:
  Layout() = default;
  static Layout plain(DataType type, Shape shape);
  // f32. Becomes plain where both orders put the same bytes in the same places.
  static Layout blocked(Shape shape, const dnnl::memory::desc& view,
                        const dnnl::memory::desc& order);
  static Layout blocked(Shape shape, const dnnl::memory::desc& order);

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  bool is_plain() const { return !blocks_; }
  std::size_t bytes() const;  // with the padding of incomplete blocks

  // How the values lie, for oneDNN. Precondition: type() is f32.
  dnnl::memory::desc order() const;
  dnnl::memory::desc view() const;

  // The same order of axes and blocks for a tensor of another shape; absent where oneDNN has no
  // name for it.
  std::optional<Layout> like_this(const Shape& shape) const;
  std::string text() const;  // "plain", "aBcd16b", "opaque"

  // The values as `count` matrices of channels x positions, each stored by positions instead of by
  // channels as the plain order has them; absent where they lie in another way.
  struct Matrices {
    std::int64_t count, channels, positions;
  };
  std::optional<Matrices> matrices() const;

  friend bool operator==(const Layout& a, const Layout& b);

 private:
  struct Blocks {
    dnnl::memory::desc view, order;
  };
  DataType type_ = DataType::F32;
  Shape shape_;
  std::shared_ptr<const Blocks> blocks_;
};

// The row-major description of f32 values; a scalar becomes one axis of one.
dnnl::memory::desc plain_desc(const Shape& shape);

// The layout that convolutions of this instruction set like for a tensor of this shape: channels in
// blocks or last for three to five axes with enough channels, else plain.
Layout convolution_layout(const Shape& shape);

// Copies a tensor from one layout to another: as transposed matrices where that is what it comes
// to, else by oneDNN's reorder. Prepared once for its buffers, then run any number of times.
class Relayout {
 public:
  Relayout() = default;
  // Precondition: same type and shape.
  Relayout(Layout from, Layout to);
  void prepare(const std::byte* src, std::byte* dst);
  void run();

 private:
  Layout from_, to_;
  std::optional<Layout::Matrices> matrices_;
  const std::byte* src_ = nullptr;
  std::byte* dst_ = nullptr;
  // Different views have no reorder between them: then two steps, by way of the plain form.
  struct Step {
    dnnl::reorder reorder;
    dnnl::memory src, dst;
  };
  std::vector<Step> steps_;
  Buffer between_;
};

}  // namespace partita::exec
