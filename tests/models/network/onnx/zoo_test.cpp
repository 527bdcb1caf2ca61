#include "models/network/onnx/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Published {
  std::string spec;
  std::int64_t parameters;
};

// Convolutional networks: torchvision's table of weights, but inception_v1, which is its authors'
// bvlc_googlenet. The
// others: the authors' checkpoints; unet is milesial's, lstm that of pytorch/examples.
TEST(ZooTest, NetworksHaveThePublishedParameters) {
  const std::vector<Published> published{{"resnet18", 11'689'512},
                                         {"resnet34", 21'797'672},
                                         {"resnet50", 25'557'032},
                                         {"resnet101", 44'549'160},
                                         {"resnet152", 60'192'808},
                                         {"vgg11", 132'863'336},
                                         {"vgg13", 133'047'848},
                                         {"vgg16", 138'357'544},
                                         {"vgg19", 143'667'240},
                                         {"alexnet", 61'100'840},
                                         {"squeezenet", 1'248'424},
                                         {"squeezenet?version=1.1", 1'235'496},
                                         {"mobilenet_v2", 3'504'872},
                                         {"inception_v1", 6'998'552},
                                         {"unet", 31'037'698},
                                         {"bert", 109'482'240},
                                         {"bert?layers=24&hidden=1024", 335'141'888},
                                         {"gpt", 124'439'808},
                                         {"gpt?layers=24&hidden=1024", 354'823'168},
                                         {"gpt?layers=48&hidden=1600", 1'557'611'200},
                                         {"gpt?mode=decode", 124'439'808},
                                         {"lstm", 19'780'400}};
  for (const Published& network : published) {
    EXPECT_EQ(zoo_network(network.spec).parameters(), network.parameters) << network.spec;
  }
}

struct PublishedWork {
  std::string spec;
  double gigamacs;  // multiply-adds of one image, in 10^9, rounded to three digits behind the point
};

// torchvision's "_ops": convolutions and matrix products alone, without biases.
TEST(ZooTest, NetworksHaveThePublishedWork) {
  const std::vector<PublishedWork> published{
      {"resnet18", 1.814},    {"resnet34", 3.664},   {"resnet50", 4.089},
      {"resnet101", 7.801},   {"resnet152", 11.514}, {"vgg11", 7.609},
      {"vgg13", 11.308},      {"vgg16", 15.470},     {"vgg19", 19.632},
      {"alexnet", 0.714},     {"squeezenet", 0.819}, {"squeezenet?version=1.1", 0.349},
      {"mobilenet_v2", 0.301}};
  for (const PublishedWork& each : published) {
    const Network network = zoo_network(each.spec);
    std::int64_t macs = 0;
    for (const LayerId id : network.layers()) {
      const Layer& layer = network.layer(id);
      if (layer.kind != OpKind::Conv && layer.kind != OpKind::Gemm) continue;
      const bool has_bias = layer.inputs.size() > 2;
      const std::int64_t biases = has_bias ? network.tensor(layer.outputs.front()).elements() : 0;
      macs += (layer.work.flops.value - biases) / 2;
    }
    EXPECT_NEAR(static_cast<double>(macs) * 1e-9, each.gigamacs, 0.0006) << each.spec;
  }
}

Flops products(const Network& network) {
  Flops total;
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    if (layer.kind == OpKind::MatMul || layer.kind == OpKind::Gemm) total += layer.work.flops;
  }
  return total;
}

// A layer of T tokens and width H: 2 * T * 12 H^2 for its matrices, 2 * 2 * T^2 * H for attention;
// the head 2 * T * V * H.
TEST(ZooTest, WorkOfGptFollowsFromItsSizes) {
  const std::int64_t tokens = 64, width = 768, words = 50257;
  const Network prefill = zoo_network("zoo:gpt?tokens=64");
  EXPECT_EQ(products(prefill),
            Flops{12 * (2 * tokens * 12 * width * width + 4 * tokens * tokens * width) +
                  2 * tokens * words * width});
  // One token that looks back at 100 and itself.
  const Network decode = zoo_network("zoo:gpt?mode=decode&past=100");
  EXPECT_EQ(products(decode),
            Flops{12 * (2 * 12 * width * width + 4 * 101 * width) + 2 * words * width});
}

// Ranks share the products and the last matrix; each reads the whole table. Two all-reduces a
// block.
TEST(ZooTest, RanksOfGptShareItsWork) {
  const Network whole = zoo_network("zoo:gpt?layers=2&tokens=8");
  const Network cut = zoo_network("zoo:gpt?layers=2&tokens=8&tensor_parallel=4");
  EXPECT_EQ(products(cut), products(whole));
  int sums = 0;
  for (const LayerId id : cut.layers()) {
    const Layer& layer = cut.layer(id);
    if (layer.kind != OpKind::AllReduce) continue;
    ++sums;
    EXPECT_EQ(layer.inputs.size(), 4u);
    EXPECT_EQ(layer.outputs.size(), 4u);
    EXPECT_EQ(cut.tensor(layer.inputs.front()).shape, (Shape{1, 8, 768}));
  }
  EXPECT_EQ(sums, 4);
  EXPECT_EQ(cut.parameters(), whole.parameters() + 50257 * 768);
}

TEST(ZooTest, GptHandsItsCacheOn) {
  const Network prefill = zoo_network("zoo:gpt?layers=2&tokens=5");
  EXPECT_EQ(prefill.inputs().size(), 1u);
  EXPECT_EQ(prefill.outputs().size(), 5u);
  const Network decode = zoo_network("zoo:gpt?layers=2&mode=decode&past=5");
  ASSERT_EQ(decode.inputs().size(), 5u);
  ASSERT_EQ(decode.outputs().size(), 5u);
  const auto shapes = [](const Network& network, const std::vector<TensorId>& tensors) {
    std::vector<Shape> found;
    for (std::size_t i = 1; i < tensors.size(); ++i)
      found.push_back(network.tensor(tensors[i]).shape);
    return found;
  };
  EXPECT_EQ(shapes(prefill, prefill.outputs()), shapes(decode, decode.inputs()));
  EXPECT_EQ(decode.tensor(decode.outputs()[1]).shape, (Shape{1, 12, 6, 64}));
}

// Each of 8 experts computes its 2 / 8 of 512 tokens: 2 * 128 * (512 * 2048) * 2 matrices; the
// router sees all tokens.
TEST(ZooTest, AMixtureOfExpertsComputesOnlyChosenTokens) {
  for (const char* routing : {"top_k", "expert_choice"}) {
    const Network moe = zoo_network(std::string("zoo:moe?routing=") + routing);
    const std::int64_t biases = 8 * 128 * (2048 + 512);
    const std::int64_t matrices = std::int64_t{8} * 2 * 2 * 128 * 512 * 2048;
    EXPECT_EQ(products(moe), Flops{matrices + biases + 2 * 512 * 512 * 8});
    // Router, two matrices and biases for each expert, and the norm.
    EXPECT_EQ(moe.parameters(), 512 * 8 + 8 * (2 * 512 * 2048 + 2048 + 512) + 2 * 512);
  }
}

TEST(ZooTest, ParametersChangeWhatTheyName) {
  const Network network = zoo_network("zoo:resnet50?batch=8&size=160&type=f16");
  const Tensor& image = network.tensor(network.inputs().front());
  EXPECT_EQ(image.shape, (Shape{8, 3, 160, 160}));
  EXPECT_EQ(image.type, DataType::F16);
  EXPECT_EQ(network.total_weights(),
            Bytes{2 * (25'557'032 + 2 * 26'560)});  // and running statistics
}

TEST(ZooTest, EveryEntryIsANetworkWithSoundShapes) {
  for (const ZooEntry& entry : zoo_entries()) {
    const Network network = zoo_network(entry.name);
    EXPECT_EQ(network.name(), entry.name);
    EXPECT_FALSE(network.outputs().empty());
    for (const Tensor& tensor : network.tensors()) EXPECT_GT(tensor.size, Bytes{0}) << tensor.name;
    EXPECT_FALSE(entry.description.empty());
    for (const ZooParameter& parameter : entry.parameters) {
      EXPECT_FALSE(parameter.default_text.empty() || parameter.allowed.empty() ||
                   parameter.description.empty())
          << entry.name << " " << parameter.name;
    }
  }
}

// The smallest and largest sizes that --help allows are sizes that work.
TEST(ZooTest, TheLimitsOfParametersWork) {
  for (const ZooEntry& entry : zoo_entries()) {
    for (const ZooParameter& parameter : entry.parameters) {
      const auto to = parameter.allowed.find(" to ");
      if (to == std::string::npos) continue;
      if (parameter.name == "layers" || parameter.name == "experts") continue;  // large is slow
      for (const std::string& value :
           {parameter.allowed.substr(0, to), parameter.allowed.substr(to + 4)}) {
        const std::string spec = entry.name + "?" + parameter.name + "=" + value;
        try {
          zoo_network(spec);
        } catch (const ConfigError& error) {
          // A limit may contradict another default, which is then named; it may not be too much for
          // a tensor.
          EXPECT_THAT(error.what(), Not(HasSubstr("node '"))) << spec;
        }
      }
    }
  }
}

TEST(ZooTest, TheSameSpecGivesTheSameModel) {
  for (const ZooEntry& entry : zoo_entries()) {
    EXPECT_EQ(zoo_model(entry.name).SerializeAsString(), zoo_model(entry.name).SerializeAsString());
  }
}

std::string zoo_error(const std::string& spec) {
  try {
    zoo_network(spec);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(ZooTest, MistakesListWhatIsAllowed) {
  EXPECT_THAT(zoo_error("zoo:resnet51"),
              HasSubstr("zoo:resnet51: error: the zoo has no network 'resnet51': did you mean "
                        "'resnet50'? (known: resnet18, "));
  EXPECT_THAT(zoo_error("zoo:resnet50?batsh=8"),
              HasSubstr("resnet50 has no parameter 'batsh': did you mean 'batch'? (known: batch, "
                        "size, type)"));
  EXPECT_THAT(zoo_error("zoo:resnet50?batch=0"),
              HasSubstr("batch cannot be '0' (allowed: 1 to 65536)"));
  EXPECT_THAT(zoo_error("zoo:resnet50?batch=8x"), HasSubstr("batch cannot be '8x'"));
  EXPECT_THAT(zoo_error("zoo:resnet50?batch="), HasSubstr("batch cannot be ''"));
  EXPECT_THAT(zoo_error("zoo:resnet50?batch=99999999999999999999"), HasSubstr("batch cannot be"));
  EXPECT_THAT(zoo_error("zoo:resnet50?type=f8"),
              HasSubstr("type cannot be 'f8' (allowed: f32, f16, bf16)"));
  EXPECT_THAT(zoo_error("zoo:resnet50?batch"),
              HasSubstr("'batch' is no parameter: write name=value"));
  EXPECT_THAT(zoo_error("zoo:resnet50?batch=2&batch=3"), HasSubstr("batch is given twice"));
  EXPECT_THAT(zoo_error("zoo:gpt?hidden=100&heads=3"),
              HasSubstr("hidden=100 cannot be shared among heads=3"));
  EXPECT_THAT(zoo_error("zoo:gpt?tensor_parallel=5"),
              HasSubstr("heads=12 cannot be shared among tensor_parallel=5"));
  EXPECT_THAT(zoo_error("zoo:moe?k=9"), HasSubstr("k=9 is more than experts=8"));
  EXPECT_THAT(zoo_error("zoo:unet?size=100"), HasSubstr("size=100 is no multiple of 16"));
  const std::string several = zoo_error("zoo:resnet50?bacth=8&type=f8");
  EXPECT_THAT(several, HasSubstr("'bacth'"));
  EXPECT_THAT(several, HasSubstr("'f8'"));
}

}  // namespace
}  // namespace partita
