#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include "partition/learn/import_csv.h"
#include "tests/partition/learn/small_devices.h"
#include "tests/support/text_file.h"

namespace partita::learn {
namespace {

const std::string kMaps = PARTITA_SOURCE_DIR "/experiments/predict/maps/";

// 2 x 3 rows of 5, times 5 x 7: 2 * 6 * 5 * 7 = 420 FLOP; 4 B for each of 30 + 35 + 42 numbers.
TEST(Import, ReadsProductsOfAWeight) {
  const test::SmallDevices devices;
  const test::TextFile csv("linear.csv",
                           "Device,OPName,Latency,B,M,N,K\ngpu,linear,0.25,2,3,5,7\n");
  const Observations all =
      import_layers({csv.path()}, ColumnMap::load(kMaps + "neusight.yaml"), devices.catalogue());
  ASSERT_EQ(all.rows.size(), 1u);
  const LayerFeatures& layer = all.rows[0].layer;
  EXPECT_EQ(all.device(all.rows[0]).name, "gpu");
  EXPECT_NEAR(all.rows[0].seconds, 0.25e-3, 1e-12);
  EXPECT_EQ(layer.flops, 420);
  EXPECT_EQ(layer.rows, 6);
  EXPECT_EQ(layer.weights, 4 * 35);
  EXPECT_EQ(layer.traffic(), 4 * (30 + 35 + 42));
}

// Eight images of 3 x 32 x 32, 16 kernels of 5 x 5, stride 2, padding 1: (32 + 2 - 5) / 2 + 1 = 15,
// so 8 * 225 rows of 75 by 16 columns.
TEST(Import, ReadsConvolutionsAsProducts) {
  const test::SmallDevices devices;
  const test::TextFile csv("conv.csv",
                           "Device,OPName,Latency,B,Input_Channel,Output_Channel,Kernel_Szie,"
                           "Input_Size,Stride,Padding\ngpu,conv,1,8,3,16,5,32,2,1\n");
  const Observations all =
      import_layers({csv.path()}, ColumnMap::load(kMaps + "neusight.yaml"), devices.catalogue());
  const LayerFeatures& layer = all.rows.at(0).layer;
  EXPECT_EQ(layer.rows, 8 * 225);
  EXPECT_EQ(layer.depth, 75);
  EXPECT_EQ(layer.flops, 2.0 * 8 * 225 * 75 * 16);
  EXPECT_EQ(layer.read, 4 * 8 * 3 * 32 * 32);
  EXPECT_EQ(layer.family, OpFamily::Conv);
}

// The device and the model stand in the path; a row is four products. 8 heads and 2 key heads of
// 64 / 8 = 8 numbers, over 2 workers: (8 + 2 * 2) * 8 / 2 = 48 columns.
TEST(Import, ReadsWhatThePathSays) {
  const test::TextFile csv(
      "compute/a100/some/model/mlp.csv",
      "time_stats.attn_pre_proj.median,time_stats.attn_post_proj.median,time_stats.mlp_up_proj."
      "median,"
      "time_stats.mlp_down_proj.median,n_head,n_kv_head,n_embd,n_expanded_embd,use_gated_mlp,"
      "num_tokens,num_tensor_parallel_workers\n0.1,0.2,0.3,0.4,8,2,64,256,True,10,2\n");
  const Observations all =
      import_layers({csv.path()}, ColumnMap::load(kMaps + "vidur_compute.yaml"),
                    DeviceCatalogue::load({PARTITA_SOURCE_DIR "/experiments/predict/devices"}));
  ASSERT_EQ(all.rows.size(), 4u);
  EXPECT_EQ(all.devices.at(0).name, "a100");
  EXPECT_EQ(all.rows[0].group, "some/model");
  EXPECT_EQ(all.rows[0].layer.columns, 48);
  EXPECT_EQ(all.rows[1].layer.depth, 32);
  EXPECT_EQ(all.rows[2].layer.columns, 2 * 256 / 2);
  EXPECT_EQ(all.rows[3].layer.depth, 128);
  EXPECT_FALSE(ColumnMap::load(kMaps + "vidur_compute.yaml").from_path("a100/mlp.csv"));
}

TEST(Import, ReadsCopiesThatPassTheFilter) {
  const test::TextFile csv("send_recv.csv",
                           "time_stats.send_recv.median,size,devices_per_node\n"
                           "0.02,1024,2\n0.05,1024,1\n0.04,4096,2\n");
  const auto copies = import_copies(csv.path(), ColumnMap::load(kMaps + "vidur_send_recv.yaml"));
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[1].size, Bytes{4096});
  EXPECT_EQ(copies[1].time, 40us);
}

TEST(Devices, AreReadFromBothForms) {
  const test::TextFile json("NVIDIA_X.json",
                            R"({"Device": "NVIDIA X", "Dev_Mem": 40, "Mem_Bw": 1555, "Num_Sm": 108,
 "Core_Per_SM": 64, "Freq": 1410, "SingleFLOPsMM": 46100, "SingleFLOPsVEC": 23100, "L2Cache": 40})");
  const auto catalogue = DeviceCatalogue::load({std::filesystem::path(json.path()).parent_path(),
                                                PARTITA_SOURCE_DIR "/experiments/predict/devices"});
  const DeviceFeatures* x = catalogue.find("NVIDIA X");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->rate(DataType::F32, true), 46.1e12);
  EXPECT_EQ(x->rate(DataType::F32, false), 23.1e12);
  EXPECT_EQ(x->rate(DataType::F16, true), std::nullopt);
  EXPECT_EQ(x->bandwidth, Bandwidth{1'555'000'000'000});
  EXPECT_EQ(x->units, 108);
  ASSERT_NE(catalogue.find("a40"), nullptr);
  EXPECT_EQ(catalogue.find("a40")->l2, Bytes{6'000'000});
  EXPECT_EQ(catalogue.find("b40"), nullptr);
}

// Errors of 10 and 30 % in one power of two, 50 % in another: mean 30, mean of means (20 + 50) / 2.
TEST(PredictionErrors, AreMeansOverRowsAndOverPowersOfTwo) {
  const PredictionErrors errors = prediction_errors({1.1, 0.7, 1.5}, {1, 1, 1}, {4, 7, 8});
  EXPECT_NEAR(errors.mean, 30, 1e-9);
  EXPECT_NEAR(errors.by_power_of_two, 35, 1e-9);
}

}  // namespace
}  // namespace partita::learn
