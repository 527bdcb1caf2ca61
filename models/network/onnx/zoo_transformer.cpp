// Transformers, their recurrent predecessor, and the mixture of experts that may replace their
// feed-forward part.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/network/onnx/zoo_blocks.h"

namespace partita {
namespace {

constexpr double kMasked = -10000;  // small enough for exp() to give 0, large enough for F16

// [batch, tokens, hidden] -> [batch, heads, tokens, hidden / heads], or its last two axes the other
// way round.
Flow heads_apart(Blocks& blocks, const std::string& name, const Flow& x, std::int64_t heads,
                 bool turned = false) {
  const Flow apart =
      blocks.reshape(name + ".heads", x, {x.shape[0], x.shape[1], heads, x.shape[2] / heads});
  return blocks.transpose(
      name + ".by_head", apart,
      turned ? std::vector<std::int64_t>{0, 2, 3, 1} : std::vector<std::int64_t>{0, 2, 1, 3});
}

Flow heads_together(Blocks& blocks, const std::string& name, const Flow& x) {
  const Flow by_token = blocks.transpose(name + ".by_token", x, {0, 2, 1, 3});
  return blocks.reshape(name + ".joined", by_token,
                        {x.shape[0], x.shape[2], x.shape[1] * x.shape[3]});
}

double attention_scale(const Flow& q) { return 1 / std::sqrt(static_cast<double>(q.shape.back())); }

// Rows 0 to count - 1 of a table of learnt positions, from `first` on.
Flow positions(Blocks& blocks, const std::string& name, const Flow& table, std::int64_t first,
               std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return blocks.gather(name, table, {blocks.writer().integers(indices), {count}});
}

}  // namespace

// Devlin and others: BERT, NAACL 2019; names as in the authors' checkpoints.
void write_bert(Blocks& blocks, const ZooArguments& arguments) {
  const std::int64_t batch = arguments.batch(), tokens = arguments.number("tokens"),
                     hidden = arguments.number("hidden"), heads = arguments.number("heads");
  constexpr double kEpsilon = 1e-12;
  GraphWriter& writer = blocks.writer();
  const Flow ids = blocks.index_input("input_ids", {batch, tokens});
  const Flow segments = blocks.index_input("token_type_ids", {batch, tokens});
  const Flow visible = blocks.index_input("attention_mask", {batch, tokens});

  // 0 where a token may be looked at, kMasked where it is padding.
  const Flow seen{writer.node("Cast", "mask.cast", {visible.name},
                              {{"to", std::int64_t{onnx_type_of(blocks.type())}}}),
                  visible.shape};
  const Flow unseen{writer.node("Sub", "mask.unseen", {writer.scalar(blocks.type(), 1), seen.name}),
                    seen.shape};
  const Flow mask =
      blocks.reshape("mask", blocks.scaled("mask.scaled", unseen, kMasked), {batch, 1, 1, tokens});

  const std::int64_t table_rows = std::max<std::int64_t>(512, tokens);
  const Flow words = blocks.gather(
      "embeddings.word",
      blocks.weight("embeddings.word.weight", {arguments.number("vocabulary"), hidden}), ids);
  const Flow kinds = blocks.gather(
      "embeddings.segment", blocks.weight("embeddings.segment.weight", {2, hidden}), segments);
  const Flow places =
      positions(blocks, "embeddings.position",
                blocks.weight("embeddings.position.weight", {table_rows, hidden}), 0, tokens);
  Flow x = blocks.map("Add", "embeddings.add", {words, kinds});
  x = blocks.map("Add", "embeddings.sum", {x, places});
  x = blocks.layer_norm("embeddings.norm", x, kEpsilon);

  for (std::int64_t layer = 0; layer < arguments.number("layers"); ++layer) {
    const std::string name = fmt::format("layer{}", layer);
    const std::string attention = name + ".attention";
    const Flow q = heads_apart(blocks, attention + ".query",
                               blocks.linear(attention + ".query", x, hidden), heads);
    const Flow k = heads_apart(blocks, attention + ".key",
                               blocks.linear(attention + ".key", x, hidden), heads, true);
    const Flow v = heads_apart(blocks, attention + ".value",
                               blocks.linear(attention + ".value", x, hidden), heads);
    Flow scores = blocks.scaled(attention + ".scaled", blocks.mat_mul(attention + ".scores", q, k),
                                attention_scale(q));
    scores = blocks.map("Add", attention + ".masked", {scores, mask});
    scores = blocks.map("Softmax", attention + ".softmax", {scores}, {{"axis", std::int64_t{-1}}});
    const Flow context =
        heads_together(blocks, attention, blocks.mat_mul(attention + ".context", scores, v));
    Flow y = blocks.linear(attention + ".output", context, hidden);
    x = blocks.layer_norm(attention + ".norm", blocks.map("Add", attention + ".add", {x, y}),
                          kEpsilon);
    y = blocks.linear(name + ".intermediate", x, 4 * hidden);
    y = blocks.map("Gelu", name + ".gelu", {y}, {{"approximate", "none"}});
    y = blocks.linear(name + ".output", y, hidden);
    x = blocks.layer_norm(name + ".norm", blocks.map("Add", name + ".add", {x, y}), kEpsilon);
  }
  blocks.output(x);
  const Flow first{writer.node("Gather", "pooler.first", {x.name, writer.integer(0)},
                               {{"axis", std::int64_t{1}}}),
                   {batch, hidden}};
  blocks.output(blocks.map("Tanh", "pooler", {blocks.linear("pooler.dense", first, hidden)}));
}

namespace {

// One value for each rank of a network that is cut for several processors; one where it is not.
using Ranked = std::vector<Flow>;

// What ranks share has one name, what they have of their own one each.
class Ranks {
 public:
  Ranks(Blocks& blocks, std::int64_t count) : blocks_(blocks), count_(count) {}
  std::int64_t count() const { return count_; }
  std::string own(std::int64_t rank, const std::string& name) const {
    return count_ == 1 ? name : fmt::format("rank{}.{}", rank, name);
  }
  template <class Make>
  Ranked each(Make make) const {
    Ranked all;
    for (std::int64_t rank = 0; rank < count_; ++rank) all.push_back(make(rank));
    return all;
  }
  // With the weights that all share.
  Ranked layer_norm(const std::string& name, const Ranked& x, double epsilon) const {
    return each([&](std::int64_t rank) {
      return blocks_.layer_norm(own(rank, name), x[index(rank)], epsilon, name);
    });
  }
  Ranked add(const std::string& name, const Ranked& a, const Ranked& b) const {
    return each([&](std::int64_t rank) {
      return blocks_.map("Add", own(rank, name), {a[index(rank)], b[index(rank)]});
    });
  }
  // Each rank has some columns of x and rows of the matrix: all have the sum of the products.
  Ranked linear_by_rows(const std::string& name, const Ranked& x, std::int64_t to) const {
    if (count_ == 1) return {blocks_.linear(name, x.front(), to)};
    const Ranked products = each([&](std::int64_t rank) {
      return blocks_.linear(own(rank, name), x[index(rank)], to, /*bias=*/false);
    });
    std::vector<std::string> operands, results;
    for (std::int64_t rank = 0; rank < count_; ++rank) {
      operands.push_back(products[index(rank)].name);
      results.push_back(own(rank, name) + ".sum");
    }
    blocks_.writer().node("AllReduce", name + ".all_reduce", operands, results, {});
    const Flow bias = blocks_.weight(name + ".bias", {to});
    return each([&](std::int64_t rank) {
      const Flow sum{results[index(rank)], products[index(rank)].shape};
      return blocks_.map("Add", own(rank, name) + ".biased", {sum, bias});
    });
  }

 private:
  static std::size_t index(std::int64_t rank) { return static_cast<std::size_t>(rank); }

  Blocks& blocks_;
  std::int64_t count_;
};

}  // namespace

// Radford and others: Language Models are Unsupervised Multitask Learners, 2019 (GPT-2); names as
// in the authors' checkpoints. prefill reads a prompt and gives the keys and values of all its
// tokens; decode reads the next tokens and those keys and values, and gives longer ones.
//
// tensor_parallel: heads, the columns of the first matrix of each pair and the rows of the second
// are shared among ranks, whose products an all-reduce adds up, two in each block (Shoeybi and
// others: Megatron-LM, 2019). Left out: its embedding cut by words: every rank reads the whole
// table, and the rows of the last matrix, a copy of it, are shared.
void write_gpt(Blocks& blocks, const ZooArguments& arguments) {
  const std::int64_t batch = arguments.batch(), tokens = arguments.number("tokens"),
                     hidden = arguments.number("hidden"),
                     vocabulary = arguments.number("vocabulary");
  const Ranks ranks(blocks, arguments.number("tensor_parallel"));
  const std::int64_t heads = arguments.number("heads") / ranks.count();  // of a rank
  const std::int64_t width = hidden / ranks.count();
  const bool decodes = arguments.word("mode") == "decode";
  const std::int64_t past = decodes ? arguments.number("past") : 0;
  constexpr double kEpsilon = 1e-5;
  GraphWriter& writer = blocks.writer();

  const Flow ids = blocks.index_input("input_ids", {batch, tokens});
  const Flow words = blocks.weight("wte.weight", {vocabulary, hidden});
  const Flow table =
      blocks.weight("wpe.weight", {std::max<std::int64_t>(1024, past + tokens), hidden});
  Ranked x = ranks.each([&](std::int64_t rank) {
    return blocks.map("Add", ranks.own(rank, "embeddings"),
                      {blocks.gather(ranks.own(rank, "wte"), words, ids),
                       positions(blocks, ranks.own(rank, "wpe"), table, past, tokens)});
  });

  // Token i sees all of the past and the tokens up to itself; a single new token sees everything.
  std::string causal;
  if (tokens > 1) {
    const std::string all = writer.weight("causal.all", DataType::Bool, {tokens, past + tokens});
    causal =
        writer.node("Trilu", "causal", {all, writer.integer(past)}, {{"upper", std::int64_t{0}}});
  }
  std::vector<Flow> presents;
  const auto attend = [&](std::int64_t layer, std::int64_t rank, const Flow& normed) {
    const std::string attention = ranks.own(rank, fmt::format("h.{}.attn", layer));
    const Flow joint = blocks.linear(attention + ".c_attn", normed, 3 * width);
    const auto parts = writer.node(
        "Split", attention + ".split", {joint.name, writer.integers({width, width, width})},
        {attention + ".q", attention + ".k", attention + ".v"}, {{"axis", std::int64_t{2}}});
    const auto part = [&](std::size_t i) {
      return heads_apart(blocks, parts[i], {parts[i], {batch, tokens, width}}, heads);
    };
    const auto with_past = [&](const char* what, const Flow& now) {
      const std::string present = ranks.own(rank, fmt::format("present.{}.{}", layer, what));
      if (!decodes) return blocks.map("Identity", present, {now});
      const Flow before = blocks.input(ranks.own(rank, fmt::format("past.{}.{}", layer, what)),
                                       {batch, heads, past, width / heads});
      return blocks.concat(present, {before, now}, 2);
    };
    const Flow q = part(0);
    const Flow keys = with_past("key", part(1)), values = with_past("value", part(2));
    presents.insert(presents.end(), {keys, values});
    Flow scores = blocks.mat_mul(attention + ".scores", q,
                                 blocks.transpose(attention + ".turned", keys, {0, 1, 3, 2}));
    scores = blocks.scaled(attention + ".scaled", scores, attention_scale(q));
    if (!causal.empty()) {
      scores = {writer.node("Where", attention + ".masked",
                            {causal, scores.name, writer.scalar(blocks.type(), kMasked)}),
                scores.shape};
    }
    scores = blocks.map("Softmax", attention + ".softmax", {scores}, {{"axis", std::int64_t{-1}}});
    return heads_together(blocks, attention,
                          blocks.mat_mul(attention + ".context", scores, values));
  };
  for (std::int64_t layer = 0; layer < arguments.number("layers"); ++layer) {
    const std::string name = fmt::format("h.{}", layer);
    Ranked y = ranks.layer_norm(name + ".ln_1", x, kEpsilon);
    y = ranks.each(
        [&](std::int64_t rank) { return attend(layer, rank, y[static_cast<std::size_t>(rank)]); });
    x = ranks.add(name + ".attn.add", x, ranks.linear_by_rows(name + ".attn.c_proj", y, hidden));
    y = ranks.layer_norm(name + ".ln_2", x, kEpsilon);
    y = ranks.each([&](std::int64_t rank) {
      const std::string mlp = ranks.own(rank, name + ".mlp");
      const Flow wide = blocks.linear(mlp + ".c_fc", y[static_cast<std::size_t>(rank)], 4 * width);
      return blocks.map("Gelu", mlp + ".gelu", {wide}, {{"approximate", "tanh"}});
    });
    x = ranks.add(name + ".add", x, ranks.linear_by_rows(name + ".mlp.c_proj", y, hidden));
  }
  x = ranks.layer_norm("ln_f", x, kEpsilon);
  const Ranked shares = ranks.each([&](std::int64_t rank) {
    // The table of words is the last matrix, too.
    const std::int64_t own =
        (vocabulary * (rank + 1)) / ranks.count() - (vocabulary * rank) / ranks.count();
    const Flow matrix = ranks.count() == 1
                            ? words
                            : blocks.weight(ranks.own(rank, "lm_head.weight"), {own, hidden});
    const Flow rows = blocks.reshape(ranks.own(rank, "lm_head.rows"),
                                     x[static_cast<std::size_t>(rank)], {batch * tokens, hidden});
    return Flow{writer.node("Gemm", ranks.own(rank, "lm_head"), {rows.name, matrix.name},
                            {{"transB", std::int64_t{1}}}),
                {batch * tokens, own}};
  });
  const Flow logits =
      ranks.count() == 1 ? shares.front() : blocks.concat("lm_head.joined", shares, 1);
  blocks.output(blocks.reshape("logits", logits, {batch, tokens, vocabulary}));
  for (const Flow& present : presents) blocks.output(present);
}

// Zaremba, Sutskever, Vinyals: Recurrent Neural Network Regularization, 2014: the medium language
// model.
void write_lstm(Blocks& blocks, const ZooArguments& arguments) {
  const std::int64_t batch = arguments.batch(), tokens = arguments.number("tokens"),
                     hidden = arguments.number("hidden"),
                     vocabulary = arguments.number("vocabulary");
  const bool both = arguments.word("direction") == "bidirectional";
  const std::int64_t directions = both ? 2 : 1;
  const Flow ids = blocks.index_input("input_ids", {tokens, batch});
  Flow x = blocks.gather("encoder", blocks.weight("encoder.weight", {vocabulary, hidden}), ids);
  for (std::int64_t layer = 0; layer < arguments.number("layers"); ++layer) {
    const std::string name = fmt::format("lstm{}", layer);
    const std::int64_t wide = 4 * hidden;
    const Flow steps{
        blocks.writer().node(
            "LSTM", name,
            {x.name, blocks.weight(name + ".weight_ih", {directions, wide, x.shape[2]}).name,
             blocks.weight(name + ".weight_hh", {directions, wide, hidden}).name,
             blocks.weight(name + ".bias", {directions, 2 * wide}).name},
            {{"hidden_size", hidden}, {"direction", both ? "bidirectional" : "forward"}}),
        {tokens, directions, batch, hidden}};
    const Flow by_batch = both ? blocks.transpose(name + ".by_batch", steps, {0, 2, 1, 3}) : steps;
    x = blocks.reshape(name + ".joined", by_batch, {tokens, batch, directions * hidden});
  }
  x = blocks.reshape("rows", x, {tokens * batch, directions * hidden});
  x = blocks.linear("decoder", x, vocabulary);
  blocks.output(blocks.reshape("logits", x, {tokens, batch, vocabulary}));
}

// A feed-forward layer of many experts, of which each token is seen by a few.
// top_k: each token chooses its k best experts, and an expert takes up to `capacity` of those that
// chose it, the best first (Shazeer and others: Outrageously Large Neural Networks, ICLR 2017; the
// capacity: Lepikhin and others: GShard, ICLR 2021). expert_choice: each expert chooses its
// `capacity` best tokens (Zhou and others: Mixture-of-Experts with Expert Choice Routing, NeurIPS
// 2022). Only chosen tokens are gathered, computed, and added back.
void write_moe(Blocks& blocks, const ZooArguments& arguments) {
  const std::int64_t tokens = arguments.batch() * arguments.number("tokens"),
                     hidden = arguments.number("hidden"), experts = arguments.number("experts"),
                     wide = arguments.number("ffn"), capacity = arguments.number("capacity");
  GraphWriter& writer = blocks.writer();
  const Flow x = blocks.input("tokens", {tokens, hidden});
  const Flow normed = blocks.layer_norm("norm", x, 1e-5);
  Flow gates = blocks.map("Softmax", "router.softmax",
                          {blocks.linear("router", normed, experts, /*bias=*/false)},
                          {{"axis", std::int64_t{1}}});
  if (arguments.word("routing") == "top_k") {
    const std::int64_t k = arguments.number("k");
    writer.node("TopK", "router.best", {gates.name, writer.integers({k})},
                {"router.best", "router.best_experts"}, {{"axis", std::int64_t{1}}});
    const std::string least = writer.node(
        "Slice", "router.least",
        {"router.best", writer.integers({k - 1}), writer.integers({k}), writer.integers({1})});
    const std::string lost = writer.node("Less", "router.lost", {gates.name, least});
    gates.name =
        writer.node("Where", "router.kept", {lost, writer.scalar(blocks.type(), 0), gates.name});
  }
  const Flow by_expert = blocks.transpose("router.by_expert", gates, {1, 0});
  writer.node("TopK", "dispatch", {by_expert.name, writer.integers({capacity})},
              {"dispatch.gates", "dispatch.tokens"}, {{"axis", std::int64_t{1}}});
  std::vector<std::string> chosen;
  for (std::int64_t expert = 0; expert < experts; ++expert) {
    chosen.push_back(fmt::format("dispatch.tokens.{}", expert));
  }
  if (experts > 1) {
    writer.node("Split", "dispatch.split",
                {"dispatch.tokens", writer.integers(std::vector<std::int64_t>(chosen.size(), 1))},
                chosen, {{"axis", std::int64_t{0}}});
  } else {
    chosen = {"dispatch.tokens"};
  }
  std::vector<Flow> results;
  for (std::size_t expert = 0; expert < chosen.size(); ++expert) {
    const std::string name = fmt::format("expert{}", expert);
    const Flow indices =
        blocks.reshape(name + ".indices", {chosen[expert], {1, capacity}}, {capacity});
    Flow y = blocks.gather(name + ".gather", normed, indices);
    y = blocks.linear(name + ".up", y, wide);
    y = blocks.map("Gelu", name + ".gelu", {y}, {{"approximate", "none"}});
    results.push_back(blocks.linear(name + ".down", y, hidden));
  }
  const Flow all = blocks.concat("combine.concat", results, 0);
  const Shape column{experts * capacity, 1};
  const Flow weights =
      blocks.reshape("combine.gates", {"dispatch.gates", {experts, capacity}}, column);
  const Flow rows =
      blocks.reshape("combine.rows", {"dispatch.tokens", {experts, capacity}}, column);
  const Flow weighed = blocks.map("Mul", "combine.weighed", {all, weights});
  blocks.output(blocks.map("ScatterND", "combine", {x, rows, weighed}, {{"reduction", "add"}}));
}

}  // namespace partita
