// A layer as the learned models see it: which operator, and how much work of what shape.
#pragma once

#include <string>
#include <vector>

#include "models/base/data_type.h"
#include "models/base/ids.h"
#include "models/network/network.h"
#include "models/network/operator.h"

namespace partita::learn {

// Numbers are doubles, since models take their logarithms.
struct LayerFeatures {
  std::string op;  // as it is called where it was measured: "linear", "add", "Conv"
  // `op`, and what else decides which kernel runs: "Add of a smaller operand".
  std::string kernel{};
  OpFamily family = OpFamily::Matmul;
  DataType type = DataType::F32;
  // Products (family matmul or conv): `batch` products of rows x depth with depth x columns; a
  // convolution as one product a group (implicit GEMM: Chetlur et al., "cuDNN", 2014). Others:
  // `rows` rows of `columns` elements, depth 1.
  double batch = 1, rows = 1, columns = 1, depth = 1;
  double flops = 0;                           // a multiply-add counts as two
  double read = 0, weights = 0, written = 0;  // bytes, each operand and result once
  double taps = 1;                            // positions of a convolution's kernel
  // What went by since each of its operands was made, or last read by another layer, as far as its
  // network says: caches may hold them no more. Empty: nobody says, as if they had just been made.
  struct Operand {
    double share = 1;  // of the bytes of all
    double passed_bytes = 0, passed_flops = 0;
  };
  std::vector<Operand> operands{};
  bool over_operand = false;  // its result lies over an operand
  double traffic() const { return read + weights + written; }
  bool is_product() const { return family == OpFamily::Matmul || family == OpFamily::Conv; }
};

// `batch` products of rows x depth with depth x columns. The second operand counts as a weight
// where it is `shared` by the whole batch.
LayerFeatures product_features(std::string op, DataType type, double batch, double rows,
                               double columns, double depth, bool shared);

// What goes over `rows` rows of `columns` elements: so many operands and results of that size.
LayerFeatures row_features(std::string op, OpFamily family, DataType type, double rows,
                           double columns, double operands, double results);

// Whether devices may do it by giving its operand another name (Reshape, Identity): how long that
// takes follows from no work, so it is not learned.
bool may_rename(OpKind kind);

// Of the layers of a network, which run in the order of their numbers.
class NetworkFeatures {
 public:
  explicit NetworkFeatures(const Network& network);  // which must outlive it

  // Its Work (models/network/work.h), the shape of its product, and what went by: where the network
  // first has such a layer, which is where profiles measure it.
  LayerFeatures of(LayerId layer) const;

 private:
  std::vector<LayerFeatures::Operand> operands_of(LayerId layer) const;

  struct Passed {
    double bytes = 0, flops = 0;
  };
  const Network& network_;
  IdVector<LayerId, Passed> before_;  // each layer; of all before it
  IdVector<LayerId, LayerId> first_;  // with its signature
};

// Of one layer. Of many: NetworkFeatures.
LayerFeatures features_of(const Network& network, LayerId layer);

}  // namespace partita::learn
