#include "exec/devices/cpu_onednn/layout.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "exec/devices/cpu_onednn/primitives.h"
#include "exec/devices/cpu_onednn/transpose.h"
#include "models/base/assert.h"

namespace partita::exec {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

struct NamedTag {
  Tag tag;
  std::size_t axes;
  const char* name;
  std::int64_t block;  // channels in one; 0: channels are last
};
// Orders that activations take; oneDNN's own names (axes a, b, c, ...; a capital letter is
// blocked).
constexpr std::array kTags{
    NamedTag{Tag::acb, 3, "acb", 0},         NamedTag{Tag::aBc16b, 3, "aBc16b", 16},
    NamedTag{Tag::aBc8b, 3, "aBc8b", 8},     NamedTag{Tag::aBc4b, 3, "aBc4b", 4},
    NamedTag{Tag::acdb, 4, "acdb", 0},       NamedTag{Tag::aBcd16b, 4, "aBcd16b", 16},
    NamedTag{Tag::aBcd8b, 4, "aBcd8b", 8},   NamedTag{Tag::aBcd4b, 4, "aBcd4b", 4},
    NamedTag{Tag::acdeb, 5, "acdeb", 0},     NamedTag{Tag::aBcde16b, 5, "aBcde16b", 16},
    NamedTag{Tag::aBcde8b, 5, "aBcde8b", 8}, NamedTag{Tag::aBcde4b, 5, "aBcde4b", 4},
};

memory::desc tagged(const Shape& shape, Tag tag) {
  return memory::desc(shape, memory::data_type::f32, tag);
}

const NamedTag* tag_of(const memory::desc& order, const Shape& shape) {
  for (const NamedTag& named : kTags) {
    if (named.axes == shape.size() && tagged(shape, named.tag) == order) return &named;
  }
  return nullptr;
}

std::int64_t product(const Shape& shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

// A tensor with values along one axis only lies the same way in every order without padding.
bool same_bytes_as_plain(const Shape& shape, const memory::desc& order) {
  if (order == plain_desc(shape)) return true;
  const auto long_axes =
      std::count_if(shape.begin(), shape.end(), [](std::int64_t extent) { return extent > 1; });
  return long_axes <= 1 && order.get_size() == static_cast<std::size_t>(product(shape)) * 4;
}

}  // namespace

dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::stream& stream() {
  static dnnl::stream in_order(engine());
  return in_order;
}

memory::desc plain_desc(const Shape& shape) {
  const Shape dims = shape.empty() ? Shape{1} : shape;
  Shape strides(dims.size(), 1);
  for (std::size_t i = dims.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * dims[i];
  return memory::desc(dims, memory::data_type::f32, strides);
}

Layout Layout::plain(DataType type, Shape shape) {
  Layout layout;
  layout.type_ = type;
  layout.shape_ = std::move(shape);
  return layout;
}

Layout Layout::blocked(Shape shape, const memory::desc& view, const memory::desc& order) {
  Layout layout = plain(DataType::F32, std::move(shape));
  const bool own_view = view == plain_desc(layout.shape_);
  const bool plain_order = view == order || (own_view && same_bytes_as_plain(layout.shape_, order));
  if (!plain_order) layout.blocks_ = std::make_shared<Blocks>(Blocks{view, order});
  return layout;
}

Layout Layout::blocked(Shape shape, const memory::desc& order) {
  const memory::desc view = plain_desc(shape);
  return blocked(std::move(shape), view, order);
}

std::size_t Layout::bytes() const {
  if (blocks_) return blocks_->order.get_size();
  return static_cast<std::size_t>(product(shape_)) * static_cast<std::size_t>(info(type_).bytes);
}

memory::desc Layout::order() const {
  PARTITA_ASSERT(type_ == DataType::F32, "only f32 has a oneDNN description here");
  return blocks_ ? blocks_->order : plain_desc(shape_);
}

memory::desc Layout::view() const {
  PARTITA_ASSERT(type_ == DataType::F32, "only f32 has a oneDNN description here");
  return blocks_ ? blocks_->view : plain_desc(shape_);
}

std::optional<Layout> Layout::like_this(const Shape& shape) const {
  if (is_plain()) return plain(type_, shape);
  const NamedTag* named = tag_of(order(), shape_);
  if (named == nullptr || shape.size() != shape_.size()) return std::nullopt;
  return blocked(shape, tagged(shape, named->tag));
}

std::string Layout::text() const {
  if (is_plain()) return "plain";
  const NamedTag* named = tag_of(order(), shape_);
  return named != nullptr ? named->name : "opaque";
}

std::optional<Layout::Matrices> Layout::matrices() const {
  if (is_plain() || !(view() == plain_desc(shape_))) return std::nullopt;
  const NamedTag* named = tag_of(order(), shape_);
  if (named == nullptr) return std::nullopt;
  const std::int64_t channels = named->block > 0 ? named->block : shape_[1];
  if (shape_[1] % channels != 0) return std::nullopt;
  std::int64_t positions = 1;
  for (std::size_t i = 2; i < shape_.size(); ++i) positions *= shape_[i];
  return Matrices{shape_[0] * shape_[1] / channels, channels, positions};
}

bool operator==(const Layout& a, const Layout& b) {
  if (a.type_ != b.type_ || a.shape_ != b.shape_ || a.is_plain() != b.is_plain()) return false;
  return a.is_plain() ||
         (a.blocks_->view == b.blocks_->view && a.blocks_->order == b.blocks_->order);
}

Layout convolution_layout(const Shape& shape) {
  using Kind = ChannelOrder::Kind;
  // Fewer channels than this are an image's: moving them pays for nobody.
  constexpr std::int64_t kFewChannels = 8;
  const ChannelOrder& liked = channel_order();
  const bool enough = shape.size() >= 3 && shape.size() <= 5 && shape[1] >= kFewChannels &&
                      shape[1] % liked.block == 0;
  if (liked.kind == Kind::Plain || !enough) return Layout::plain(DataType::F32, shape);
  const std::int64_t block = liked.kind == Kind::Blocks ? liked.block : 0;
  for (const NamedTag& named : kTags) {
    if (named.axes == shape.size() && named.block == block) {
      return Layout::blocked(shape, tagged(shape, named.tag));
    }
  }
  return Layout::plain(DataType::F32, shape);
}

Relayout::Relayout(Layout from, Layout to) : from_(std::move(from)), to_(std::move(to)) {
  PARTITA_ASSERT(from_.type() == to_.type() && from_.shape() == to_.shape(),
                 "a copy keeps type and shape");
}

void Relayout::prepare(const std::byte* src, std::byte* dst) {
  src_ = src;
  dst_ = dst;
  steps_.clear();
  if (from_ == to_) return;
  if (from_.is_plain() != to_.is_plain()) matrices_ = (to_.is_plain() ? from_ : to_).matrices();
  if (matrices_) return;
  const auto step = [this](const memory::desc& a, const std::byte* at, const memory::desc& b,
                           std::byte* to) {
    // oneDNN reads the source only, but its memory objects take no const pointer.
    memory source(a, engine(), const_cast<std::byte*>(at));
    memory target(b, engine(), to);
    steps_.push_back({dnnl::reorder(source, target), source, target});
  };
  if (from_.is_plain()) {
    step(to_.view(), src, to_.order(), dst);
  } else if (to_.is_plain()) {
    step(from_.order(), src, from_.view(), dst);
  } else if (from_.view() == to_.view()) {
    step(from_.order(), src, to_.order(), dst);
  } else {
    between_ = Buffer(Layout::plain(from_.type(), from_.shape()).bytes());
    step(from_.order(), src, from_.view(), between_.data());
    step(to_.view(), between_.data(), to_.order(), dst);
  }
}

void Relayout::run() {
  if (matrices_) {
    const auto& [count, channels, positions] = *matrices_;
    const auto* src = reinterpret_cast<const float*>(src_);
    auto* dst = reinterpret_cast<float*>(dst_);
    const std::int64_t rows = to_.is_plain() ? positions : channels;
    const std::int64_t columns = to_.is_plain() ? channels : positions;
    for (std::int64_t i = 0; i < count; ++i) {
      transpose(src + i * rows * columns, dst + i * rows * columns, rows, columns);
    }
    return;
  }
  if (steps_.empty()) {
    std::memcpy(dst_, src_, from_.bytes());
    return;
  }
  for (Step& step : steps_) step.reorder.execute(stream(), step.src, step.dst);
}

}  // namespace partita::exec
