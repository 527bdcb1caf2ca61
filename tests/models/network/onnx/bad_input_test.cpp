#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "models/network/onnx/network_source.h"
#include "models/network/onnx/zoo.h"
#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

using testing::HasSubstr;

std::string error_of_file(const std::filesystem::path& file, const NetworkOptions& options = {}) {
  try {
    load_network(file.string(), options);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(BadInputTest, EveryBadFileGetsItsOwnErrorAndItsName) {
  int tried = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(PARTITA_SOURCE_DIR "/tests/bad_inputs/onnx")) {
    if (entry.path().extension() != ".onnx") continue;
    ++tried;
    const std::string error = error_of_file(entry.path());
    std::ifstream expected(entry.path().string() + ".expected");
    std::string line;
    ASSERT_TRUE(std::getline(expected, line)) << entry.path();
    do {
      EXPECT_THAT(error, HasSubstr(entry.path().string() + ": " + line));
    } while (std::getline(expected, line));
  }
  EXPECT_GE(tried, 25);
}

TEST(BadInputTest, WhatIsNoNetworkIsSaidToBeNone) {
  EXPECT_EQ(error_of_file("nowhere.onnx"), "nowhere.onnx: error: no such file");
  EXPECT_EQ(error_of_file("nowhere.json"), "nowhere.json: error: no such file");
  EXPECT_THAT(error_of_file("network.yaml"), HasSubstr("no such file"));
  EXPECT_THAT(error_of_file("resnet50"), HasSubstr("zoo:NAME"));
  EXPECT_THAT(error_of_file("/"), HasSubstr("is a folder, not a file"));
  EXPECT_THAT(error_of_file(PARTITA_SOURCE_DIR "/README.md"), HasSubstr("is no network"));
}

TEST(BadInputTest, BindingsAreNamesWithExtents) {
  const std::string file = PARTITA_SOURCE_DIR "/tests/bad_inputs/onnx/free_dimensions.onnx";
  const Network network = load_network(file, {.bindings = {"batch=2", "height=9"}});
  EXPECT_EQ(network.tensor(network.inputs().front()).shape, (Shape{2, 3, 9, 8}));
  const std::string error =
      error_of_file(file, {.bindings = {"batch", "height=0", "=3", "width=x", "a=1", "a=2"}});
  for (const char* each :
       {"batch: error: is no binding", "height=0: error: is no binding", "=3: error: is no binding",
        "width=x: error: is no binding", "a=2: error: this dimension is bound twice"}) {
    EXPECT_THAT(error, HasSubstr(each));
  }
  EXPECT_THAT(error_of_file("zoo:lstm", {.bindings = {"batch=2"}}),
              HasSubstr("only an ONNX file has dimensions to bind"));
}

class MutatedModelTest : public testing::Test {
 protected:
  // Either a network or a ConfigError; whatever else is thrown fails the test. In memory: thousands
  // of files are slow.
  void load(const std::string& bytes) {
    onnx::ModelProto model;
    if (!model.ParseFromString(bytes)) {
      ++unreadable_;
      return;
    }
    try {
      imported(model);
      ++accepted_;
    } catch (const ConfigError& error) {
      EXPECT_FALSE(error.diagnostics().empty());
      ++refused_;
    }
  }

  int accepted_ = 0, refused_ = 0, unreadable_ = 0;
};

std::vector<std::string> small_models() {
  std::vector<std::string> models;
  for (const char* spec : {"zoo:gpt?layers=1&hidden=8&heads=2&tokens=3&vocabulary=5",
                           "zoo:moe?tokens=8&hidden=4&experts=2&k=1", "zoo:squeezenet?size=64"}) {
    models.push_back(zoo_model(spec).SerializeAsString());
  }
  for (const NormalForm& form : normal_forms()) {
    models.push_back(model_of(form.graph, form.opset).SerializeAsString());
  }
  return models;
}

TEST_F(MutatedModelTest, CutAnywhereItIsRefusedOrRead) {
  for (const std::string& bytes : small_models()) {
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / 50);
    for (std::size_t length = 0; length < bytes.size(); length += step)
      load(bytes.substr(0, length));
  }
  EXPECT_GT(unreadable_, 1000);
  EXPECT_GT(refused_, 100);
}

TEST_F(MutatedModelTest, WithBytesChangedItIsRefusedOrRead) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  for (const std::string& bytes : small_models()) {
    for (int round = 0; round < 400; ++round) {
      std::string changed = bytes;
      for (std::size_t i = 0; i <= below(3); ++i) {
        changed[below(changed.size())] = static_cast<char>(below(256));
      }
      load(changed);
    }
  }
  EXPECT_GT(accepted_, 1000);
  EXPECT_GT(refused_, 1000);
}

}  // namespace
}  // namespace partita
