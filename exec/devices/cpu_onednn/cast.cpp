// Cast between the number types, as C++ converts: towards zero from floating point, anything but 0
// is true.
#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

struct Truth {
  std::uint8_t value;
};

template <class From, class To>
To converted(From x) {
  if constexpr (std::is_same_v<From, Truth>) {
    return converted<int, To>(x.value != 0 ? 1 : 0);
  } else if constexpr (std::is_same_v<To, Truth>) {
    return Truth{static_cast<std::uint8_t>(x != 0)};
  } else {
    return static_cast<To>(x);
  }
}

template <class From, class To>
class CastKernel : public PlainKernel {
 public:
  explicit CastKernel(const KernelRequest& request)
      : PlainKernel(request), count_(static_cast<std::size_t>(request.input(0).elements())) {}
  void run() override {
    const From* x = in<From>(0);
    To* y = out<To>();
    for (std::size_t i = 0; i < count_; ++i) y[i] = converted<From, To>(x[i]);
  }

 private:
  std::size_t count_;
};

template <class Visit>
std::unique_ptr<Kernel> with_type(DataType type, Visit visit) {
  switch (type) {
    case DataType::F32: return visit(float{});
    case DataType::F64: return visit(double{});
    case DataType::I8: return visit(std::int8_t{});
    case DataType::U8: return visit(std::uint8_t{});
    case DataType::I32: return visit(std::int32_t{});
    case DataType::I64: return visit(std::int64_t{});
    case DataType::Bool: return visit(Truth{});
    default: throw Error("not for type " + std::string(to_string(type)));
  }
}

}  // namespace

std::unique_ptr<Kernel> make_cast_kernel(const KernelRequest& request) {
  return with_type(request.input(0).type, [&](auto from) {
    return with_type(request.output().type, [&](auto to) -> std::unique_ptr<Kernel> {
      return std::make_unique<CastKernel<decltype(from), decltype(to)>>(request);
    });
  });
}

}  // namespace partita::exec
