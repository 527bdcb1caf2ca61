// Measured layers of others, as rows of a profile.
#include "partition/predict/import_profile.h"

#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/text_file.h"

namespace partita {
namespace {

const std::string kShipped = PARTITA_SOURCE_DIR "/experiments/predict/maps/by_name.yaml";
const std::string kHeader = "Layer,Device,Mean,Runs\n";

// Three layers, of which the last two are alike.
Network three() {
  NetworkBuilder builder("three");
  const auto add = [&](const std::string& name, TensorKind kind, std::int64_t size) {
    Tensor tensor;
    tensor.name = name;
    tensor.kind = kind;
    tensor.type = DataType::F32;
    tensor.shape = {1, size};
    return builder.add_tensor(tensor);
  };
  const TensorId small = add("small", TensorKind::Input, 4), x = add("x", TensorKind::Input, 8);
  for (const auto& [name, input] : {std::pair{"first", small}, {"second", x}, {"third", x}}) {
    Layer layer;
    layer.name = name;
    layer.kind = OpKind::Relu;
    layer.inputs = {input};
    layer.outputs = {add(layer.name + " made", TensorKind::Activation, input == small ? 4 : 8)};
    builder.add_layer(std::move(layer));
  }
  return builder.build({"three"});
}

ImportedProfile imported(const std::string& rows, const std::string& map = kShipped,
                         const Network& network = three()) {
  const test::TextFile csv("measured.csv", kHeader + rows);
  return import_profile({csv.path()}, learn::ColumnMap::load(map), &network);
}

TEST(ImportProfile, FindsLayersByTheirNames) {
  const Network network = three();
  const ImportedProfile all =
      imported("first,NVIDIA A100,0.25,10\nfirst,Xeon 6330,4,7\nthird,NVIDIA A100,1.5,20\n");
  EXPECT_EQ(all.rows, 3u);
  const ProfileRow* first = all.profile.layer(network.signature(LayerId{0}), "gpu");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->median, 250us);
  EXPECT_EQ(first->samples, 10);
  EXPECT_EQ(first->size, network.layer(LayerId{0}).work.traffic());
  EXPECT_TRUE(first->footprint);
  EXPECT_EQ(all.profile.layer(network.signature(LayerId{0}), "cpu")->median, 4000us);
}

// second and third have one signature: 1, 2, 3 and 9 ms; the middle of four is the third, of 3 runs in all.
TEST(ImportProfile, PutsLayersThatAreAlikeTogether) {
  const Network network = three();
  ASSERT_EQ(network.signature(LayerId{1}), network.signature(LayerId{2}));
  const ImportedProfile all = imported(
      "second,NVIDIA A100,1,1\nthird,NVIDIA A100,9,1\nsecond,NVIDIA A100,2,1\n"
      "third,NVIDIA A100,3,2\n");
  ASSERT_EQ(all.profile.rows().size(), 1u);
  const ProfileRow& row = all.profile.rows().front();
  EXPECT_EQ(row.min, 1000us);
  EXPECT_EQ(row.median, 3000us);
  EXPECT_EQ(row.p90, 9000us);
  EXPECT_EQ(row.samples, 5);
}

TEST(ImportProfile, CountsRowsThatItSkips) {
  const ImportedProfile all = imported("first,NVIDIA A100,1,1\n[CUDA memcpy],NVIDIA A100,2,1\n");
  EXPECT_EQ(all.rows, 1u);
  EXPECT_EQ(all.skipped, 1u);
}

TEST(ImportProfile, TakesSignaturesWithoutANetwork) {
  const test::TextFile map(
      "map.yaml", "profile: {signature: what, processor: gpu, time: {column: t, unit: us}}\n");
  const test::TextFile csv("measured.csv", "what,t\nRelu(f32[8]){},2.5\n");
  const ImportedProfile all =
      import_profile({csv.path()}, learn::ColumnMap::load(map.path()), nullptr);
  EXPECT_EQ(all.profile.layer("Relu(f32[8]){}", "gpu")->median, Time{2'500'000});
}

// What was imported is used as if it had been measured here, and can be read again.
TEST(ImportProfile, IsAProfile) {
  const Network network = three();
  const ImportedProfile all = imported("first,NVIDIA A100,0.25,10\n");
  const test::TextFile file("profile.csv", "");
  all.profile.save(file.path());
  EXPECT_EQ(Profile::load(file.path()).layer(network.signature(LayerId{0}), "gpu")->median, 250us);
}

std::vector<std::string> errors(const std::string& rows, const std::string& map_text) {
  const test::TextFile map("map.yaml", map_text);
  try {
    imported(rows, map.path());
  } catch (const ConfigError& error) {
    std::vector<std::string> all;
    for (const Diagnostic& each : error.diagnostics()) {
      all.push_back(std::to_string(each.where.line) + ":" + std::to_string(each.where.column) +
                    ": " + each.message);
    }
    return all;
  }
  return {};
}

TEST(ImportProfile, TellsAllMistakesOfRowsAtTheirPlaces) {
  const std::string map =
      "profile:\n  layer: Layer\n  processor: {column: Device, names: {a: gpu}}\n"
      "  time: {column: Mean, unit: ms}\n  samples: Runs\n";
  const auto found =
      errors("first,a,0,1\nfourth,a,1,1\nfirst,b,2,1\nfirst,a,x,1\nfirst,a,1,0.5\n", map);
  EXPECT_THAT(found,
              testing::UnorderedElementsAre(
                  testing::StartsWith("2:9: Mean: '0' is no time"),
                  testing::AllOf(testing::StartsWith("3:1: Layer: the network"),
                                 testing::HasSubstr("has no layer 'fourth' (`others: skip`")),
                  testing::AllOf(testing::StartsWith("4:7: Device: 'b' is no processor"),
                                 testing::HasSubstr("names (a)")),
                  testing::StartsWith("5:9: Mean: 'x' is no finite number"),
                  testing::StartsWith("6:11: Runs: '0.5' is no number of samples")));
}

TEST(ImportProfile, TellsWhatTheMapLacks) {
  EXPECT_THAT(
      errors("", "profile: {processor: gpu, time: {column: Mean, unit: ms}}\n"),
      testing::ElementsAre(testing::HasSubstr("one of layer: COLUMN (names) and signature")));
  EXPECT_THAT(errors("first,a,1,1\n",
                     "profile: {layer: Name, processor: gpu, time: {column: Mean, unit: ms}}\n"),
              testing::ElementsAre(testing::HasSubstr("there is no column 'Name'")));
  EXPECT_THAT(errors("second,a,1,1\n",
                     "profile: {layer: Layer, processor: gpu, where: {Device: c}, time: {column: "
                     "Mean, unit: ms}}\n"),
              testing::ElementsAre(testing::HasSubstr("no row is of any layer that")));
}

TEST(ImportProfile, NamesNeedANetwork) {
  const test::TextFile csv("measured.csv", kHeader + "first,NVIDIA A100,1,1\n");
  EXPECT_THROW(import_profile({csv.path()}, learn::ColumnMap::load(kShipped), nullptr),
               ConfigError);
}

}  // namespace
}  // namespace partita
