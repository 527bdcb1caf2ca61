#include "models/network/onnx/tensor_reader.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <charconv>
#include <cstring>
#include <fstream>

#include "models/network/onnx/elements.h"
#include "models/network/onnx/node_reader.h"

namespace partita {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 40;  // bytes that a stored shape may mean
constexpr std::int64_t kMostHeld = std::int64_t{1} << 30;

std::int64_t bytes_of(const TensorType& type) {
  Wide total = info(type.type).bytes;
  for (const std::int64_t extent : type.shape) {
    if (extent < 0) {
      throw NodeError{fmt::format("has the negative extent {}", extent)};
    }
    total *= extent;
    if (total > kLargest)
      throw NodeError{fmt::format("has the shape {}, which is too large", to_string(type.shape))};
  }
  return static_cast<std::int64_t>(total);
}

struct External {
  std::string location;  // as the model says it
  std::filesystem::path file;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

std::uint64_t whole_number(const std::string& key, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw NodeError{fmt::format("external data: {} is '{}', not a whole number", key, text)};
  }
  return number;
}

// A model is opened in good faith; its data must not be a way to read other files of the user.
std::filesystem::path inside(const std::filesystem::path& folder, const std::string& location) {
  const std::filesystem::path path(location);
  const auto refuse = [&](const char* why) {
    throw NodeError{fmt::format("external data '{}' {}", location, why)};
  };
  if (location.empty()) refuse("has no file name");
  if (location.find('\0') != std::string::npos) refuse("is no file name");
  const auto leaves = [](const std::filesystem::path& relative) {
    return relative.empty() || relative.is_absolute() || *relative.begin() == "..";
  };
  if (leaves(path.lexically_normal())) refuse("leaves the folder of the model");
  std::error_code failed;
  const auto root = std::filesystem::weakly_canonical(folder.empty() ? "." : folder, failed);
  const auto real = std::filesystem::weakly_canonical(root / path, failed);
  if (failed) refuse("is no file name");
  if (leaves(real.lexically_relative(root))) refuse("leaves the folder of the model");
  return real;
}

External external_of(const onnx::TensorProto& tensor, const std::filesystem::path& folder) {
  External external;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") external.location = entry.value();
    if (entry.key() == "offset") external.offset = whole_number("offset", entry.value());
    if (entry.key() == "length") external.length = whole_number("length", entry.value());
  }
  external.file = inside(folder, external.location);
  return external;
}

// Why `bytes` of values cannot be read; empty if they can.
std::string missing(const External& external, std::int64_t bytes) {
  const auto needed = static_cast<std::uint64_t>(bytes);
  if (external.length && *external.length != needed) {
    return fmt::format("has {} bytes where the shape needs {}", *external.length, bytes);
  }
  std::error_code failed;
  if (!std::filesystem::is_regular_file(external.file, failed)) return "does not exist";
  const std::uint64_t size = std::filesystem::file_size(external.file, failed);
  if (failed) return "cannot be read";
  if (size < needed || size - needed < external.offset) {
    return fmt::format("is too short for {} bytes from {} on", bytes, external.offset);
  }
  return {};
}

Buffer read_external(const External& external, std::int64_t bytes) {
  if (const std::string reason = missing(external, bytes); !reason.empty()) {
    throw NodeError{fmt::format("external data '{}' {}", external.location, reason)};
  }
  std::ifstream in(external.file, std::ios::binary);
  Buffer values(static_cast<std::size_t>(bytes));
  in.seekg(static_cast<std::streamoff>(external.offset));
  in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(bytes));
  if (!in || in.gcount() != static_cast<std::streamsize>(bytes)) {
    throw NodeError{fmt::format("external data '{}' cannot be read", external.location)};
  }
  return values;
}

// Elements in the typed lists of the message; small types travel as int32 (F16 and BF16 as their
// bits).
int typed_elements(const onnx::TensorProto& tensor, DataType type) {
  switch (type) {
    case DataType::F32: return tensor.float_data_size();
    case DataType::F64: return tensor.double_data_size();
    case DataType::I64: return tensor.int64_data_size();
    default: return tensor.int32_data_size();
  }
}

Buffer typed_values(const onnx::TensorProto& tensor, const TensorType& type) {
  const auto width = static_cast<std::size_t>(info(type.type).bytes);
  Buffer values(static_cast<std::size_t>(typed_elements(tensor, type.type)) * width);
  std::byte* to = values.data();
  const auto copy = [&](const auto& list) {
    for (const auto element : list) {
      // Little endian: the first bytes of a wider integer are the narrower one.
      std::memcpy(to, &element, width);
      to += width;
    }
  };
  switch (type.type) {
    case DataType::F32: copy(tensor.float_data()); break;
    case DataType::F64: copy(tensor.double_data()); break;
    case DataType::I64: copy(tensor.int64_data()); break;
    default: copy(tensor.int32_data()); break;
  }
  return values;
}

}  // namespace

StoredTensor read_tensor(const onnx::TensorProto& tensor, const std::filesystem::path& folder) {
  const auto type = data_type_of(tensor.data_type());
  if (!type) {
    throw NodeError{
        fmt::format("is of type {}, which is not supported", onnx_type_name(tensor.data_type()))};
  }
  if (tensor.has_segment()) throw NodeError{"is stored in segments, which is not supported"};
  const TensorType of{*type, {tensor.dims().begin(), tensor.dims().end()}};
  const std::int64_t bytes = bytes_of(of);
  const auto held = [bytes] {
    if (bytes > kMostHeld) throw NodeError{"its values are too many to hold"};
  };
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    const External external = external_of(tensor, folder);
    return {of, Constant([external, bytes, held] {
              held();
              return read_external(external, bytes);
            }),
            external.location, missing(external, bytes)};
  }
  if (tensor.has_raw_data()) {
    if (static_cast<std::int64_t>(tensor.raw_data().size()) != bytes) {
      throw NodeError{fmt::format("has {} bytes of values where {} needs {}",
                                  tensor.raw_data().size(), to_string(of), bytes)};
    }
    return {of, Constant([&tensor] {
              const auto* first = reinterpret_cast<const std::byte*>(tensor.raw_data().data());
              return Buffer(first, first + tensor.raw_data().size());
            })};
  }
  const std::int64_t elements = bytes / info(*type).bytes;
  if (typed_elements(tensor, *type) != elements) {
    throw NodeError{fmt::format("has {} values where {} needs {}", typed_elements(tensor, *type),
                                to_string(of), elements)};
  }
  return {of, Constant([&tensor, of] { return typed_values(tensor, of); })};
}

}  // namespace partita
