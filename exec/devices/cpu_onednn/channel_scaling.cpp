#include "exec/devices/cpu_onednn/channel_scaling.h"

#include <cmath>
#include <cstring>

#include "exec/device/lowering.h"
#include "exec/devices/cpu_onednn/kernels.h"

namespace partita::exec {
namespace {

// `count` matrices of positions x channels, one behind the other; the channels of the tensor come
// round with them. Of a plain tensor with several positions each has one channel.
struct Rows {
  std::int64_t count = 0, channels = 0, positions = 0;
};

// Explicit vectors: a compiler that cannot know whether x is y would go one by one where it is.
template <int kLanes>
struct Lanes {
  using Vector [[gnu::vector_size(kLanes * 4)]] = float;
  Vector values;
};

// Neither needs an address of whole vectors.
template <int kLanes>
[[gnu::always_inline]] inline void load(Lanes<kLanes>& lanes, const float* from) {
  std::memcpy(&lanes.values, from, sizeof lanes.values);
}
template <int kLanes>
[[gnu::always_inline]] inline void store(const Lanes<kLanes>& lanes, float* to) {
  std::memcpy(to, &lanes.values, sizeof lanes.values);
}

template <int kLanes>
[[gnu::always_inline]] inline void scale_run(const float* x, float* y, const float* a,
                                             const float* b, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes<kLanes> value, times, plus;
    load(value, x + i);
    load(times, a + i);
    load(plus, b + i);
    value.values = value.values * times.values + plus.values;
    store(value, y + i);
  }
  for (; i < n; ++i) y[i] = x[i] * a[i] + b[i];
}

// Positions of one channel.
template <int kLanes>
[[gnu::always_inline]] inline void scale_one(const float* x, float* y, float a, float b,
                                             std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes<kLanes> value;
    load(value, x + i);
    value.values = value.values * a + b;
    store(value, y + i);
  }
  for (; i < n; ++i) y[i] = x[i] * a + b;
}

// Blocks of a few vectors, whose numbers stay in registers.
template <int kLanes, int kVectors>
[[gnu::always_inline]] inline void scale_blocks(const float* x, float* y, const float* a,
                                                const float* b, std::int64_t positions) {
  Lanes<kLanes> times[kVectors], plus[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    load(times[v], a + v * kLanes);
    load(plus[v], b + v * kLanes);
  }
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < positions; ++p) {
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t i = (p * kVectors + v) * kLanes;
      Lanes<kLanes> value;
      load(value, x + i);
      value.values = value.values * times[v].values + plus[v].values;
      store(value, y + i);
    }
  }
}

template <int kLanes>
[[gnu::always_inline]] inline void scale_rows(const Rows& rows, std::int64_t channels,
                                              const float* x, float* y, const float* a,
                                              const float* b) {
  const std::int64_t size = rows.channels * rows.positions;
  for (std::int64_t i = 0; i < rows.count; ++i, x += size, y += size) {
    const std::int64_t first = i * rows.channels % channels;
    if (rows.channels == 1) {
      scale_one<kLanes>(x, y, a[first], b[first], rows.positions);
    } else if (rows.channels == kLanes) {
      scale_blocks<kLanes, 1>(x, y, a + first, b + first, rows.positions);
    } else if (rows.channels == 2 * kLanes) {
      scale_blocks<kLanes, 2>(x, y, a + first, b + first, rows.positions);
    } else {
      for (std::int64_t p = 0; p < rows.positions; ++p) {
        scale_run<kLanes>(x + p * rows.channels, y + p * rows.channels, a + first, b + first,
                          rows.channels);
      }
    }
  }
}

using ScaleRows = void (*)(const Rows&, std::int64_t, const float*, float*, const float*,
                           const float*);

void scale_rows_plain(const Rows& rows, std::int64_t channels, const float* x, float* y,
                      const float* a, const float* b) {
  scale_rows<4>(rows, channels, x, y, a, b);
}

#if defined(__x86_64__)
[[gnu::target("avx")]] void scale_rows_wide(const Rows& rows, std::int64_t channels, const float* x,
                                            float* y, const float* a, const float* b) {
  scale_rows<8>(rows, channels, x, y, a, b);
}
#endif

// As wide as this worker's cap allows; wider vectors gain nothing where memory is the limit.
ScaleRows widest() {
#if defined(__x86_64__)
  if (dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx) return scale_rows_wide;
#endif
  return scale_rows_plain;
}

std::vector<Layout> wanted(const KernelRequest& request, const Layout& data) {
  std::vector<Layout> wants{data};
  for (std::size_t i = 1; i < 5; ++i) wants.push_back(plain_layout(request.input(i)));
  return wants;
}

class ChannelScaling : public Kernel {
 public:
  ChannelScaling(const KernelRequest& request, const Layout& data, const Rows& rows)
      : Kernel("own", wanted(request, data), {data}, 0),
        rows_(rows),
        epsilon_(static_cast<float>(request.attributes().number("epsilon"))),
        times_(static_cast<std::size_t>(request.input(0).shape[1])),
        plus_(times_.size()) {}

  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override {
    const auto in = [&](std::size_t i) { return reinterpret_cast<const float*>(inputs[i]); };
    x_ = in(0);
    y_ = reinterpret_cast<float*>(outputs[0]);
    const float *scale = in(1), *shift = in(2), *mean = in(3), *variance = in(4);
    for (std::size_t c = 0; c < times_.size(); ++c) {
      times_[c] = scale[c] / std::sqrt(variance[c] + epsilon_);
      plus_[c] = shift[c] - mean[c] * times_[c];
    }
  }

  void run() override {
    const auto channels = static_cast<std::int64_t>(times_.size());
    scale_(rows_, channels, x_, y_, times_.data(), plus_.data());
  }

 private:
  const Rows rows_;
  const float epsilon_;
  const ScaleRows scale_ = widest();
  std::vector<float> times_, plus_;
  const float* x_ = nullptr;
  float* y_ = nullptr;
};

std::optional<Rows> rows_of(const Layout& data) {
  const Shape& shape = data.shape();
  if (const auto matrices = data.matrices()) {
    return Rows{matrices->count, matrices->channels, matrices->positions};
  }
  if (!data.is_plain()) return std::nullopt;
  const std::int64_t positions = product(std::span(shape).subspan(2));
  if (positions == 1) return Rows{shape[0], shape[1], 1};
  return Rows{shape[0] * shape[1], 1, positions};
}

}  // namespace

std::unique_ptr<Kernel> make_channel_scaling_kernel(const KernelRequest& request,
                                                    const Layout& data) {
  for (std::size_t i = 1; i < 5; ++i) {
    if (!is_constant(request.input(i))) return nullptr;
  }
  const auto rows = rows_of(data);
  if (!rows) return nullptr;
  return std::make_unique<ChannelScaling>(request, data, *rows);
}

}  // namespace partita::exec
