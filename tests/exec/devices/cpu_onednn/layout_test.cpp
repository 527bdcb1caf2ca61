// Layouts: every value comes back from any order, and lies where the order says.
#include "exec/devices/cpu_onednn/layout.h"

#include <gtest/gtest.h>

#include "exec/devices/cpu_onednn/transpose.h"
#include "tests/exec/devices/cpu_onednn/run_kernel.h"

namespace partita::exec {
namespace {

using Tag = dnnl::memory::format_tag;

TensorValue there_and_back(const TensorValue& value, const Layout& layout) {
  const Layout plain = Layout::plain(value.type, value.shape);
  Buffer between(layout.bytes());
  TensorValue back(value.type, value.shape);
  Relayout out(plain, layout), in(layout, plain);
  out.prepare(value.bytes.data(), between.data());
  in.prepare(between.data(), back.bytes.data());
  out.run();
  in.run();
  return back;
}

TEST(Layout, EveryValueComesBackFromEveryOrder) {
  Draw draw(1);
  for (const Shape& shape : {Shape{1, 64, 7, 7}, {2, 24, 5, 3}, {3, 3, 9, 2}, {1, 33, 1, 40}}) {
    for (const Tag tag : {Tag::acdb, Tag::aBcd16b, Tag::aBcd8b, Tag::aBcd4b, Tag::bacd}) {
      const TensorValue value = draw.floats(shape);
      const Layout layout =
          Layout::blocked(shape, dnnl::memory::desc(shape, dnnl::memory::data_type::f32, tag));
      EXPECT_EQ(there_and_back(value, layout).bytes, value.bytes) << layout.text();
    }
  }
}

// Value (channel, position) of a batch member stands at (channel / 8, position, channel % 8) in
// blocks of eight.
TEST(Layout, BlocksLieAsTheirNameSays) {
  const Shape shape{2, 16, 3, 2};
  TensorValue value(DataType::F32, shape);
  for (std::size_t i = 0; i < 192; ++i) value.as<float>()[i] = static_cast<float>(i);
  const Layout layout =
      Layout::blocked(shape, dnnl::memory::desc(shape, dnnl::memory::data_type::f32, Tag::aBcd8b));
  Buffer blocks(layout.bytes());
  Relayout out(Layout::plain(DataType::F32, shape), layout);
  out.prepare(value.bytes.data(), blocks.data());
  out.run();
  const auto* at = reinterpret_cast<const float*>(blocks.data());
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t c = 0; c < 16; ++c) {
      for (std::size_t p = 0; p < 6; ++p) {
        EXPECT_EQ(at[((n * 2 + c / 8) * 6 + p) * 8 + c % 8],
                  static_cast<float>((n * 16 + c) * 6 + p));
      }
    }
  }
}

TEST(Layout, OrdersThatPutTheSameBytesInTheSamePlacesArePlain) {
  const auto of = [](const Shape& shape, Tag tag) {
    return Layout::blocked(shape, dnnl::memory::desc(shape, dnnl::memory::data_type::f32, tag));
  };
  EXPECT_TRUE(of({1, 64, 1, 1}, Tag::aBcd16b).is_plain());
  EXPECT_TRUE(of({1, 64, 1, 1}, Tag::acdb).is_plain());
  // Ten channels fill no block of eight, so there is padding.
  EXPECT_FALSE(of({1, 10, 1, 1}, Tag::aBcd8b).is_plain());
  EXPECT_FALSE(of({1, 64, 2, 1}, Tag::aBcd16b).is_plain());
  EXPECT_FALSE(of({2, 64, 1, 1}, Tag::bacd).is_plain());
}

TEST(Layout, TheSameOrderForAnotherShape) {
  const Shape shape{1, 32, 4, 4};
  const Layout blocks =
      Layout::blocked(shape, dnnl::memory::desc(shape, dnnl::memory::data_type::f32, Tag::aBcd8b));
  const auto other = blocks.like_this({2, 40, 6, 6});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->text(), "aBcd8b");
  EXPECT_EQ(other->shape(), (Shape{2, 40, 6, 6}));
  EXPECT_FALSE(blocks.like_this({2, 40, 6}));
}

TEST(Transpose, RandomMatrices) {
  Draw draw(2);
  for (int round = 0; round < 60; ++round) {
    const std::int64_t rows = draw.integer(1, 70), columns = draw.integer(1, 70);
    const TensorValue src = draw.floats({rows, columns});
    TensorValue dst(DataType::F32, {columns, rows});
    transpose(src.as<float>().data(), dst.as<float>().data(), rows, columns);
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        ASSERT_EQ(dst.as<float>()[static_cast<std::size_t>(c * rows + r)],
                  src.as<float>()[static_cast<std::size_t>(r * columns + c)]);
      }
    }
  }
}

}  // namespace
}  // namespace partita::exec
