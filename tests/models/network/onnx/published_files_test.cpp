#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "models/network/onnx/export.h"
#include "models/network/onnx/network_source.h"
#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

// The folder of shared data, where there is one: $PARTITA_DATA, else shared/data beside the
// repository.
std::filesystem::path light_models() {
  const char* named = std::getenv("PARTITA_DATA");
  const std::filesystem::path data =
      named != nullptr ? named : PARTITA_SOURCE_DIR "/../shared/data";
  return data / "onnx_light";
}

struct PublishedFile {
  const char* name;
  std::size_t layers;
  std::int64_t parameters;
};

// Opset 9 with the habits of its time: weights listed as inputs, weights made by nodes, no names,
// masks of Dropout.
TEST(PublishedFilesTest, AreReadCompletely) {
  if (!std::filesystem::is_directory(light_models())) {
    GTEST_SKIP() << "no shared data (../shared/data or $PARTITA_DATA)";
  }
  const std::vector<PublishedFile> files{{"light_bvlc_alexnet", 22, 60'965'224},
                                         {"light_inception_v1", 142, 6'998'552},
                                         {"light_resnet50", 176, 25'557'032},
                                         {"light_squeezenet", 65, 1'235'496}};
  for (const PublishedFile& file : files) {
    std::vector<std::string> warnings;
    const Network network =
        load_network((light_models() / file.name).string() + ".onnx", {}, &warnings);
    EXPECT_EQ(network.layer_count(), file.layers) << file.name;
    EXPECT_EQ(network.parameters(), file.parameters) << file.name;
    EXPECT_TRUE(warnings.empty()) << file.name << ": " << warnings.front();
    EXPECT_EQ(network.inputs().size(), 1u) << file.name;
    EXPECT_EQ(signatures(imported(to_onnx(network))), signatures(network)) << file.name;
  }
}

}  // namespace
}  // namespace partita
