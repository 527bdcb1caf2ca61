// Layers that have to be measured, of networks that repeat them.
#include "exec/profile/distinct_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/network/onnx/network_source.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

const Known kNothing = [](const std::string&, const std::string&) { return false; };

std::set<std::string> signatures_in(const Network& network) {
  std::set<std::string> all;
  for (const LayerId layer : network.layers()) all.insert(network.signature(layer));
  return all;
}

std::multiset<std::string> measured_in(const DistinctPart& part) {
  std::multiset<std::string> all;
  for (const auto& row : part.rows) {
    if (row) all.insert(row->signature);
  }
  return all;
}

TEST(DistinctPart, OfANetworkWithoutRepetitionIsTheNetwork) {
  const Network network = branched_cnn();
  const auto part = distinct_part({&network}, kNothing);
  ASSERT_TRUE(part);
  ASSERT_EQ(part->network.layer_count(), network.layer_count());
  for (const LayerId layer : network.layers()) {
    EXPECT_EQ(part->network.layer(layer).name, network.layer(layer).name);
    EXPECT_EQ(part->network.signature(layer), network.signature(layer));
    EXPECT_EQ(part->network.predecessors(layer), network.predecessors(layer));
    ASSERT_TRUE(part->rows[layer]);
    EXPECT_EQ(part->rows[layer]->size, network.layer(layer).work.traffic());
  }
  EXPECT_EQ(part->network.outputs().size(), network.outputs().size());
  EXPECT_EQ(part->subgraphs.size(), 3u);
}

// A decoder of twelve equal blocks has as many kinds of layers as one of two: the distinct part
// has all of them, and far fewer layers than the network.
TEST(DistinctPart, OfEqualBlocksIsOneOrTwoOfThem) {
  const Network deep = load_network("zoo:gpt?layers=12&hidden=64&heads=2&tokens=8&vocabulary=100");
  const auto part = distinct_part({&deep}, kNothing);
  ASSERT_TRUE(part);
  EXPECT_LT(part->network.layer_count(), deep.layer_count() / 4);
  const std::multiset<std::string> measured = measured_in(*part);
  EXPECT_EQ(std::set<std::string>(measured.begin(), measured.end()), signatures_in(deep));
  // Whoever is measured reads what it reads in the network, in the layout it has there.
  for (const LayerId layer : part->network.layers()) {
    if (!part->rows[layer]) continue;
    const auto original = deep.layer_named(part->network.layer(layer).name);
    ASSERT_TRUE(original);
    EXPECT_EQ(part->network.predecessors(layer).size(), deep.predecessors(*original).size());
    EXPECT_EQ(part->rows[layer]->signature, deep.signature(*original));
  }
  // Subgraphs are whole, and in the order in which they run.
  EXPECT_FALSE(part->subgraphs.empty());
  for (const auto& each : part->subgraphs) {
    std::string signature;
    for (const LayerId layer : each.subgraph.layers) {
      signature += (signature.empty() ? "" : " + ") + part->network.signature(layer);
    }
    EXPECT_EQ(signature, each.row.signature);
  }
}

TEST(DistinctPart, OfSeveralNetworksHasWhatTheyShareOnce) {
  const Network one = branched_cnn(), other = attention_block(), again = branched_cnn();
  const auto both = distinct_part({&one, &other, &again}, kNothing);
  ASSERT_TRUE(both);
  std::set<std::string> all = signatures_in(one);
  all.merge(signatures_in(other));
  const std::multiset<std::string> measured = measured_in(*both);
  EXPECT_EQ(std::set<std::string>(measured.begin(), measured.end()), all);
  EXPECT_TRUE(both->network.layer_named("0:Conv2"));
  EXPECT_EQ(both->network.layer_count(),
            distinct_part({&one, &other}, kNothing)->network.layer_count());
}

TEST(DistinctPart, LeavesOutWhatIsKnown) {
  const Network network = branched_cnn();
  EXPECT_FALSE(distinct_part({&network}, [](const auto&, const auto&) { return true; }));
  // All but the last layer, Softmax (14): it, and what it reads.
  const std::string last = network.signature(LayerId{14});
  const auto part = distinct_part(
      {&network}, [&](const auto&, const std::string& signature) { return signature != last; });
  ASSERT_TRUE(part);
  ASSERT_EQ(part->network.layer_count(), 2u);
  EXPECT_FALSE(part->rows[LayerId{0}]);
  EXPECT_EQ(part->rows[LayerId{1}]->signature, last);
  EXPECT_EQ(part->network.inputs().size(), 1u);
  EXPECT_EQ(part->network.outputs().size(), 1u);
}

}  // namespace
}  // namespace partita::exec
