// Element types of tensors, and the rates that processors reach on them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace partita {

enum class DataType : std::uint8_t { F32, F16, BF16, F64, I8, U8, I32, I64, Bool };

struct DataTypeInfo {
  std::string_view name;  // as in machine files and signatures
  int bytes;
};
constexpr std::array<DataTypeInfo, 9> kDataTypes{{{"f32", 4},
                                                  {"f16", 2},
                                                  {"bf16", 2},
                                                  {"f64", 8},
                                                  {"i8", 1},
                                                  {"u8", 1},
                                                  {"i32", 4},
                                                  {"i64", 8},
                                                  {"bool", 1}}};

constexpr const DataTypeInfo& info(DataType type) {
  return kDataTypes[static_cast<std::size_t>(type)];
}
constexpr std::string_view to_string(DataType type) { return info(type).name; }
constexpr std::optional<DataType> data_type_named(std::string_view name) {
  for (std::size_t i = 0; i < kDataTypes.size(); ++i) {
    if (kDataTypes[i].name == name) return static_cast<DataType>(i);
  }
  return std::nullopt;
}

}  // namespace partita
