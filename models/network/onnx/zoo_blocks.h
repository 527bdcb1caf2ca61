// What the networks of the zoo are written with.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/network/onnx/graph_writer.h"

namespace partita {

// The parameters of one network, checked and complete.
class ZooArguments {
 public:
  std::int64_t number(const std::string& name) const { return numbers_.at(name); }
  const std::string& word(const std::string& name) const { return words_.at(name); }
  DataType type() const { return *data_type_named(word("type")); }
  std::int64_t batch() const { return number("batch"); }

  void set(const std::string& name, std::int64_t value) { numbers_[name] = value; }
  void set(const std::string& name, const std::string& value) { words_[name] = value; }

 private:
  std::map<std::string, std::int64_t> numbers_;
  std::map<std::string, std::string> words_;
};

// A value of the model with its shape, so that blocks can be put together.
struct Flow {
  std::string name;
  Shape shape;
};

struct ConvShape {
  std::int64_t channels = 1;  // of the result
  std::int64_t kernel = 1, stride = 1, padding = 0, group = 1;
  bool bias = true;
};

// Layers as frameworks name them: "NAME.weight", "NAME.bias". Images are [batch, channels, height,
// width].
class Blocks {
 public:
  Blocks(GraphWriter& writer, DataType type) : writer_(writer), type_(type) {}
  GraphWriter& writer() { return writer_; }
  DataType type() const { return type_; }

  Flow input(const std::string& name, const Shape& shape);
  Flow index_input(const std::string& name, const Shape& shape);  // i64
  Flow weight(const std::string& name, const Shape& shape);       // the same one again by its name
  void output(const Flow& x) { writer_.output(x.name, type_, x.shape); }

  Flow conv(const std::string& name, const Flow& x, const ConvShape& shape);
  Flow batch_norm(const std::string& name, const Flow& x, double epsilon = 1e-5);
  Flow max_pool(const std::string& name, const Flow& x, std::int64_t kernel, std::int64_t stride,
                std::int64_t padding, bool round_up = false);
  Flow global_average_pool(const std::string& name, const Flow& x);
  Flow flatten(const std::string& name, const Flow& x);
  // [..., from] times a matrix: Gemm for two axes, MatMul and Add for more.
  Flow linear(const std::string& name, const Flow& x, std::int64_t to, bool bias = true);
  // Its weights may have another name.
  Flow layer_norm(const std::string& name, const Flow& x, double epsilon,
                  const std::string& weights = "");

  // The result has the shape of the first operand unless one is given.
  Flow map(const std::string& op_type, const std::string& name, const std::vector<Flow>& operands,
           const Attributes& attributes = {});
  Flow relu(const std::string& name, const Flow& x) { return map("Relu", name, {x}); }
  Flow concat(const std::string& name, const std::vector<Flow>& parts, std::int64_t axis);
  Flow reshape(const std::string& name, const Flow& x, const Shape& shape);
  Flow transpose(const std::string& name, const Flow& x, const std::vector<std::int64_t>& perm);
  Flow mat_mul(const std::string& name, const Flow& a, const Flow& b);
  // Rows of `data` (its first axis).
  Flow gather(const std::string& name, const Flow& data, const Flow& indices);
  // Multiplies by a number.
  Flow scaled(const std::string& name, const Flow& x, double factor);

 private:
  GraphWriter& writer_;
  DataType type_;
  std::set<std::string> weights_;
};

void write_resnet(Blocks& blocks, const ZooArguments& arguments, int depth);
void write_vgg(Blocks& blocks, const ZooArguments& arguments, int depth);
void write_alexnet(Blocks& blocks, const ZooArguments& arguments);
void write_squeezenet(Blocks& blocks, const ZooArguments& arguments);
void write_mobilenet_v2(Blocks& blocks, const ZooArguments& arguments);
void write_inception_v1(Blocks& blocks, const ZooArguments& arguments);
void write_unet(Blocks& blocks, const ZooArguments& arguments);
void write_bert(Blocks& blocks, const ZooArguments& arguments);
void write_gpt(Blocks& blocks, const ZooArguments& arguments);
void write_lstm(Blocks& blocks, const ZooArguments& arguments);
void write_moe(Blocks& blocks, const ZooArguments& arguments);

}  // namespace partita
